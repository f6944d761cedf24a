//! What is seen of a run: one line an event for logs and pipes, a live board on a terminal.
//!
//! Everything here is a function of events (and the plan they belong to), so `deploy`, `watch` and `replay` look alike.

use std::collections::BTreeMap;

use jiff::Timestamp;
use pak_model::Standing;
use pak_model::event::{Body, Event, Fact, How, StepOutcome, Tick};
use pak_model::plan::Plan;
use std::time::Duration;

use super::human::{Mark, bytes, count, faint, time};

/// A step as people know it: `npm: greeter 1.0.0`.
pub(crate) fn step_name(plan: Option<&Plan>, id: &str) -> String {
    match plan.and_then(|plan| plan.steps.iter().find(|step| step.id == id)) {
        Some(step) => format!("{}: {} {}", step.target, step.name, step.version),
        None => id.to_owned(),
    }
}

/// Whether a step's change is offered to the people who decide, rather than made.
fn offered(plan: Option<&Plan>, id: &str) -> bool {
    let step = plan.and_then(|plan| plan.steps.iter().find(|step| step.id == id));
    step.and_then(|step| step.options.commit.as_ref()).is_some_and(|commit| commit.pull_request)
}

/// The line of an event that people want to see while a run is at work; `None` for what only a log needs.
pub(crate) fn line(event: &Event, plan: Option<&Plan>, in_words: bool) -> Option<String> {
    let mark = |mark: Mark| mark.text(in_words);
    let name = |id: &str| step_name(plan, id);
    let line = match &event.body {
        Body::Fact(Fact::RunPlanned { plan_digest, .. }) => {
            faint(&format!("Run {}, plan {}", event.run, plan_digest.get(..12).unwrap_or(plan_digest)))
        }
        Body::Fact(Fact::RunResumed { .. }) => format!("Run {} goes on", event.run),
        Body::Fact(Fact::StepFinished { step, outcome, problem }) => {
            let why = problem.as_ref().map(|problem| format!(": {} [{}]", problem.message, problem.code));
            let (symbol, word) = outcome_words(*outcome);
            format!("{} {} {word}{}", mark(symbol), name(step), why.unwrap_or_default())
        }
        Body::Fact(Fact::UploadDone { step, key, receipt, .. }) => match (offered(plan, step), &receipt.url) {
            (true, Some(url)) => format!("{} {}: offered at {url}", mark(Mark::Ok), name(step)),
            _ if receipt.warnings.is_empty() => return None,
            _ => format!("{} {} {key}: {}", mark(Mark::Warning), name(step), receipt.warnings.join("; ")),
        },
        Body::Fact(Fact::Staged { step, reference, .. }) => {
            format!("{} {} checked by the registry, which holds it as {reference}", mark(Mark::Working), name(step))
        }
        Body::Fact(Fact::UndoDone { step, key, action, note }) => {
            let note = if note.is_empty() { String::new() } else { format!(" ({note})") };
            format!("{} {} {key}: {}{note}", mark(Mark::Ok), name(step), action.label())
        }
        Body::Fact(Fact::UndoFailed { step, key, problem }) => {
            format!("{} {} {key}: still there: {}", mark(Mark::Failed), name(step), problem.message)
        }
        Body::Tick(Tick::Waiting { step, why, ms }) => {
            format!("{} {} waits {}: {why}", mark(Mark::Working), name(step), time(Duration::from_millis(*ms)))
        }
        Body::Tick(Tick::Retrying { step, attempt, why }) => {
            format!("{} {} attempt {attempt}: {why}", mark(Mark::Working), name(step))
        }
        Body::Tick(Tick::Stage { stage, note }) => format!("{} {stage}: {note}", mark(Mark::Working)),
        Body::Tick(Tick::Line { text }) => text.clone(),
        Body::Fact(_) | Body::Tick(Tick::Progress { .. }) => return None,
    };
    Some(line)
}

