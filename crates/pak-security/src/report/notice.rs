//! What limits a report: what could not be looked at, and data that is old or missing. Never passed over in silence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One limit of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// What kind of limit.
    pub kind: NoticeKind,
    /// The file it is about, relative to the target; none where it is about the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A sentence.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// Kinds of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// There is no advisory database: nothing is known about vulnerabilities.
    DatabaseMissing,
    /// The advisory database is older than the policy permits.
    DatabaseOld,
    /// The database knows nothing about this ecosystem.
    EcosystemUnknown,
    /// A file could not be read or understood; what it holds was not looked at.
    Unreadable,
    /// A file is larger, deeper or more numerous than the limits; the rest was not looked at.
    TooLarge,
    /// An archive tries to lead out of itself, or repeats a name.
    Hostile,
    /// Something could not be evaluated (a commit range, a version no order knows).
    NotEvaluated,
    /// The online service did not answer.
    Offline,
    /// An exception of the policy has run out.
    ExceptionExpired,
}
