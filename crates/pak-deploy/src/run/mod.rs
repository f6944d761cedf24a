//! Carries a plan out: opens the journal, walks the steps as a graph, closes the journal with every step's outcome.

mod graph;
mod movable;
mod restore;
mod saved;
mod step;

use std::collections::BTreeMap;
use std::time::Duration;

use pak_model::event::{Fact, RunOutcome, StepOutcome};
use pak_model::plan::Plan;
use pak_model::problem::Report;
use pak_model::{Problem, Result, code};
use uuid::Uuid;

use crate::events::Bus;
use crate::history::Progress;
use crate::journal::{self, RunLock};
use crate::plan::{self, Prepared};
use crate::session::Session;
use crate::state::{RunFolder, make};
use crate::steps;

pub use restore::restore;
pub(crate) use saved::prepared;
pub use saved::{load as load_plan, load_releases as releases, load_reports as reports};

/// How a run ended.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// The run.
    pub run: Uuid,
    /// The plan.
    pub plan: Plan,
    /// How it ended as a whole.
    pub outcome: RunOutcome,
    /// How each step ended, in the plan's order.
    pub steps: Vec<StepReport>,
}

/// How a step ended.
#[derive(Debug, Clone)]
pub struct StepReport {
    /// The step's id.
    pub step: String,
    /// How.
    pub outcome: StepOutcome,
    /// Why, where it failed.
    pub problem: Option<Report>,
}

/// Asked when the plan is settled and nothing has been sent: carry it out or not.
pub type Confirm<'a> = &'a (dyn Fn(&Plan) -> Result<()> + Sync);

/// Plans and carries out. `approved` is the digest the user approved (`--plan`).
pub async fn deploy(session: &Session, approved: Option<&str>, confirm: Confirm<'_>) -> Result<RunReport> {
    let folder = session.folder()?;
    let _lock = RunLock::take(&folder, "pak deploy")?;
    let run = RunFolder::create(&folder)?;
    let outcome = async {
        make(&run.artifacts())?;
        let mut prepared = plan::prepare(session, &run.artifacts()).await?;
        check_approved(&prepared.plan, approved)?;
        if let Some(problem) = prepared.blocked() {
            if let Some(mirror) = &session.mirror {
                saved::save_reports(&run, &prepared)?;
                mirror.stopped(&run).await?;
            }
            return Err(problem);
        }
        confirm(&prepared.plan)?;
        Box::pin(steps::attest::run(session, &mut prepared)).await?;
        if session.mirror.is_some() {
            movable::gather(&run, &mut prepared.releases)?;
        }
        saved::save(&run, &prepared)?;
        if let Some(mirror) = &session.mirror {
            mirror.save(&run).await?;
        }
        Ok(prepared)
    }
    .await;
    let prepared = match outcome {
        Ok(prepared) => prepared,
        Err(problem) => {
            // No journal was begun, so there is no run: leave no empty folder behind.
            let _ = std::fs::remove_dir_all(&run.path);
            return Err(problem);
        }
    };
    let bus = Bus::open(session, &run, None)?;
    bus.fact(planned(&prepared.plan)).await?;
    carry_out(session, &run, &prepared, bus, Progress::default(), true).await
}

/// Takes a run up where it stopped. Refuses when the plan or an artifact is not what it was.
pub async fn resume(session: &Session, run: &RunFolder) -> Result<RunReport> {
    let folder = session.folder()?;
    let _lock = RunLock::take(&folder, "pak deploy resume")?;
    let journal = journal::read(&run.journal())?;
    let progress = Progress::of(&journal.events);
    let prepared = saved::prepared(session, run, &progress)?;
    let _ = std::fs::remove_file(run.cancel_request());
    let bus = Bus::open(session, run, Some(&journal))?;
    // Killed before its first fact was on disk, a run has done nothing yet: it begins now.
    let begins = progress.plan_digest.is_none();
    let resumed = Fact::RunResumed { pak: env!("CARGO_PKG_VERSION").to_owned() };
    bus.fact(if begins { planned(&prepared.plan) } else { resumed }).await?;
    carry_out(session, run, &prepared, bus, progress, false).await
}

/// The first fact of a run.
fn planned(plan: &Plan) -> Fact {
    Fact::RunPlanned {
        schema: pak_model::event::EVENT_SCHEMA,
        pak: env!("CARGO_PKG_VERSION").to_owned(),
        project: plan.project.clone(),
        environment: plan.environment.clone(),
        plan_digest: plan.digest.clone(),
    }
}

