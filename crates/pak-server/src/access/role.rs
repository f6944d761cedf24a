//! What a role in a project allows, and which scope an API key needs for it.

use serde::{Deserialize, Serialize};

use super::scope::Scope;

/// A person's role in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything, members and deletion included.
    Owner,
    /// Everything but members and deletion.
    Maintainer,
    /// Sees and releases.
    Publisher,
    /// Sees, the audit log included.
    Auditor,
    /// Sees.
    Viewer,
}

impl Role {
    /// All of them, with what people read beside them.
    pub const ALL: &[(Self, &str, &str)] = &[
        (Self::Owner, "owner", "Everything, members and deletion included"),
        (Self::Maintainer, "maintainer", "Releases, approvals, settings, credentials, webhooks, schedules"),
        (Self::Publisher, "publisher", "Sees the project and releases it"),
        (Self::Auditor, "auditor", "Sees the project and its audit log"),
        (Self::Viewer, "viewer", "Sees the project"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(role, ..)| *role == self).map_or("", |(_, word, _)| word)
    }

    /// The role of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == word).map(|(role, ..)| *role)
    }

    /// Whether it allows something.
    pub fn allows(self, right: Right) -> bool {
        match right {
            Right::Read => true,
            Right::Audit => matches!(self, Self::Owner | Self::Maintainer | Self::Auditor),
            Right::Deploy => matches!(self, Self::Owner | Self::Maintainer | Self::Publisher),
            Right::Approve | Right::Manage | Right::Secrets => matches!(self, Self::Owner | Self::Maintainer),
            Right::Own => self == Self::Owner,
        }
    }
}

/// Something one may do in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// See it.
    Read,
    /// See its audit log.
    Audit,
    /// Release it.
    Deploy,
    /// Approve releases of others.
    Approve,
    /// Change its settings.
    Manage,
    /// Set its credentials.
    Secrets,
    /// Change its members, archive it, delete it.
    Own,
}

impl Right {
    /// All of them, with the word of the OpenAPI document's `x-access`.
    pub const ALL: &[(Self, &str)] = &[
        (Self::Read, "project:read"),
        (Self::Audit, "project:audit"),
        (Self::Deploy, "project:deploy"),
        (Self::Approve, "project:approve"),
        (Self::Manage, "project:manage"),
        (Self::Secrets, "project:secrets"),
        (Self::Own, "project:own"),
    ];

    /// The scope that an API key needs for it.
    pub fn scope(self) -> Scope {
        match self {
            Self::Read => Scope::ProjectsRead,
            Self::Audit => Scope::AuditRead,
            Self::Deploy => Scope::DeployCreate,
            Self::Approve => Scope::DeployApprove,
            Self::Manage | Self::Own => Scope::ProjectsWrite,
            Self::Secrets => Scope::SecretsWrite,
        }
    }

    /// What it is, in the sentence "You may not … this project".
    pub fn verb(self) -> &'static str {
        match self {
            Self::Read => "see",
            Self::Audit => "see the audit log of",
            Self::Deploy => "release",
            Self::Approve => "approve releases of",
            Self::Manage => "change",
            Self::Secrets => "set credentials of",
            Self::Own => "own",
        }
    }
}

/// A right as a type, so that a handler's arguments say what it needs.
pub trait Need: Send + Sync + 'static {
    /// The right.
    const RIGHT: Right;
}

macro_rules! needs {
    ($($name:ident)*) => {$(
        #[doc = concat!("Needs [`Right::", stringify!($name), "`].")]
        #[derive(Debug, Clone, Copy)]
        pub struct $name;
        impl Need for $name {
            const RIGHT: Right = Right::$name;
        }
    )*};
}
needs! { Read Audit Deploy Approve Manage Secrets Own }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_may_everything_and_a_viewer_only_see() {
        for (right, _) in Right::ALL {
            assert!(Role::Owner.allows(*right));
            assert_eq!(Role::Viewer.allows(*right), *right == Right::Read);
        }
        for (role, word, _) in Role::ALL {
            assert_eq!(Role::parse(word), Some(*role));
            assert_eq!(serde_json::to_value(role).unwrap(), *word);
        }
    }
}
