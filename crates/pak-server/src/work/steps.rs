//! How each step of a run stands, for lists and pages: kept as JSON in the deployment's row, so that nobody has to replay facts to see it.

use std::collections::BTreeMap;

use pak_model::event::{Body, Event, Fact, StepOutcome};
use pak_model::plan::Plan;
use serde::{Deserialize, Serialize};

/// A step as people see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Step {
    #[serde(rename = "step")]
    id: String,
    target: String,
    platform: String,
    package: String,
    version: String,
    registry: String,
    /// `waiting`, `running`, or how it ended.
    state: String,
    uploads: usize,
    done: usize,
    bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
}

/// The steps of a run, in the plan's order.
#[derive(Debug, Clone, Default)]
pub(super) struct Steps {
    list: Vec<Step>,
    index: BTreeMap<String, usize>,
}

impl Steps {
    /// Before anything has begun.
    pub(super) fn of(plan: &Plan) -> Self {
        let registry =
            |target: &str| plan.targets.iter().find(|known| known.name == target).map(|known| known.registry.clone());
        let list: Vec<Step> = plan
            .steps
            .iter()
            .map(|step| Step {
                id: step.id.clone(),
                target: step.target.clone(),
                platform: step.platform.clone(),
                package: step.name.clone(),
                version: step.version.clone(),
                registry: registry(&step.target).unwrap_or_default(),
                state: "waiting".to_owned(),
                uploads: step.uploads.len(),
                done: 0,
                bytes: step.size(),
                code: None,
                message: None,
                next: None,
                started_at: None,
                finished_at: None,
            })
            .collect();
        let index = list.iter().enumerate().map(|(at, step)| (step.id.clone(), at)).collect();
        Self { list, index }
    }

    /// Takes facts. Whether something changed that is worth writing down now.
    pub(super) fn take(&mut self, events: &[Event]) -> bool {
        let mut worth = false;
        for event in events {
            let Body::Fact(fact) = &event.body else { continue };
            worth |= self.fact(fact, event);
        }
        worth
    }

    fn fact(&mut self, fact: &Fact, event: &Event) -> bool {
        let (Fact::StepStarted { step }
        | Fact::UploadDone { step, .. }
        | Fact::StepFinished { step, .. }
        | Fact::UndoDone { step, .. }) = fact
        else {
            return false;
        };
        let Some(line) = self.index.get(step).and_then(|at| self.list.get_mut(*at)) else { return false };
        match fact {
            Fact::StepStarted { .. } => {
                "running".clone_into(&mut line.state);
                line.started_at = Some(event.at.to_string());
                (line.code, line.message, line.next, line.finished_at) = (None, None, None, None);
                true
            }
            Fact::UploadDone { .. } => {
                line.done = (line.done + 1).min(line.uploads);
                false
            }
            Fact::StepFinished { outcome, problem, .. } => {
                word(*outcome).clone_into(&mut line.state);
                line.finished_at = Some(event.at.to_string());
                line.code = problem.as_ref().map(|problem| problem.code.clone());
                line.message = problem.as_ref().map(|problem| problem.message.clone());
                line.next = problem.as_ref().map(|problem| problem.help.clone());
                true
            }
            _ => {
                line.done = line.done.saturating_sub(1);
                if line.done == 0 {
                    word(StepOutcome::RolledBack).clone_into(&mut line.state);
                }
                true
            }
        }
    }

    /// A step's package, version and platform.
    pub(super) fn names(&self, step: &str) -> Option<(&str, &str, &str, u64)> {
        let line = self.index.get(step).and_then(|at| self.list.get(*at))?;
        Some((&line.package, &line.version, &line.platform, line.bytes))
    }

    /// How long a step took, in seconds; none while it is at work.
    pub(super) fn seconds(&self, step: &str) -> Option<f64> {
        let line = self.index.get(step).and_then(|at| self.list.get(*at))?;
        let at = |text: &Option<String>| text.as_ref()?.parse::<jiff::Timestamp>().ok();
        let milliseconds = at(&line.finished_at)?.as_millisecond() - at(&line.started_at)?.as_millisecond();
        Some(f64::from(i32::try_from(milliseconds).ok()?) / 1000.0)
    }

    /// As the row keeps them.
    pub(super) fn json(&self) -> String {
        serde_json::to_string(&self.list).unwrap_or_else(|_| "[]".to_owned())
    }
}

/// A step's outcome, as pages and the API say it.
fn word(outcome: StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Published => "published",
        StepOutcome::AlreadyPublished => "already_published",
        StepOutcome::Failed => "failed",
        StepOutcome::PartlyPublished => "partially_published",
        StepOutcome::Unconfirmed => "unconfirmed",
        StepOutcome::Staged => "staged",
        StepOutcome::Proposed => "proposed",
        StepOutcome::Skipped => "skipped",
        StepOutcome::RolledBack => "rolled_back",
    }
}
