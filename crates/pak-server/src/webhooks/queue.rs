//! Puts events on their way: a delivery for each webhook that wants them, in the transaction that makes the event true. An event of a
//! transaction that fails never goes out; one of a transaction that is committed is not forgotten.

use pak_model::Result;
use sea_orm::{
    ActiveValue::NotSet, ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, Set,
};
use serde::Serialize;
use serde_json::json;

use crate::store::entity::{delivery, deployment, webhook};
use crate::store::unusable;
use crate::telemetry::event::Event;
use crate::telemetry::record::{self, Row};
use crate::time::Time;

/// A worker began.
pub const STARTED: &str = "deployment_started";
/// A package is on a platform, confirmed by reading it back.
pub const PACKAGE: &str = "package_deployed";
/// Everything that could be done is done.
pub const COMPLETED: &str = "deployment_completed";
/// It ended otherwise; what is published is said by `status`.
pub const FAILED: &str = "deployment_failed";
/// It was taken back.
pub const ROLLED_BACK: &str = "deployment_rolled_back";
/// A person tries a webhook out.
pub const PING: &str = "ping";

/// Every event that can be asked for, with what people read beside it.
pub const EVENTS: &[(&str, &str)] = &[
    (STARTED, "A deployment began"),
    (PACKAGE, "A package was published on a platform and confirmed"),
    (COMPLETED, "A deployment ended well"),
    (FAILED, "A deployment failed, was cancelled, or published only a part"),
    (ROLLED_BACK, "A deployment was taken back"),
];

/// What happened in a deployment.
#[derive(Debug, Clone)]
pub struct Notice<'a> {
    /// The deployment; its status is the one that is told.
    pub deployment: &'a deployment::Model,
    /// The project's name.
    pub project: &'a str,
    /// What happened.
    pub what: What<'a>,
}

/// The kinds of what happens.
#[derive(Debug, Clone, Copy)]
pub enum What<'a> {
    /// A worker began.
    Started,
    /// A package is on a platform.
    Package {
        /// Its name.
        package: &'a str,
        /// Its version.
        version: &'a str,
        /// The platform.
        platform: &'a str,
        /// How long it took.
        seconds: Option<f64>,
        /// How large its files are together.
        bytes: Option<u64>,
    },
    /// The deployment ended; how, its status says.
    Ended,
}

/// The body of a message, in the order receivers read it.
#[derive(Serialize)]
struct Body<'a> {
    event: &'a str,
    package: &'a str,
    version: Option<&'a str>,
    platform: Option<&'a str>,
    deployment_id: String,
    project: &'a str,
    environment: &'a str,
    status: &'a str,
    timestamp: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl Notice<'_> {
    /// The event's name.
    fn event(&self) -> &'static str {
        match (&self.what, self.deployment.status.as_str()) {
            (What::Started, _) => STARTED,
            (What::Package { .. }, _) => PACKAGE,
            (What::Ended, "success" | "waiting") => COMPLETED,
            (What::Ended, "rolled_back") => ROLLED_BACK,
            (What::Ended, _) => FAILED,
        }
    }

    fn body(&self, now: i64) -> Result<String> {
        let (package, version, platform) = match self.what {
            What::Package { package, version, platform, .. } => (package, Some(version), Some(platform)),
            _ => (self.project, self.deployment.version.as_deref(), None),
        };
        let body = Body {
            event: self.event(),
            package,
            version,
            platform,
            deployment_id: format!("deploy_{}", self.deployment.id),
            project: self.project,
            environment: &self.deployment.environment,
            status: &self.deployment.status,
            timestamp: Time(now),
            error: self.deployment.error_message.as_deref().filter(|_| matches!(self.what, What::Ended)),
        };
        serde_json::to_string(&body).map_err(|error| {
            pak_model::Problem::new(pak_model::code::server::INTERNAL, "An event cannot be written.").cause(&error)
        })
    }

    fn row(&self, now: i64) -> Row {
        let mut metadata = json!({
            "deployment_id": format!("deploy_{}", self.deployment.id),
            "environment": self.deployment.environment,
            "status": self.deployment.status,
        });
        let whole = |since: i64| (now - since).max(0) as f64 / 1000.0;
        let (package, version, platform, seconds, bytes) = match self.what {
            What::Package { package, version, platform, seconds, bytes } => {
                (package, version, platform, seconds, bytes.map(|bytes| bytes as f64))
            }
            What::Started => (self.project, self.deployment.version.as_deref().unwrap_or_default(), "", None, None),
            What::Ended => {
                let version = self.deployment.version.as_deref().unwrap_or_default();
                (self.project, version, "", self.deployment.started_at.map(whole), None)
            }
        };
        for (name, value) in [("deployment_time", seconds), ("file_size", bytes)] {
            if let Some(value) = value {
                metadata[name] = json!(value);
            }
        }
        Row {
            event: Event {
                at: now,
                event: self.event().to_owned(),
                package: package.to_owned(),
                version: version.to_owned(),
                platform: platform.to_owned(),
                project: None,
                metadata: Some(metadata.to_string()),
                seconds,
                bytes,
            },
            source: record::OWN.to_owned(),
            project_id: Some(self.deployment.project_id),
            user_id: self.deployment.requested_by,
        }
    }
}

