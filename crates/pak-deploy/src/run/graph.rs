//! Walks the steps: each when those it needs are verified, everything else side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use pak_model::event::{Fact, StepOutcome};
use pak_model::plan::PlannedStep;
use pak_model::{Problem, Result, code};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::Outcomes;
use super::step::{StepEnd, StepWork};
use crate::events::Bus;
use crate::history::Progress;
use crate::plan::Prepared;
use crate::session::Session;

/// How many steps of one target are at work at the same time.
const STEPS_PER_TARGET: usize = 8;

/// What is known of a step by those that wait for it.
type Signal = watch::Receiver<Option<bool>>;

/// Walks every step to its end. An error here is the journal's: then nothing may be sent any more.
pub(super) async fn walk(
    session: &Session,
    prepared: &Prepared,
    bus: &Bus,
    progress: &Progress,
    fresh: bool,
) -> Result<Outcomes> {
    let mut outcomes = Outcomes::new();
    let mut signals: BTreeMap<String, Signal> = BTreeMap::new();
    let mut tasks: JoinSet<Result<(String, StepEnd)>> = JoinSet::new();
    let limits: BTreeMap<&str, Arc<Semaphore>> = prepared
        .targets
        .iter()
        .map(|target| (target.name.as_str(), Arc::new(Semaphore::new(STEPS_PER_TARGET))))
        .collect();
    // The plan's order puts every step behind those it needs, so their signals exist already.
    for planned in &prepared.plan.steps {
        let (done, signal) = watch::channel(None);
        let needs: Vec<(String, Signal)> =
            planned.after.iter().filter_map(|id| Some((id.clone(), signals.get(id)?.clone()))).collect();
        signals.insert(planned.id.clone(), signal);
        let (Some(target), Some(release)) = (prepared.target(&planned.target), prepared.releases.get(&planned.id))
        else {
            return Err(Problem::new(
                code::deploy::JOURNAL_DAMAGED,
                format!("The run has no artifacts for step {}.", planned.id),
            ));
        };
        let work = StepWork::new(session, target, release.clone(), planned.clone(), bus.clone(), progress, fresh);
        let limit = limits.get(planned.target.as_str()).cloned();
        let (bus, planned) = (bus.clone(), planned.clone());
        tasks.spawn(async move {
            let end = run_one(&bus, &planned, needs, limit, work).await?;
            let _ = done.send(Some(end.is_published()));
            Ok((planned.id, end))
        });
    }
    let mut first_error = None;
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(Ok((id, end))) => {
                outcomes.insert(id, (end.outcome, end.problem.map(|problem| problem.report())));
            }
            // The journal failed: let what is on its way come to its end, then say so.
            Ok(Err(problem)) => first_error = first_error.or(Some(problem)),
            Err(panic) => {
                let problem = Problem::new(code::deploy::FAILED, "A step stopped unexpectedly; this is a bug in pak.");
                first_error = first_error.or(Some(problem.said(panic.to_string())));
            }
        }
    }
    first_error.map_or(Ok(outcomes), Err)
}

async fn run_one(
    bus: &Bus,
    planned: &PlannedStep,
    needs: Vec<(String, Signal)>,
    limit: Option<Arc<Semaphore>>,
    work: StepWork,
) -> Result<StepEnd> {
    for (id, mut signal) in needs {
        let published = match signal.wait_for(Option::is_some).await {
            Ok(value) => *value == Some(true),
            // The task ended without a word: its journal write failed.
            Err(_) => false,
        };
        if !published {
            let problem = Problem::new(
                code::deploy::DEPENDENCY_FAILED,
                format!("{} was not tried, because {id} is not published.", planned.id),
            );
            let end = StepEnd { outcome: StepOutcome::Skipped, problem: Some(problem) };
            finish(bus, planned, &end).await?;
            return Ok(end);
        }
    }
    let _permit = match limit {
        Some(limit) => limit.acquire_owned().await.ok(),
        None => None,
    };
    let end = work.run().await?;
    finish(bus, planned, &end).await?;
    Ok(end)
}

async fn finish(bus: &Bus, planned: &PlannedStep, end: &StepEnd) -> Result<()> {
    bus.fact(Fact::StepFinished {
        step: planned.id.clone(),
        outcome: end.outcome,
        problem: end.problem.as_ref().map(Problem::report),
    })
    .await
}