/// Refuses a plan that is not the one that was approved. A digest's beginning will do.
pub fn check_approved(plan: &Plan, approved: Option<&str>) -> Result<()> {
    let Some(approved) = approved else { return Ok(()) };
    // A beginning long enough to be unmistakable is accepted: people copy what they see.
    if approved.len() >= 12 && plan.digest.starts_with(&approved.to_ascii_lowercase()) {
        return Ok(());
    }
    Err(Problem::new(
        code::deploy::PLAN_CHANGED,
        format!("The plan is {} now, and {approved} was approved.", plan.digest),
    ))
}

async fn carry_out(
    session: &Session,
    run: &RunFolder,
    prepared: &Prepared,
    bus: Bus,
    progress: Progress,
    fresh: bool,
) -> Result<RunReport> {
    let watcher = tokio::spawn(watch_for_cancel(run.cancel_request(), session.cancel.clone()));
    let outcomes = graph::walk(session, prepared, &bus, &progress, fresh).await;
    watcher.abort();
    let outcomes = outcomes?;
    let steps: Vec<StepReport> = prepared
        .plan
        .steps
        .iter()
        .filter_map(|step| {
            let (outcome, problem) = outcomes.get(&step.id)?;
            Some(StepReport { step: step.id.clone(), outcome: *outcome, problem: problem.clone() })
        })
        .collect();
    let outcome = overall(&steps, session.cancel.is_cancelled());
    bus.fact(Fact::RunFinished { outcome }).await?;
    Ok(RunReport { run: run.id, plan: prepared.plan.clone(), outcome, steps })
}

/// `pak deploy cancel` asks by a file, which works from any process on any system.
async fn watch_for_cancel(path: camino::Utf8PathBuf, cancel: tokio_util::sync::CancellationToken) {
    while !cancel.is_cancelled() {
        tokio::time::sleep(Duration::from_millis(200)).await;
        if path.exists() {
            cancel.cancel();
        }
    }
}

fn overall(steps: &[StepReport], cancelled: bool) -> RunOutcome {
    let is_there = |step: &&StepReport| matches!(step.outcome, StepOutcome::Published | StepOutcome::AlreadyPublished);
    let there = steps.iter().filter(is_there).count();
    let partly =
        steps.iter().any(|step| matches!(step.outcome, StepOutcome::PartlyPublished | StepOutcome::Unconfirmed));
    let waits = steps.iter().filter(|step| matches!(step.outcome, StepOutcome::Staged | StepOutcome::Proposed)).count();
    if there == steps.len() {
        RunOutcome::Success
    } else if there + waits == steps.len() {
        RunOutcome::Pending
    } else if cancelled {
        RunOutcome::Cancelled
    } else if there > 0 || partly {
        RunOutcome::PartlyPublished
    } else {
        RunOutcome::Failed
    }
}

/// Outcomes by step.
type Outcomes = BTreeMap<String, (StepOutcome, Option<Report>)>;

impl RunReport {
    /// The problem of a run that is not a success.
    pub fn problem(&self) -> Option<Problem> {
        let code = match self.outcome {
            RunOutcome::Success | RunOutcome::Pending | RunOutcome::RolledBack => return None,
            RunOutcome::PartlyPublished => code::deploy::PARTLY_PUBLISHED,
            RunOutcome::Failed => code::deploy::FAILED,
            RunOutcome::Cancelled => code::deploy::CANCELLED,
        };
        let count = |wanted: &[StepOutcome]| self.steps.iter().filter(|step| wanted.contains(&step.outcome)).count();
        let there = count(&[StepOutcome::Published, StepOutcome::AlreadyPublished]);
        let mut problem =
            Problem::new(code, format!("{there} of {} steps are published and confirmed.", self.steps.len()));
        if there > 0 || count(&[StepOutcome::PartlyPublished, StepOutcome::Unconfirmed]) > 0 {
            problem = problem.effect(pak_model::Effect::PartlyPublished);
        } else if self
            .steps
            .iter()
            .any(|step| step.problem.as_ref().is_some_and(|problem| problem.effect == pak_model::Effect::MaybeSent))
        {
            problem = problem.effect(pak_model::Effect::MaybeSent);
        }
        for step in &self.steps {
            if let Some(report) = &step.problem {
                let said = report.causes.first().map(|said| format!(" ({said})")).unwrap_or_default();
                problem = problem.said(format!("{}: {} [{}]{said}", step.step, report.message, report.code));
            }
        }
        Some(problem)
    }
}
