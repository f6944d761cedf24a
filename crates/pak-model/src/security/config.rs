//! `[security]` of `pak.toml`. Doc comments here are the configuration reference.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Confidence, Kind, Ruling, Scope, Severity};

/// `[security]`: what is looked for before a release, and what is decided about what is found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SecurityConfig {
    /// What is looked for before a release. Default: everything; an empty list switches scanning off, and every plan says so.
    pub scan: Option<Vec<Scanner>>,
    /// Rules of your own. The first that fits a finding decides; pak's own rules follow (`pak security policy`).
    pub rules: Vec<RuleConfig>,
    /// Findings that are accepted for a time, each with who answers for it and why.
    pub exceptions: Vec<ExceptionConfig>,
    /// VEX documents (OpenVEX, CycloneDX), relative to the project: vulnerabilities that do not affect it.
    pub vex: Vec<String>,
    /// The baseline of known secrets, relative to the project. Default: `pak-baseline.json` where it is there.
    pub baseline: Option<String>,
    /// Globs that scanning the source passes over, relative to the project. Artifacts are always scanned whole.
    pub exclude: Vec<String>,
    /// The advisory database.
    pub database: DatabaseConfig,
    /// Licences of dependencies.
    pub licences: LicencesConfig,
    /// What is about to be published, compared with what is published.
    pub artifact: ArtifactConfig,
    /// Sigstore's services, for signatures by an identity.
    pub sigstore: SigstoreConfig,
}

/// `[security.sigstore]`: other services than the public ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SigstoreConfig {
    /// The address of the certificate authority (Fulcio).
    pub fulcio: Option<String>,
    /// The address of the transparency log (Rekor).
    pub rekor: Option<String>,
    /// The trusted root that verifying believes, relative to the project: `trusted_root.json`. Default: the public services'.
    pub trusted_root: Option<String>,
}

/// One thing that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scanner {
    /// Credentials, in the source and in the artifacts.
    Secrets,
    /// Components with known vulnerabilities.
    Vulnerabilities,
    /// Licences of components.
    Licences,
    /// What the artifacts hold, and what is new in them.
    Artifacts,
}

/// `[[security.rules]]`: every condition that is given must fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RuleConfig {
    /// What follows: `deny`, `approve` (a person has to approve exactly these findings), `warn`, `allow`.
    pub action: Ruling,
    /// The kind of finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// This severity or a higher one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// This confidence or a higher one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// A glob over the finding's rule, advisory or one of its aliases: `MAL-*`, `CVE-2024-*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A glob over the component's purl without its version: `pkg:npm/lodash*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// A glob over the path: `tests/**`. For members of archives it is the path inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A glob over the licence: `GPL-*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// What the component is used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// Whether there is a version without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixable: Option<bool>,
    /// Why, for whoever meets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// `[[security.exceptions]]`: an accepted finding. Past its last day it counts as if it were not there, and is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExceptionConfig {
    /// The finding's rule, advisory or one of its aliases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The finding's fingerprint, or its beginning (12 characters at least).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// A glob over the component's purl without its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// A glob over the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day it holds, `2026-12-31`.
    #[schemars(with = "Option<String>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<jiff::civil::Date>,
}

/// `[security.database]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// The age in days from which the data counts as old. Default: 30.
    pub max_age_days: Option<u32>,
    /// Whether an old or missing database stops a release. Default: no, it is said in the plan and in every report.
    pub required: bool,
}

/// `[security.licences]`. Globs over SPDX ids; for an expression with `OR` one allowed side is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LicencesConfig {
    /// The project's own licence. Default: what its manifests say.
    pub project: Option<String>,
    /// Licences that may be used. Default: those that go with the project's own.
    pub allow: Vec<String>,
    /// Licences that may not.
    pub deny: Vec<String>,
    /// What a component's licence really is, by a glob over its purl.
    pub clarify: std::collections::BTreeMap<String, String>,
}

/// `[security.artifact]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ArtifactConfig {
    /// The risk from which a person has to approve a release: the sum over an artifact's new findings, where low counts 1,
    /// medium 3, high 10, critical 30. Default: 20.
    pub approve_above: Option<u32>,
    /// Whether the last published version is fetched and compared with. Default: yes.
    pub compare: Option<bool>,
}
