//! Chips: how something stands, as a picture, a word and a colour. The word alone says everything.

use std::fmt;

use askama::filters::HtmlSafe;
use pak_model::event::StepOutcome;

use super::icon::Icon;

/// The colour's meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As wanted, verified.
    Good,
    /// Failed.
    Bad,
    /// Needs a look.
    Warn,
    /// At work.
    Busy,
    /// Neither good nor bad.
    Calm,
}

impl Tone {
    /// The CSS class.
    pub fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Warn => "warn",
            Self::Busy => "busy",
            Self::Calm => "calm",
        }
    }
}

/// A picture and a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chip {
    /// The colour's meaning.
    pub tone: Tone,
    /// The picture.
    pub icon: Icon,
    /// The word.
    pub word: &'static str,
}

impl Chip {
    const fn new(tone: Tone, icon: Icon, word: &'static str) -> Self {
        Self { tone, icon, word }
    }

    /// A deployment's status, as rows keep it.
    pub fn deployment(status: &str) -> Self {
        match status {
            "pending" => Self::new(Tone::Calm, Icon::Clock, "pending"),
            "running" => Self::new(Tone::Busy, Icon::Turning, "running"),
            "success" => Self::new(Tone::Good, Icon::Tick, "success"),
            "failed" => Self::new(Tone::Bad, Icon::Cross, "failed"),
            "cancelled" => Self::new(Tone::Calm, Icon::Dash, "cancelled"),
            "partially_published" => Self::new(Tone::Bad, Icon::Mark, "partially published"),
            "rolled_back" => Self::new(Tone::Warn, Icon::Back, "rolled back"),
            "waiting" => Self::new(Tone::Warn, Icon::Clock, "waiting"),
            _ => Self::new(Tone::Calm, Icon::Dash, "unknown"),
        }
    }

    /// How a step of a run ended.
    pub fn step(outcome: StepOutcome) -> Self {
        match outcome {
            StepOutcome::Published => Self::new(Tone::Good, Icon::Tick, "published and verified"),
            StepOutcome::AlreadyPublished => Self::new(Tone::Good, Icon::Tick, "was published, verified"),
            StepOutcome::Failed => Self::new(Tone::Bad, Icon::Cross, "failed"),
            StepOutcome::PartlyPublished => Self::new(Tone::Bad, Icon::Mark, "partly published"),
            StepOutcome::Unconfirmed => Self::new(Tone::Warn, Icon::Mark, "accepted, not confirmed"),
            StepOutcome::Staged => Self::new(Tone::Warn, Icon::Clock, "held back by the registry"),
            StepOutcome::Proposed => Self::new(Tone::Good, Icon::Tick, "proposed"),
            StepOutcome::Skipped => Self::new(Tone::Calm, Icon::Dash, "not tried"),
            StepOutcome::RolledBack => Self::new(Tone::Warn, Icon::Back, "taken back"),
        }
    }

    /// A step that is at work.
    pub const WORKING: Self = Self::new(Tone::Busy, Icon::Turning, "working");
    /// A step whose turn has not come.
    pub const WAITING: Self = Self::new(Tone::Calm, Icon::Clock, "not begun");
    /// Something that is on.
    pub const ON: Self = Self::new(Tone::Good, Icon::Tick, "on");
    /// Something that is off.
    pub const OFF: Self = Self::new(Tone::Calm, Icon::Dash, "off");
    /// A registry that answered.
    pub const REACHABLE: Self = Self::new(Tone::Good, Icon::Tick, "reachable");
    /// A registry that did not answer.
    pub const UNREACHABLE: Self = Self::new(Tone::Bad, Icon::Cross, "not reachable");
    /// A registry nobody looked at yet.
    pub const UNCHECKED: Self = Self::new(Tone::Calm, Icon::Clock, "not checked yet");
    /// An account that may sign in.
    pub const ACTIVE: Self = Self::new(Tone::Good, Icon::Tick, "active");
    /// An account that may not.
    pub const DISABLED: Self = Self::new(Tone::Calm, Icon::Dash, "disabled");
    /// The session that looks at the list.
    pub const THIS: Self = Self::new(Tone::Good, Icon::Tick, "this one");
    /// A person who administers the instance.
    pub const ADMINISTRATOR: Self = Self::new(Tone::Busy, Icon::Gear, "administrator");
    /// An address that nobody confirmed yet.
    pub const UNCONFIRMED: Self = Self::new(Tone::Warn, Icon::Letter, "address not confirmed");
    /// A chain of hashes that nobody changed.
    pub const WHOLE: Self = Self::new(Tone::Good, Icon::Tick, "whole");
    /// A chain of hashes that somebody changed.
    pub const BROKEN: Self = Self::new(Tone::Bad, Icon::Cross, "broken");
    /// A mail that the mail server took.
    pub const SENT: Self = Self::new(Tone::Good, Icon::Tick, "sent");
    /// A mail that could not be sent yet.
    pub const TROUBLE: Self = Self::new(Tone::Warn, Icon::Mark, "not sent yet");
    /// A mail that waits, or is kept.
    pub const KEPT: Self = Self::new(Tone::Calm, Icon::Letter, "kept");
    /// A project that is put away.
    pub const ARCHIVED: Self = Self::new(Tone::Calm, Icon::Box, "archived");
    /// A key whose time is over.
    pub const EXPIRED: Self = Self::new(Tone::Warn, Icon::Clock, "expired");
    /// A key that was withdrawn.
    pub const REVOKED: Self = Self::new(Tone::Bad, Icon::Cross, "revoked");
    /// A person's yes.
    pub const APPROVED: Self = Self::new(Tone::Good, Icon::Tick, "approved");
    /// A person's no.
    pub const REJECTED: Self = Self::new(Tone::Bad, Icon::Cross, "rejected");
    /// Somebody has to say yes.
    pub const NEEDS_APPROVAL: Self = Self::new(Tone::Warn, Icon::Person, "waits for approval");

    /// A webhook delivery's status, as rows keep it.
    pub fn delivery(status: &str) -> Self {
        match status {
            "delivered" => Self::new(Tone::Good, Icon::Tick, "delivered"),
            "dead" => Self::new(Tone::Bad, Icon::Cross, "given up"),
            _ => Self::new(Tone::Calm, Icon::Clock, "pending"),
        }
    }
}

impl fmt::Display for Chip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r#"<span class="chip {}">{}{}</span>"#, self.tone.class(), self.icon, self.word)
    }
}

// Made of constants alone.
impl HtmlSafe for Chip {}
