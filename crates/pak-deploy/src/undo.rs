//! Takes a run back, as far as each registry really allows: previewed, journalled, confirmed, never claimed beyond that.

use pak_model::event::{Fact, How, RunOutcome, StepOutcome};
use pak_model::plan::{Plan, PlannedStep, UndoAction, UndoOffer};
use pak_model::{Problem, Result, Role, Upload, code};
use uuid::Uuid;

use crate::events::Bus;
use crate::history::Progress;
use crate::journal::{self, RunLock};
use crate::run::{load_plan, prepared};
use crate::session::Session;
use crate::state::RunFolder;
use crate::targets::Target;

/// What an undo would do, or did, with one upload.
#[derive(Debug, Clone, serde::Serialize)]
pub struct UndoLine {
    /// The step.
    pub step: String,
    /// The upload.
    pub key: String,
    /// Where it is.
    pub coordinates: String,
    /// What the registry offers, or what was done.
    pub action: UndoAction,
    /// Conditions and traces.
    pub note: String,
    /// Why it was not done, where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<pak_model::problem::Report>,
}

/// How an undo ended.
#[derive(Debug, Clone)]
pub struct UndoReport {
    /// The run.
    pub run: Uuid,
    /// Every upload that this run had published.
    pub lines: Vec<UndoLine>,
}

impl UndoReport {
    /// Uploads that are still there.
    pub fn remaining(&self) -> impl Iterator<Item = &UndoLine> {
        self.lines.iter().filter(|line| line.problem.is_some())
    }
}

/// What a rollback of a run would try. Sends nothing.
pub fn preview(run: &RunFolder) -> Result<Vec<UndoLine>> {
    let plan = load_plan(run)?;
    let progress = Progress::of(&journal::read(&run.journal())?.events);
    let lines = to_take_back(&plan, &progress).into_iter().map(|(step, upload)| {
        let UndoOffer { action, note } = offer(step, upload, &progress);
        UndoLine {
            step: step.id.clone(),
            key: upload.key.clone(),
            coordinates: upload.coordinates.to_string(),
            action,
            note,
            problem: None,
        }
    });
    Ok(lines.collect())
}

/// What the registry offers for an upload: what it still holds back can be dropped, whatever it offers later.
fn offer(step: &PlannedStep, upload: &Upload, progress: &Progress) -> UndoOffer {
    let state = progress.step(&step.id);
    if state.references.contains_key(&upload.key) && !state.promoted.contains(&upload.key) {
        let note = "It is not public yet; the registry drops it without a trace.".to_owned();
        return UndoOffer { action: UndoAction::Delete, note };
    }
    step.undo.clone()
}

/// Takes back what this run published, last first. What was there before the run stays.
pub async fn rollback(session: &Session, run: &RunFolder) -> Result<UndoReport> {
    let folder = session.folder()?;
    let _lock = RunLock::take(&folder, "pak deploy rollback")?;
    let journal = journal::read(&run.journal())?;
    let progress = Progress::of(&journal.events);
    if to_take_back(&load_plan(run)?, &progress).is_empty() {
        // Nothing of it is this run's own: nothing is touched, and the run stays what it was.
        return Ok(UndoReport { run: run.id, lines: Vec::new() });
    }
    let prepared = prepared(session, run, &progress)?;
    let bus = Bus::open(session, run, Some(&journal))?;
    bus.fact(Fact::RunResumed { pak: env!("CARGO_PKG_VERSION").to_owned() }).await?;
    let mut lines = Vec::new();
    for (step, upload) in to_take_back(&prepared.plan, &progress) {
        let target = prepared.target(&step.target).ok_or_else(|| {
            Problem::new(code::config::TARGET_UNKNOWN, format!("Target `{}` is no longer configured.", step.target))
        })?;
        let state = progress.step(&step.id);
        let past = Past { replaced: state.replaced.get(&upload.key), reference: state.references.get(&upload.key) };
        lines.push(take_back(session, &bus, target, step, upload, past).await?);
    }
    let all = lines.iter().all(|line| line.problem.is_none());
    for step in &prepared.plan.steps {
        let of_step: Vec<&UndoLine> = lines.iter().filter(|line| line.step == step.id).collect();
        if !of_step.is_empty() && of_step.iter().all(|line| line.problem.is_none()) {
            bus.fact(Fact::StepFinished { step: step.id.clone(), outcome: StepOutcome::RolledBack, problem: None })
                .await?;
        }
    }
    let outcome = if all { RunOutcome::RolledBack } else { RunOutcome::PartlyPublished };
    bus.fact(Fact::RunFinished { outcome }).await?;
    Ok(UndoReport { run: run.id, lines })
}

