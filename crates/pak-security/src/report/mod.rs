//! The one report model. Every scanner fills it, every writer reads it, the policy decides over it, the server stores it.

mod component;
mod finding;
mod notice;

pub use component::{Certainty, Component, Licence, Origin, Scope};
pub use finding::{Assessment, AssessmentStatus, Confidence, Decision, Finding, Justification, Kind, Ruling, Severity};
pub use notice::{Notice, NoticeKind};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The form of reports; raised when a field changes its meaning.
pub const REPORT_SCHEMA: u32 = 1;

/// What was looked at, what it consists of and what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// [`REPORT_SCHEMA`].
    pub schema: u32,
    /// The version of pak that looked.
    pub pak: String,
    /// What was looked at.
    pub target: Target,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The advisory database that was asked; none where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseStamp>,
    /// What was found, the weightiest first; within a weight by path, line and id.
    pub findings: Vec<Finding>,
    /// What limits the report: files that could not be read, a database that is old or missing.
    pub notices: Vec<Notice>,
    /// What the target consists of, by purl. Empty where no inventory was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
}

/// What a report is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// Its kind.
    pub kind: TargetKind,
    /// Its name: a path as the user wrote it, an artifact's file name, an image's reference.
    pub name: String,
    /// The version, where it is a package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The SHA-256 of its bytes in hex, where it is one file or image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// Kinds of targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TargetKind {
    /// A folder or a file of source.
    Tree,
    /// A package archive.
    Artifact,
    /// A container image.
    Image,
    /// A bill of materials.
    Sbom,
}

/// Which advisory data a report rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseStamp {
    /// When the newest record was changed: the age that matters.
    #[schemars(with = "String")]
    pub newest: Timestamp,
    /// When it was imported here; none for answers of the online service.
    #[schemars(with = "Option<String>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Timestamp>,
    /// Number of records.
    pub records: u64,
    /// The SHA-256 of the imported data in hex: the same snapshot gives the same answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl Report {
    /// An empty report.
    pub fn new(target: Target) -> Self {
        Self {
            schema: REPORT_SCHEMA,
            pak: env!("CARGO_PKG_VERSION").to_owned(),
            target,
            at: Timestamp::now(),
            database: None,
            findings: Vec::new(),
            notices: Vec::new(),
            components: Vec::new(),
        }
    }

    /// Puts everything into its order, so that the same input gives the same report.
    pub fn sort(&mut self) {
        self.findings.sort_by(|one, other| {
            let key = |finding: &Finding| (finding.path.clone(), finding.line, finding.id.clone());
            other.severity.cmp(&one.severity).then_with(|| key(one).cmp(&key(other)))
        });
        self.notices.sort_by(|one, other| (one.kind, &one.path).cmp(&(other.kind, &other.path)));
        self.components.sort_by(|one, other| (&one.purl, &one.path).cmp(&(&other.purl, &other.path)));
    }
}