/// The line of a fact in a log: everything the journal knows of it.
pub(crate) fn log_line(event: &Event, plan: Option<&Plan>) -> String {
    let name = |id: &str| step_name(plan, id);
    let text = match &event.body {
        Body::Fact(Fact::StepStarted { step }) => format!("{}: started", name(step)),
        Body::Fact(Fact::PresenceChecked { step, key, presence }) => {
            let word = match presence {
                pak_model::Presence::Absent => "not there".to_owned(),
                pak_model::Presence::Present { digests, standing } => {
                    let standing = match standing {
                        Standing::Live => "",
                        Standing::Withdrawn => ", withdrawn",
                        Standing::Proposed => ", proposed",
                    };
                    format!("there, {}{standing}", digests.label())
                }
                pak_model::Presence::NotVisibleYet { .. } => "not visible yet".to_owned(),
                pak_model::Presence::Burnt { reason } => format!("used up: {reason}"),
            };
            format!("{}: {key}: asked: {word}", name(step))
        }
        Body::Fact(Fact::UploadIntended { step, key, digest, .. }) => {
            format!("{}: {key}: about to be sent, {digest}", name(step))
        }
        Body::Fact(Fact::UploadDone { step, key, how, receipt }) => {
            let how = match how {
                How::Sent => "sent and accepted",
                How::AlreadyThere => "was there with the same bytes",
                How::FoundAfterLostAnswer => "answer lost, found there",
            };
            let url = receipt.url.as_ref().map(|url| format!(", {url}")).unwrap_or_default();
            let warnings = match receipt.warnings.as_slice() {
                [] => String::new(),
                warnings => format!(", warning: {}", warnings.join(", warning: ")),
            };
            format!("{}: {key}: {how}{url}{warnings}", name(step))
        }
        Body::Fact(Fact::UploadFailed { step, key, problem }) => {
            format!("{}: {key}: failed: {} [{}]", name(step), problem.message, problem.code)
        }
        Body::Fact(Fact::Verified { step, key, digest }) => format!("{}: {key}: read back, {digest}", name(step)),
        Body::Fact(Fact::Staged { step, key, reference }) => format!("{}: {key}: held back as {reference}", name(step)),
        Body::Fact(Fact::PromoteIntended { step, key, reference }) => {
            format!("{}: {key}: {reference} is about to be made public", name(step))
        }
        Body::Fact(Fact::PromoteDone { step, key }) => format!("{}: {key}: made public", name(step)),
        Body::Fact(Fact::UndoIntended { step, key, action }) => {
            format!("{}: {key}: about to be taken back: {}", name(step), action.label())
        }
        Body::Fact(Fact::RunFinished { outcome }) => format!("run finished: {}", run_word(*outcome)),
        _ => line(event, plan, true).unwrap_or_default(),
    };
    format!("{:>4}  {}  {text}", event.seq, event.at.strftime("%F %T%.3fZ"))
}

/// How a step's end is shown.
pub(crate) fn outcome_words(outcome: StepOutcome) -> (Mark, &'static str) {
    match outcome {
        StepOutcome::Published => (Mark::Ok, "published and verified"),
        StepOutcome::AlreadyPublished => (Mark::Ok, "was published already, verified"),
        StepOutcome::Failed => (Mark::Failed, "failed"),
        StepOutcome::PartlyPublished => (Mark::Failed, "partly published"),
        StepOutcome::Unconfirmed => (Mark::Warning, "accepted, not confirmed"),
        StepOutcome::Staged => (Mark::Warning, "accepted and held back: resume publishes it, rollback drops it"),
        StepOutcome::Proposed => (Mark::Ok, "proposed; users get it when it is merged"),
        StepOutcome::Skipped => (Mark::Skipped, "not tried"),
        StepOutcome::RolledBack => (Mark::Ok, "taken back"),
    }
}

/// How a run's end is shown.
pub(crate) fn run_word(outcome: pak_model::event::RunOutcome) -> &'static str {
    use pak_model::event::RunOutcome;
    match outcome {
        RunOutcome::Success => "success",
        RunOutcome::Pending => "pending",
        RunOutcome::PartlyPublished => "partly published",
        RunOutcome::Failed => "failed",
        RunOutcome::Cancelled => "cancelled",
        RunOutcome::RolledBack => "rolled back",
    }
}