/// What the journal knows of an upload's past.
#[derive(Clone, Copy)]
struct Past<'a> {
    /// Where a mutable name pointed before.
    replaced: Option<&'a String>,
    /// The registry's name for what it holds back.
    reference: Option<&'a String>,
}

async fn take_back(
    session: &Session,
    bus: &Bus,
    target: &Target,
    step: &PlannedStep,
    upload: &Upload,
    past: Past<'_>,
) -> Result<UndoLine> {
    let offer = step.undo.clone();
    let line = |action, note: String, problem: Option<&Problem>| UndoLine {
        step: step.id.clone(),
        key: upload.key.clone(),
        coordinates: upload.coordinates.to_string(),
        action,
        note,
        problem: problem.map(Problem::report),
    };
    let (id, key) = (step.id.clone(), upload.key.clone());
    let held = past.reference.zip(target.platform.stage());
    // A host may take nothing back that its protocol's driver could; a name that moved is still moved back.
    let refuses = matches!(offer.action, UndoAction::WebOnly | UndoAction::Nothing) && past.replaced.is_none();
    if held.is_none() && (refuses || target.platform.undo().is_none()) {
        let problem = Problem::new(
            code::deploy::UNDO_REFUSED,
            format!(
                "{} has no way to take {} back by its API.",
                target.platform.definition().title,
                upload.coordinates
            ),
        )
        .next(offer.note.clone());
        bus.fact(Fact::UndoFailed { step: id, key, problem: problem.report() }).await?;
        return Ok(line(offer.action, offer.note, Some(&problem)));
    }
    bus.fact(Fact::UndoIntended { step: id.clone(), key: key.clone(), action: offer.action }).await?;
    let call = target.call(session);
    let taken_back = match (held, target.platform.undo()) {
        // What is still held back is dropped; what became public in the meantime the registry says so of.
        (Some((reference, stage)), _) => stage.discard(&call, upload, reference).await,
        (None, Some(undo)) => undo.undo(&call, upload, past.replaced.map(String::as_str)).await,
        (None, None) => Err(Problem::new(code::deploy::UNDO_REFUSED, offer.note.clone())),
    };
    match taken_back {
        Ok(undone) => {
            bus.fact(Fact::UndoDone { step: id, key, action: undone.action, note: undone.note.clone() }).await?;
            Ok(line(undone.action, undone.note, None))
        }
        Err(problem) => {
            bus.fact(Fact::UndoFailed { step: id, key, problem: problem.report() }).await?;
            Ok(line(offer.action, offer.note, Some(&problem)))
        }
    }
}

/// Uploads of this run that users can see, and those that may have arrived; last first. Blobs are the registry's to collect.
fn to_take_back<'a>(plan: &'a Plan, progress: &Progress) -> Vec<(&'a PlannedStep, &'a Upload)> {
    let mut found = Vec::new();
    for step in &plan.steps {
        let state = progress.step(&step.id);
        for upload in &step.uploads {
            let sent = state.uploads_done.get(&upload.key).is_some_and(|how| *how != How::AlreadyThere);
            let maybe = state.intended.contains(&upload.key);
            if (sent || maybe) && upload.role != Role::Shared {
                found.push((step, upload));
            }
        }
    }
    found.reverse();
    found
}
