//! A plan: everything a run will do, decided before anything is sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digests;
use crate::finding::{Finding, Severity};
use crate::release::PublishOptions;
use crate::upload::Upload;

/// The version of the plan's JSON form.
pub const PLAN_SCHEMA: u32 = 1;

/// What one run will do. Saved as `plan.json` in the run's folder and printed by `pak plan --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The version of this form: 1.
    pub schema: u32,
    /// The project's name.
    pub project: String,
    /// The environment it releases to.
    pub environment: String,
    /// The identity of the intended effects. A run given another digest refuses.
    pub digest: String,
    /// Where things go.
    pub targets: Vec<PlannedTarget>,
    /// One step per package and target, in an order that respects `after`; what cannot be taken back comes last.
    pub steps: Vec<PlannedStep>,
    /// Packages that are not published, with the reason.
    pub withheld: Vec<Withheld>,
}

/// A target of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedTarget {
    /// The target's name in the environment.
    pub name: String,
    /// Its platform.
    pub platform: String,
    /// The registry's root URL, without credentials.
    pub registry: String,
}

/// A package that is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// The package's id.
    pub package: String,
    /// Why it is not published.
    pub reason: String,
}

/// One package going to one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedStep {
    /// `<target>/<package id>`, unique in the plan.
    pub id: String,
    /// The target's name.
    pub target: String,
    /// The platform.
    pub platform: String,
    /// The package's id.
    pub package: String,
    /// The name in the registry.
    pub name: String,
    /// The version to be published.
    pub version: String,
    /// Steps that must have been verified first.
    #[serde(default)]
    pub after: Vec<String>,
    /// The effects, in order.
    pub uploads: Vec<Upload>,
    /// How it is published: dist-tag, access, further tags.
    #[serde(default)]
    pub options: PublishOptions,
    /// What can be taken back afterwards, and how.
    pub undo: UndoOffer,
    /// What the registry has already.
    pub state: StepState,
    /// What was found before sending.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

impl PlannedStep {
    /// Whether a finding stops this step.
    pub fn is_blocked(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
            || matches!(self.state, StepState::Conflict { .. } | StepState::Burnt { .. })
    }

    /// Bytes that will be sent.
    pub fn size(&self) -> u64 {
        self.uploads.iter().map(|upload| upload.size).sum()
    }
}

/// What the registry had when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Nothing of it.
    New,
    /// All of it, with the same bytes.
    Published,
    /// Some of it, with the same bytes: a release that was interrupted.
    Partial {
        /// Keys of the uploads that are already there.
        present: Vec<String>,
    },
    /// Other bytes under the same version.
    Conflict {
        /// The upload that differs.
        key: String,
        /// What the registry has.
        remote: Digests,
    },
    /// The version number was used and removed; it cannot come back.
    Burnt {
        /// The registry's reason.
        reason: String,
    },
    /// The registry could not be asked; why.
    Unknown {
        /// Why not.
        reason: String,
    },
}

/// How far a step can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoOffer {
    /// The strongest action the registry offers by its API.
    pub action: UndoAction,
    /// Conditions and traces, for people: "within 72 hours; the version number is never reusable".
    pub note: String,
}

impl UndoOffer {
    /// Whether nothing remains visible after an undo; anything else is a point of no return.
    pub fn is_reversible(&self) -> bool {
        matches!(self.action, UndoAction::Delete | UndoAction::MoveTag | UndoAction::Revert)
    }
}

/// An action that takes a published thing back, more or less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UndoAction {
    /// Removed; the name can be used again.
    Delete,
    /// A tag goes back to where it was.
    MoveTag,
    /// Removed, but the version number stays used.
    Unpublish,
    /// A later commit restores what was there; the history keeps both. A proposal is closed.
    Revert,
    /// Stays downloadable, is no longer chosen.
    Yank,
    /// Stays, with a warning to those who install it.
    Deprecate,
    /// Only a person in the registry's web pages can do it.
    WebOnly,
    /// Nothing can be done.
    Nothing,
}

impl UndoAction {
    /// The word shown to people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::MoveTag => "move tag back",
            Self::Unpublish => "unpublish",
            Self::Revert => "revert",
            Self::Yank => "yank",
            Self::Deprecate => "deprecate",
            Self::WebOnly => "web only",
            Self::Nothing => "nothing",
        }
    }
}