/// The live board: one row a target, however many packages go there.
#[derive(Debug, Default)]
pub(crate) struct Board {
    rows: BTreeMap<String, Row>,
    order: Vec<String>,
    target_of: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Row {
    steps: usize,
    ended: usize,
    failed: usize,
    begun: Option<Timestamp>,
    total: u64,
    sent: BTreeMap<String, u64>,
    retries: u32,
    waits: BTreeMap<String, String>,
    last: Option<Timestamp>,
}

impl Board {
    /// A board with a row for every target of the plan.
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut board = Self::default();
        for step in &plan.steps {
            if !board.rows.contains_key(&step.target) {
                board.order.push(step.target.clone());
            }
            let row = board.rows.entry(step.target.clone()).or_default();
            row.steps += 1;
            row.total += step.size();
            board.target_of.insert(step.id.clone(), step.target.clone());
        }
        board
    }

    /// Takes an event in; the target whose row changed.
    pub(crate) fn take(&mut self, event: &Event) -> Option<&str> {
        let step = step_of(&event.body)?;
        let target = self.target_of.get(step)?;
        let row = self.rows.get_mut(target)?;
        row.begun.get_or_insert(event.at);
        row.last = Some(event.at);
        match &event.body {
            Body::Tick(Tick::Progress { done, .. }) => {
                row.sent.insert(step.to_owned(), *done);
                row.waits.remove(step);
            }
            Body::Tick(Tick::Waiting { why, .. }) => {
                row.waits.insert(step.to_owned(), why.clone());
            }
            Body::Tick(Tick::Retrying { .. }) => row.retries += 1,
            Body::Fact(Fact::StepStarted { .. }) => row.ended = row.ended.min(row.steps.saturating_sub(1)),
            Body::Fact(Fact::StepFinished { outcome, .. }) => {
                row.ended += 1;
                row.waits.remove(step);
                let is_well = matches!(
                    outcome,
                    StepOutcome::Published
                        | StepOutcome::AlreadyPublished
                        | StepOutcome::Staged
                        | StepOutcome::Proposed
                        | StepOutcome::RolledBack
                );
                row.failed += usize::from(!is_well);
            }
            Body::Fact(_) => {
                row.waits.remove(step);
            }
            Body::Tick(_) => {}
        }
        Some(target)
    }

    /// Targets, in the plan's order.
    pub(crate) fn targets(&self) -> &[String] {
        &self.order
    }

    /// The text of a target's row.
    pub(crate) fn row(&self, target: &str, plain: bool) -> String {
        let Some(row) = self.rows.get(target) else { return String::new() };
        let mark = match (row.ended >= row.steps, row.failed) {
            (_, 1..) => Mark::Failed,
            (true, 0) => Mark::Ok,
            (false, 0) => Mark::Working,
        };
        let mut parts = vec![format!("{} of {}", row.ended, count(row.steps, "package"))];
        let sent: u64 = row.sent.values().sum();
        if sent > 0 {
            parts.push(format!("{} of {}", bytes(sent), bytes(row.total)));
            if let Some(rate) = row.rate(sent) {
                parts.push(format!("{}/s", bytes(rate)));
            }
        }
        if row.failed > 0 {
            parts.push(format!("{} failed", row.failed));
        }
        if row.retries > 0 {
            parts.push(format!("tried again {}×", row.retries));
        }
        parts.extend(row.waits.values().next().map(|why| format!("waiting: {why}")));
        format!("{} {target:<10} {}", mark.text(plain), parts.join(" · "))
    }
}

impl Row {
    /// Bytes a second since the row began.
    fn rate(&self, sent: u64) -> Option<u64> {
        let elapsed = self.last?.duration_since(self.begun?).as_millis();
        u64::try_from(elapsed).ok().filter(|elapsed| *elapsed >= 100).map(|elapsed| sent * 1000 / elapsed)
    }
}

