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

impl Finding {
    /// A finding of which nothing is said yet but what it is and where; a scanner adds what it knows.
    pub fn new(
        kind: Kind,
        id: impl Into<String>,
        severity: Severity,
        confidence: Confidence,
        path: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            id: id.into(),
            aliases: Vec::new(),
            severity,
            confidence,
            title: String::new(),
            message: String::new(),
            remedy: String::new(),
            path: path.into(),
            line: None,
            column: None,
            commit: None,
            package: None,
            version: None,
            purl: None,
            scope: None,
            fixed_in: None,
            licence: None,
            score: None,
            references: Vec::new(),
            fingerprint: String::new(),
            decision: None,
        }
    }
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
    /// What a VEX statement or an exception says of whether a vulnerability matters here. Without one, an allowed
    /// finding is an accepted risk, not a harmless one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessment: Option<Assessment>,
}

impl Decision {
    /// A decision that says nothing of whether a vulnerability matters.
    pub fn new(ruling: Ruling, by: impl Into<String>, reason: Option<String>) -> Self {
        Self { ruling, by: by.into(), reason, assessment: None }
    }
}

/// Whether a vulnerability matters to the product, in the words of VEX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Assessment {
    /// The status.
    pub status: AssessmentStatus,
    /// Why it does not matter, where it does not and one of these says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<Justification>,
}

/// The statuses of VEX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssessmentStatus {
    /// The product is not affected.
    NotAffected,
    /// It is.
    Affected,
    /// It was, and is not any more.
    Fixed,
    /// Nobody knows yet.
    UnderInvestigation,
}

/// Why a product is not affected, in the words of OpenVEX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Justification {
    /// The component is not in the product.
    ComponentNotPresent,
    /// The component is, its vulnerable code is not.
    VulnerableCodeNotPresent,
    /// The code never runs.
    VulnerableCodeNotInExecutePath,
    /// The code runs, but nobody can reach it with what harms it.
    VulnerableCodeCannotBeControlledByAdversary,
    /// The product guards itself.
    InlineMitigationsAlreadyExist,
}
