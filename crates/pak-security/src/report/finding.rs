//! One finding, in a form that is flat enough for scripts: `path`, `package`, `version`, `id`, `aliases` at the top.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use pak_model::security::{Confidence, Kind, Ruling, Severity};

use super::component::Scope;

/// Something that may have to keep a release back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What kind of thing it is.
    pub kind: Kind,
    /// The rule (`npm-access-token`) or the advisory (`GHSA-…`).
    pub id: String,
    /// Other names of the same thing: an advisory's CVE, GHSA, PYSEC and so on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// How bad it is if it is true.
    pub severity: Severity,
    /// How sure it is that it is true.
    pub confidence: Confidence,
    /// A few words: what it is.
    pub title: String,
    /// A sentence about this one. Never holds a secret.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// The file, relative to the target, with `/`; members of archives follow `!/` (`dist/a.tgz!/package/.env`).
    pub path: String,
    /// The line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column in characters, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The commit that holds it, where it was found in history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The component's name as its ecosystem normalises it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The component's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The component's purl.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purl: Option<String>,
    /// What the component is used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The nearest version without it that the component can move to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_in: Option<String>,
    /// The licence expression it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// The CVSS base score, 0 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Pages to read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// Recognises the same finding in another run: hex, the same for the same rule and thing wherever the lines moved to.
    /// For a secret it is a keyed hash; the value cannot be guessed from it.
    pub fingerprint: String,
    /// What the policy said; none before it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// What the policy says about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// What follows.
    pub ruling: Ruling,
    /// Which rule, exception, baseline or VEX statement decided, in words that find it: `exception 2 of pak.toml`.
    pub by: String,
    /// Its reason, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
