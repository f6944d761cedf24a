//! What happened: runs, their states, and how far each step of one came. Everything is read from journals.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use pak_model::event::{Body, Event, Fact, How, RunOutcome, StepOutcome};
use pak_model::plan::UndoAction;
use pak_model::problem::Report;
use pak_model::{Problem, Result, code};
use serde::Serialize;
use uuid::Uuid;

use crate::journal;
use crate::session::Session;
use crate::state::RunFolder;

/// How far a run came, from its facts.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// The plan it began with.
    pub plan_digest: Option<String>,
    /// How it ended; `None` while it is at work or after it was killed.
    pub outcome: Option<RunOutcome>,
    steps: BTreeMap<String, StepProgress>,
}

/// How far a step came.
#[derive(Debug, Clone, Default)]
pub struct StepProgress {
    /// Uploads that are in the registry, and how they came there.
    pub uploads_done: BTreeMap<String, How>,
    /// Uploads that were meant to be sent, with no word of the end.
    pub intended: BTreeSet<String>,
    /// Where mutable names pointed before.
    pub replaced: BTreeMap<String, String>,
    /// The registry's names for uploads that it holds back until they are promoted.
    pub references: BTreeMap<String, String>,
    /// Uploads that were promoted, or may have been.
    pub promoted: BTreeSet<String>,
    /// Uploads that were read back.
    pub verified: BTreeSet<String>,
    /// Uploads that were taken back, and how.
    pub undone: BTreeMap<String, UndoAction>,
    /// How it ended.
    pub outcome: Option<StepOutcome>,
    /// Why, where it failed.
    pub problem: Option<Report>,
}

impl Progress {
    /// Replays facts.
    pub fn of(events: &[Event]) -> Self {
        let mut progress = Self::default();
        for event in events {
            if let Body::Fact(fact) = &event.body {
                progress.take(fact);
            }
        }
        progress
    }

    /// A step; one that never began is empty.
    pub fn step(&self, id: &str) -> StepProgress {
        self.steps.get(id).cloned().unwrap_or_default()
    }

    /// Takes the next fact.
    pub fn take(&mut self, fact: &Fact) {
        match fact {
            Fact::RunPlanned { plan_digest, .. } => self.plan_digest = Some(plan_digest.clone()),
            Fact::RunResumed { .. } => self.outcome = None,
            Fact::RunFinished { outcome } => self.outcome = Some(*outcome),
            Fact::StepStarted { step } => {
                let step = self.entry(step);
                (step.outcome, step.problem) = (None, None);
            }
            Fact::UploadIntended { step, key, replaces, .. } => {
                let step = self.entry(step);
                step.intended.insert(key.clone());
                if let Some(replaces) = replaces {
                    // The first one counts: a second intent may see what the first one had already moved.
                    step.replaced.entry(key.clone()).or_insert_with(|| replaces.clone());
                }
            }
            Fact::UploadDone { step, key, how, receipt } => {
                let step = self.entry(step);
                step.intended.remove(key);
                step.uploads_done.insert(key.clone(), *how);
                if let Some(reference) = &receipt.reference {
                    step.references.insert(key.clone(), reference.clone());
                }
            }
            Fact::UploadFailed { step, key, problem } => {
                let step = self.entry(step);
                if problem.effect == pak_model::Effect::NothingSent {
                    step.intended.remove(key);
                }
            }
            Fact::PromoteIntended { step, key, .. } | Fact::PromoteDone { step, key } => {
                self.entry(step).promoted.insert(key.clone());
            }
            Fact::Verified { step, key, .. } => {
                self.entry(step).verified.insert(key.clone());
            }
            Fact::StepFinished { step, outcome, problem } => {
                let step = self.entry(step);
                (step.outcome, step.problem) = (Some(*outcome), problem.clone());
            }
            Fact::UndoDone { step, key, action, .. } => {
                let step = self.entry(step);
                step.undone.insert(key.clone(), *action);
                step.uploads_done.remove(key);
                step.verified.remove(key);
                step.references.remove(key);
            }
            // Asked or tried: nothing changed by it.
            Fact::PresenceChecked { .. }
            | Fact::Staged { .. }
            | Fact::UndoIntended { .. }
            | Fact::UndoFailed { .. } => {}
        }
    }

    fn entry(&mut self, step: &str) -> &mut StepProgress {
        self.steps.entry(step.to_owned()).or_default()
    }
}

/// A run in a list.
#[derive(Debug, Clone, Serialize)]
pub struct RunSummary {
    /// Its id.
    pub run: Uuid,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When its last fact was written.
    pub last: Option<Timestamp>,
    /// How it ended; `None` while it is at work or after it was killed.
    pub outcome: Option<RunOutcome>,
    /// The digest of its plan.
    pub plan: Option<String>,
    /// Why the journal cannot be read, where it cannot.
    pub damaged: Option<Report>,
}

/// Every run of the session's project and environment, oldest first. A damaged journal is listed as such.
pub fn list(session: &Session) -> Result<Vec<RunSummary>> {
    let folder = session.folder()?;
    Ok(RunFolder::list(&folder).iter().map(summary).collect())
}

fn summary(run: &RunFolder) -> RunSummary {
    match journal::read(&run.journal()) {
        Ok(journal) => {
            let progress = Progress::of(&journal.events);
            RunSummary {
                run: run.id,
                started: journal.events.first().map(|event| event.at),
                last: journal.events.last().map(|event| event.at),
                outcome: progress.outcome,
                plan: progress.plan_digest,
                damaged: None,
            }
        }
        Err(problem) => RunSummary {
            run: run.id,
            started: None,
            last: None,
            outcome: None,
            plan: None,
            damaged: Some(problem.report()),
        },
    }
}

/// A run by its id or the beginning of it; without one, the latest.
pub fn find(session: &Session, id: Option<&str>) -> Result<RunFolder> {
    let runs = RunFolder::list(&session.folder()?);
    let Some(wanted) = id else {
        return runs.into_iter().next_back().ok_or_else(|| no_runs(session));
    };
    let wanted = wanted.trim().to_ascii_lowercase();
    let mut matching = runs.into_iter().filter(|run| !wanted.is_empty() && run.id.to_string().starts_with(&wanted));
    match (matching.next(), matching.next()) {
        (Some(run), None) => Ok(run),
        (Some(_), Some(_)) => {
            Err(Problem::new(code::deploy::RUN_UNKNOWN, format!("Several runs begin with `{wanted}`.")))
        }
        (None, _) => Err(Problem::new(code::deploy::RUN_UNKNOWN, format!("There is no run `{wanted}`."))),
    }
}

/// The run that `resume` takes up: the latest, if it is not finished well.
pub fn unfinished(session: &Session) -> Result<RunFolder> {
    let run = find(session, None)?;
    let progress = Progress::of(&journal::read(&run.journal())?.events);
    match progress.outcome {
        Some(RunOutcome::Success | RunOutcome::RolledBack) => {
            Err(Problem::new(code::deploy::NOTHING_TO_RESUME, format!("The latest run, {}, is finished.", run.id)))
        }
        _ => Ok(run),
    }
}

fn no_runs(session: &Session) -> Problem {
    Problem::new(
        code::deploy::NO_RUNS,
        format!("{} has no run in environment `{}` yet.", session.project.name, session.environment),
    )
}