/// The step an event is about.
fn step_of(body: &Body) -> Option<&str> {
    match body {
        Body::Fact(
            Fact::StepStarted { step }
            | Fact::PresenceChecked { step, .. }
            | Fact::UploadIntended { step, .. }
            | Fact::UploadDone { step, .. }
            | Fact::UploadFailed { step, .. }
            | Fact::Staged { step, .. }
            | Fact::PromoteIntended { step, .. }
            | Fact::PromoteDone { step, .. }
            | Fact::Verified { step, .. }
            | Fact::StepFinished { step, .. }
            | Fact::UndoIntended { step, .. }
            | Fact::UndoDone { step, .. }
            | Fact::UndoFailed { step, .. },
        )
        | Body::Tick(Tick::Progress { step, .. } | Tick::Waiting { step, .. } | Tick::Retrying { step, .. }) => {
            Some(step)
        }
        Body::Fact(Fact::RunPlanned { .. } | Fact::RunResumed { .. } | Fact::RunFinished { .. })
        | Body::Tick(Tick::Stage { .. } | Tick::Line { .. }) => None,
    }
}

#[cfg(test)]
mod tests {
    use pak_model::plan::{PlannedStep, StepState, UndoAction, UndoOffer};

    use super::*;

    fn plan() -> Plan {
        let step = |id: &str| PlannedStep {
            id: id.into(),
            target: "npm".into(),
            platform: "npm".into(),
            package: "js".into(),
            name: "greeter".into(),
            version: "1.0.0".into(),
            after: Vec::new(),
            uploads: Vec::new(),
            options: pak_model::release::PublishOptions::default(),
            undo: UndoOffer { action: UndoAction::Nothing, note: String::new() },
            state: StepState::New,
            findings: Vec::new(),
        };
        Plan {
            schema: 1,
            project: "p".into(),
            environment: "e".into(),
            digest: "d".into(),
            targets: Vec::new(),
            steps: vec![step("npm/a"), step("npm/b")],
            withheld: Vec::new(),
        }
    }

    fn event(second: i64, body: Body) -> Event {
        Event { run: uuid::Uuid::nil(), seq: 1, at: Timestamp::from_second(second).unwrap(), body }
    }

    #[test]
    fn a_row_says_state_bytes_rate_retries_and_why_it_waits() {
        let mut board = Board::of(&plan());
        let step = || "npm/a".to_owned();
        board.take(&event(0, Body::Fact(Fact::StepStarted { step: step() })));
        assert_eq!(board.row("npm", true), "[..] npm        0 of 2 packages");
        board.take(&event(2, Body::Tick(Tick::Progress { step: step(), done: 4096, total: 8192 })));
        board.take(&event(2, Body::Tick(Tick::Retrying { step: step(), attempt: 2, why: "reset".into() })));
        board.take(&event(2, Body::Tick(Tick::Waiting { step: step(), why: "rate limit".into(), ms: 1000 })));
        let row = board.row("npm", true);
        assert_eq!(
            row,
            "[..] npm        0 of 2 packages · 4.0 KiB of 0 B · 2.0 KiB/s · tried again 1× · waiting: rate limit"
        );
        board.take(&event(
            3,
            Body::Fact(Fact::StepFinished { step: step(), outcome: StepOutcome::Published, problem: None }),
        ));
        assert!(board.row("npm", true).starts_with("[..] npm        1 of 2 packages"));
        let failed = StepOutcome::Failed;
        board.take(&event(4, Body::Fact(Fact::StepFinished { step: "npm/b".into(), outcome: failed, problem: None })));
        assert!(board.row("npm", true).starts_with("[failed] npm        2 of 2 packages"));
    }

    #[test]
    fn lines_name_the_package_and_never_claim_more_than_happened() {
        let plan = plan();
        let end = |outcome| event(0, Body::Fact(Fact::StepFinished { step: "npm/a".into(), outcome, problem: None }));
        let text = |outcome| line(&end(outcome), Some(&plan), true).unwrap();
        assert_eq!(text(StepOutcome::Published), "[ok] npm: greeter 1.0.0 published and verified");
        assert_eq!(text(StepOutcome::Unconfirmed), "[warning] npm: greeter 1.0.0 accepted, not confirmed");
        assert_eq!(line(&event(0, Body::Fact(Fact::StepStarted { step: "x".into() })), None, true), None);
    }
}
