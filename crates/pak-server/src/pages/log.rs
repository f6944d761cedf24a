//! The log of a deployment for people: one line an event, in words.

use pak_model::Presence;
use pak_model::event::{Body, Event, Fact, How, RunOutcome, Tick};

use super::chip::{Chip, Tone};
use super::show::{When, plain, short};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The time of day.
    pub clock: String,
    /// The moment, for machines.
    pub exact: String,
    /// What happened.
    pub text: String,
    /// How it is to be taken, where that matters.
    pub tone: Option<Tone>,
}

impl Line {
    /// A line at a moment in milliseconds.
    pub fn at(milliseconds: i64, text: &str, tone: Option<Tone>) -> Self {
        let when = When::of(milliseconds);
        Self { clock: when.clock(), exact: when.exact(), text: plain(text), tone }
    }

    /// The line of an event; nothing for what a bar shows.
    pub fn of(event: &Event) -> Option<Self> {
        let (text, tone) = match &event.body {
            Body::Fact(fact) => fact_words(fact),
            Body::Tick(Tick::Stage { stage, note }) => (format!("{stage}: {note}"), None),
            Body::Tick(Tick::Line { text }) => (text.clone(), None),
            Body::Tick(Tick::Retrying { step, attempt, why }) => {
                (format!("{step}: attempt {attempt}: {why}"), Some(Tone::Warn))
            }
            Body::Tick(Tick::Waiting { step, why, .. }) => (format!("{step}: waits: {why}"), None),
            Body::Tick(Tick::Progress { .. }) => return None,
        };
        Some(Self::at(event.at.as_millisecond(), &text, tone))
    }
}

fn fact_words(fact: &Fact) -> (String, Option<Tone>) {
    let text = match fact {
        Fact::RunPlanned { pak, plan_digest, .. } => format!("pak {pak} begins plan {}", short(plan_digest)),
        Fact::RunResumed { pak } => format!("pak {pak} goes on"),
        Fact::StepStarted { step } => format!("{step}: started"),
        Fact::PresenceChecked { step, key, presence } => {
            let there = match presence {
                Presence::Absent => "not there".to_owned(),
                Presence::Present { digests, .. } => format!("there, {}", digests.label()),
                Presence::NotVisibleYet { .. } => "not visible yet".to_owned(),
                Presence::Burnt { reason } => format!("used up: {reason}"),
            };
            format!("{step}: {key}: asked: {there}")
        }
        Fact::UploadIntended { step, key, digest, .. } => format!("{step}: {key}: about to be sent, {}", short(digest)),
        Fact::UploadDone { step, key, how, receipt } => {
            let how = match how {
                How::Sent => "sent and accepted",
                How::AlreadyThere => "was there with the same bytes",
                How::FoundAfterLostAnswer => "answer lost, found there",
            };
            let warnings: Vec<&str> = receipt.warnings.iter().flat_map(|warning| [", warning: ", warning]).collect();
            let warnings = warnings.concat();
            let tone = (!warnings.is_empty()).then_some(Tone::Warn);
            return (format!("{step}: {key}: {how}{warnings}"), tone);
        }
        Fact::UploadFailed { step, key, problem } | Fact::UndoFailed { step, key, problem } => {
            return (format!("{step}: {key}: {} [{}]", problem.message, problem.code), Some(Tone::Bad));
        }
        Fact::Staged { step, key, reference } => format!("{step}: {key}: held back as {reference}"),
        Fact::PromoteIntended { step, reference, .. } => format!("{step}: {reference} is about to be made public"),
        Fact::PromoteDone { step, key } => format!("{step}: {key}: made public"),
        Fact::Verified { step, key, digest } => format!("{step}: {key}: read back, {}", short(digest)),
        Fact::StepFinished { step, outcome, problem } => {
            let chip = Chip::step(*outcome);
            let why = problem.as_ref().map(|problem| format!(": {} [{}]", problem.message, problem.code));
            return (format!("{step}: {}{}", chip.word, why.unwrap_or_default()), Some(chip.tone));
        }
        Fact::UndoIntended { step, key, action } => {
            format!("{step}: {key}: about to be taken back: {}", action.label())
        }
        Fact::UndoDone { step, key, action, note } => format!("{step}: {key}: {} {note}", action.label()),
        Fact::RunFinished { outcome } => {
            let (word, tone) = match outcome {
                RunOutcome::Success => ("everything is published and verified", Tone::Good),
                RunOutcome::Pending => ("done as far as it can be; some of it waits", Tone::Warn),
                RunOutcome::PartlyPublished => ("some is published, some is not", Tone::Bad),
                RunOutcome::Failed => ("nothing was published", Tone::Bad),
                RunOutcome::Cancelled => ("stopped by a person", Tone::Warn),
                RunOutcome::RolledBack => ("taken back as far as the registries allow", Tone::Warn),
            };
            return (word.to_owned(), Some(tone));
        }
    };
    (text, None)
}