/// Tells what happened: to telemetry, and to every webhook that wants to know. Whether any does: then wake the deliverers once the
/// transaction is committed.
pub async fn announce(transaction: &DatabaseTransaction, now: i64, notices: &[Notice<'_>]) -> Result<bool> {
    let Some(first) = notices.first() else { return Ok(false) };
    let rows: Vec<Row> = notices.iter().map(|notice| notice.row(now)).collect();
    record::record(transaction, &rows, now).await?;
    let project = first.deployment.project_id;
    let webhooks = webhook::Entity::find()
        .filter(webhook::Column::Enabled.eq(true))
        .filter(Condition::any().add(webhook::Column::ProjectId.eq(project)).add(webhook::Column::ProjectId.is_null()))
        .order_by_asc(webhook::Column::Id)
        .all(transaction)
        .await
        .map_err(unusable)?;
    let mut deliveries = Vec::new();
    for notice in notices {
        let (event, body) = (notice.event(), notice.body(now)?);
        for webhook in webhooks.iter().filter(|webhook| wants(webhook, event)) {
            deliveries.push(row(webhook.id, Some(notice.deployment.id), event, body.clone(), now));
        }
    }
    let any = !deliveries.is_empty();
    for some in deliveries.chunks(100) {
        delivery::Entity::insert_many(some.iter().cloned())
            .exec_without_returning(transaction)
            .await
            .map_err(unusable)?;
    }
    Ok(any)
}

/// Whether a webhook is for an event: no list means all.
fn wants(webhook: &webhook::Model, event: &str) -> bool {
    let events: Vec<String> = serde_json::from_str(&webhook.events).unwrap_or_default();
    events.is_empty() || events.iter().any(|wanted| wanted == event)
}

/// A new delivery.
pub(crate) fn row(
    webhook_id: i64,
    deployment_id: Option<i64>,
    event: &str,
    body: String,
    now: i64,
) -> delivery::ActiveModel {
    delivery::ActiveModel {
        id: NotSet,
        webhook_id: Set(webhook_id),
        message_id: Set(format!("msg_{}", uuid::Uuid::now_v7().simple())),
        deployment_id: Set(deployment_id),
        event: Set(event.to_owned()),
        body: Set(body),
        status: Set(super::deliver::PENDING.to_owned()),
        attempts: Set(0),
        next_at: Set(now),
        lease_until: Set(None),
        last_status: Set(None),
        last_error: Set(None),
        last_answer: Set(None),
        created_at: Set(now),
        delivered_at: Set(None),
    }
}
