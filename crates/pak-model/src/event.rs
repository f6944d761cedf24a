//! What happens in a run. Facts are durable and make up the journal; ticks are for whoever is watching.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::plan::UndoAction;
use crate::problem::Report;
use crate::upload::{Presence, Receipt};

/// The version of the event and journal form. Bump when a field appears, not when it is first used.
pub const EVENT_SCHEMA: u32 = 1;

/// One event, as it appears in `--json` lines and (facts only) in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The run, a UUID of version 7: sorts by time.
    #[schemars(with = "String")]
    pub run: Uuid,
    /// Counts the run's facts from 1, in the order of the journal. A tick carries the number of the last fact.
    pub seq: u64,
    /// When, RFC 3339 in UTC.
    #[schemars(with = "String")]
    pub at: jiff::Timestamp,
    /// What.
    pub body: Body,
}

/// A durable fact or a passing tick.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// Stored and replayable.
    Fact(Fact),
    /// Shown and forgotten.
    Tick(Tick),
}

/// What is written to the journal. `step` is always a step id of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// The first fact of every run.
    RunPlanned {
        /// [`EVENT_SCHEMA`] of the writer.
        schema: u32,
        /// The version of pak that wrote it.
        pak: String,
        /// The project's name.
        project: String,
        /// The environment.
        environment: String,
        /// The plan's digest.
        plan_digest: String,
    },
    /// A process takes the run up again.
    RunResumed {
        /// The version of pak that resumes.
        pak: String,
    },
    /// Work on a step begins.
    StepStarted {
        /// The step.
        step: String,
    },
    /// The registry was asked.
    PresenceChecked {
        /// The step.
        step: String,
        /// The upload.
        key: String,
        /// The answer.
        presence: Presence,
    },
    /// About to be sent. On disk before the first byte leaves.
    UploadIntended {
        /// The step.
        step: String,
        /// The upload.
        key: String,
        /// The digest that is sent.
        digest: String,
        /// Where a mutable name pointed before, so that an undo can move it back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<String>,
    },
    /// Accepted, or found there with the same bytes.
    UploadDone {
        /// The step.
        step: String,
        /// The upload.
        key: String,
        /// How it came to be there.
        how: How,
        /// What the registry said.
        receipt: Receipt,
    },
    /// Refused or lost.
    UploadFailed {
        /// The step.
        step: String,
        /// The upload.
        key: String,
        /// What went wrong.
        problem: Report,
    },
    /// The registry accepted and checked what it holds back, and says that it would publish it.
    Staged {
        /// The step.
        step: String,
        /// The upload.
        key: String,
        /// The registry's name for it.
        reference: String,
    },
    /// About to be made public. On disk before it is asked for: afterwards it cannot be dropped any more.
    PromoteIntended {
        /// The step.
        step: String,
        /// The upload.
        key: String,
        /// The registry's name for it.
        reference: String,
    },
    /// The registry makes it public.
    PromoteDone {
        /// The step.
        step: String,
        /// The upload.
        key: String,
    },
    /// Read back from the registry with the right digest.
    Verified {
        /// The step.
        step: String,
        /// The upload.
        key: String,
        /// The digest that was read back.
        digest: String,
    },
    /// A step ended.
    StepFinished {
        /// The step.
        step: String,
        /// How.
        outcome: StepOutcome,
        /// What went wrong, where something did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<Report>,
    },
    /// About to be taken back.
    UndoIntended {
        /// The step.
        step: String,
        /// The upload.
        key: String,
        /// How.
        action: UndoAction,
    },
    /// The registry confirmed it.
    UndoDone {
        /// The step.
        step: String,
        /// The upload.
        key: String,
        /// How.
        action: UndoAction,
        /// What remains, in words.
        note: String,
    },
    /// Not taken back.
    UndoFailed {
        /// The step.
        step: String,
        /// The upload.
        key: String,
        /// What went wrong.
        problem: Report,
    },
    /// The last fact of a run that ended by itself.
    RunFinished {
        /// How.
        outcome: RunOutcome,
    },
}

/// How an upload came to be in the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// This run sent it and the registry said yes.
    Sent,
    /// It was there with the same bytes.
    AlreadyThere,
    /// The answer to sending was lost; the registry was found to have it.
    FoundAfterLostAnswer,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepOutcome {
    /// Everything is there and was read back.
    Published,
    /// Everything was there before.
    AlreadyPublished,
    /// Stopped before anything became visible.
    Failed,
    /// Some of it is visible, some is not.
    PartlyPublished,
    /// Accepted, but it could not be confirmed by reading it back.
    Unconfirmed,
    /// Accepted and held back by the registry: `resume` makes it public, `rollback` drops it.
    Staged,
    /// Proposed to the people who decide (a pull request): users get it when it is merged.
    Proposed,
    /// Not tried, because a step it needs failed or the run was cancelled.
    Skipped,
    /// Taken back.
    RolledBack,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    /// Every step is published and confirmed.
    Success,
    /// Everything that was to be done is done, and some of it waits: for a merge, or to be promoted.
    Pending,
    /// Some steps are, some are not.
    PartlyPublished,
    /// Nothing was published.
    Failed,
    /// Stopped by a person.
    Cancelled,
    /// Taken back as far as the registries allow.
    RolledBack,
}

/// What is only shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tick {
    /// Bytes on their way.
    Progress {
        /// The step.
        step: String,
        /// Bytes sent so far.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Nothing moves, for a reason.
    Waiting {
        /// The step.
        step: String,
        /// The reason: "rate limit (Retry-After)", "waiting for the index".
        why: String,
        /// For how long, in milliseconds.
        ms: u64,
    },
    /// A request is tried again.
    Retrying {
        /// The step.
        step: String,
        /// Which attempt comes next, counted from 1.
        attempt: u32,
        /// Why the last one failed.
        why: String,
    },
    /// The pipeline enters a step of its list (build, scan, sign, …).
    Stage {
        /// The word of the step.
        stage: String,
        /// What it does or why it does nothing.
        note: String,
    },
    /// A line for the log.
    Line {
        /// The text.
        text: String,
    },
}
