//! What an API key may do: the scopes and their words, used by the `Caller`, by the pages that make keys and by the OpenAPI document.

use serde::{Deserialize, Serialize};

/// One permission of an API key. A key never has more than the person who made it: scopes only take away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Scope {
    /// See projects, deployments, packages and platforms.
    #[serde(rename = "projects:read")]
    ProjectsRead,
    /// Create and change projects, environments, members, schedules and webhooks.
    #[serde(rename = "projects:write")]
    ProjectsWrite,
    /// Start, cancel, retry, resume and roll back deployments.
    #[serde(rename = "deploy:create")]
    DeployCreate,
    /// Approve deployments that wait for it.
    #[serde(rename = "deploy:approve")]
    DeployApprove,
    /// Set and remove credentials. Nothing reads them.
    #[serde(rename = "secrets:write")]
    SecretsWrite,
    /// Send telemetry.
    #[serde(rename = "telemetry:write")]
    TelemetryWrite,
    /// Query telemetry.
    #[serde(rename = "telemetry:read")]
    TelemetryRead,
    /// Read and verify the audit log.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// The account itself: profile, sessions, keys.
    #[serde(rename = "account")]
    Account,
    /// Administration of the server, for keys of administrators.
    #[serde(rename = "admin")]
    Admin,
}

impl Scope {
    /// All of them with the words people read, in the order of the form that makes a key.
    pub const ALL: &[(Self, &str, &str)] = &[
        (Self::ProjectsRead, "projects:read", "See projects, deployments, packages and platforms"),
        (
            Self::ProjectsWrite,
            "projects:write",
            "Create and change projects, environments, members, schedules and webhooks",
        ),
        (Self::DeployCreate, "deploy:create", "Start, cancel, retry, resume and roll back deployments"),
        (Self::DeployApprove, "deploy:approve", "Approve deployments"),
        (Self::SecretsWrite, "secrets:write", "Set and remove credentials"),
        (Self::TelemetryWrite, "telemetry:write", "Send telemetry"),
        (Self::TelemetryRead, "telemetry:read", "Query telemetry"),
        (Self::AuditRead, "audit:read", "Read and verify the audit log"),
        (Self::Account, "account", "Change the account: profile, sessions, keys"),
        (Self::Admin, "admin", "Administer the server"),
    ];

    /// Its word: `deploy:create`.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(scope, ..)| *scope == self).map_or("", |(_, word, _)| word)
    }

    /// The scope of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == word).map(|(scope, ..)| *scope)
    }

    /// The words of several, as a column keeps them: separated by spaces, sorted, each once.
    pub fn join(scopes: &[Self]) -> String {
        let mut scopes = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        scopes.into_iter().map(Self::word).collect::<Vec<_>>().join(" ")
    }

    /// What [`Scope::join`] wrote. A word this version does not know gives nothing.
    pub fn split(column: &str) -> Vec<Self> {
        column.split_whitespace().filter_map(Self::parse).collect()
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_json_agree() {
        for (scope, word, about) in Scope::ALL {
            assert_eq!(serde_json::to_value(scope).unwrap(), *word);
            assert_eq!(Scope::parse(word), Some(*scope));
            assert!(!about.is_empty() && !about.ends_with('.'));
        }
        let column = Scope::join(&[Scope::DeployCreate, Scope::ProjectsRead, Scope::DeployCreate]);
        assert_eq!(column, "projects:read deploy:create");
        assert_eq!(Scope::split(&format!("{column} unknown")), [Scope::ProjectsRead, Scope::DeployCreate]);
    }
}
