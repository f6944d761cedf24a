//! The words of scanning: how bad a finding is, how sure, what follows from it, and the settings that decide (`[security]`).
//!
//! `pak-security` finds and judges; these words are here because `pak.toml` speaks them too.

mod config;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use config::{
    ArtifactConfig, DatabaseConfig, ExceptionConfig, LicencesConfig, RuleConfig, Scanner, SecurityConfig,
    SigstoreConfig,
};

/// Kinds of findings: the word `kind` of policy rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A credential in the open.
    Secret,
    /// A component with a known vulnerability.
    Vulnerability,
    /// A component known to be malicious.
    Malware,
    /// A licence that does not fit, or is not known.
    Licence,
    /// A component that is unmaintained, yanked, deprecated, or comes from an odd place.
    Dependency,
    /// Something in an artifact that should not be published, or was not there before.
    Artifact,
    /// A name that another can be taken for.
    Name,
    /// A dangerous setting of a pipeline.
    Pipeline,
}

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Little harm.
    Low,
    /// Some harm, or harm under conditions.
    Medium,
    /// Great harm.
    High,
    /// Whoever finds it takes over.
    Critical,
}

/// How sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Looks like it; a person has to look.
    Possible,
    /// Form and surroundings agree.
    Likely,
    /// Proven: a checksum, an exact version in an advisory, bytes that decode.
    Certain,
}

/// What a component is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Part of what runs at the user's.
    Runtime,
    /// Used where it is asked for or can be had.
    Optional,
    /// For building and testing.
    Development,
}

/// What follows from a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// Known and accepted.
    Allow,
    /// Shown; does not stop the release.
    Warn,
    /// Stops the release until a person approves exactly these findings.
    Approve,
    /// Stops the release.
    Deny,
}

macro_rules! words {
    ($($name:ident: $($variant:ident = $word:literal),+;)+) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$variant => $word),+ })
            }
        }
    )+};
}

words! {
    Kind: Secret = "secret", Vulnerability = "vulnerability", Malware = "malware", Licence = "licence", Dependency = "dependency",
        Artifact = "artifact", Name = "name", Pipeline = "pipeline";
    Severity: Note = "note", Low = "low", Medium = "medium", High = "high", Critical = "critical";
    Confidence: Possible = "possible", Likely = "likely", Certain = "certain";
    Scope: Runtime = "runtime", Optional = "optional", Development = "development";
    Ruling: Allow = "allow", Warn = "warn", Approve = "approve", Deny = "deny";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shown_as_they_are_written_in_settings() {
        assert_eq!(serde_json::to_value(Kind::Dependency).unwrap(), Kind::Dependency.to_string());
        assert_eq!(serde_json::to_value(Severity::Critical).unwrap(), Severity::Critical.to_string());
        assert_eq!(serde_json::to_value(Ruling::Approve).unwrap(), Ruling::Approve.to_string());
    }
}
