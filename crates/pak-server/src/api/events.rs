//! A deployment's log and its live events. Rows are the truth and have numbers, so a watcher that was away asks for what it missed (`Last-Event-ID`).

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use http::HeaderMap;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::input::Asked;
use crate::access::{At, Read};
use crate::actions::deployments::{Status, find};
use crate::error::{ApiResult, ErrorBody};
use crate::events::News;
use crate::state::App;
use crate::store::entity::deployment_event;
use crate::store::unusable;
use crate::time::Time;

/// How many rows are read at a time.
const AT_ONCE: u64 = 500;
/// Other nodes' workers wake nobody here: the rows are looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// One thing that happened.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DeploymentEvent {
    /// Counts up.
    pub id: i64,
    /// When.
    pub at: Time,
    /// `fact` (of the run's journal), `line` or `status`.
    pub kind: String,
    /// What.
    pub body: Value,
}

/// A deployment's log.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeploymentLog {
    /// In the order it happened.
    pub events: Vec<DeploymentEvent>,
    /// Where the rest begins; absent when this is all there is by now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_after: Option<i64>,
}

/// Where a log begins.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// Show what comes after this event.
    pub after: Option<i64>,
}

/// What happened so far.
#[utoipa::path(get, path = "/deployments/{id}/log", tag = "deployments",
    params(("id" = String, Path, description = "`deploy_12` or `12`."), LogQuery),
    responses((status = 200, body = DeploymentLog), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:read"))))]
pub async fn log(
    State(app): State<App>,
    at: At<Read>,
    Asked(query): Asked<LogQuery>,
) -> ApiResult<Json<DeploymentLog>> {
    let events = after(&app, at.deployment.id, query.after.unwrap_or(0)).await?;
    let more = u64::try_from(events.len()).unwrap_or(u64::MAX) >= AT_ONCE;
    let next_after = events.last().map(|event| event.id).filter(|_| more);
    Ok(Json(DeploymentLog { events, next_after }))
}

/// What happens, as it happens: server-sent events named `fact`, `line`, `status` (numbered, stored) and `tick` (progress, not stored). The stream ends when the deployment has.
#[utoipa::path(get, path = "/deployments/{id}/events", tag = "deployments",
    params(("id" = String, Path, description = "`deploy_12` or `12`."),
        ("Last-Event-ID" = Option<String>, Header, description = "The last event that was seen: the stream goes on after it.")),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:read"))))]
pub async fn stream(
    State(app): State<App>,
    at: At<Read>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    let watch = app.hub.watch(at.deployment.id);
    let watcher =
        Watcher { app, deployment: at.deployment.id, last: last.unwrap_or(0), watch, ready: Vec::new(), over: false };
    let events = unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((Ok(event), watcher))
    });
    // A comment now and then keeps proxies from closing what is quiet.
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// Stored events after one, in order.
pub async fn after(app: &App, deployment: i64, last: i64) -> pak_model::Result<Vec<DeploymentEvent>> {
    let rows = deployment_event::Entity::find()
        .filter(deployment_event::Column::DeploymentId.eq(deployment))
        .filter(deployment_event::Column::Id.gt(last))
        .order_by_asc(deployment_event::Column::Id)
        .limit(AT_ONCE)
        .all(app.store.read())
        .await
        .map_err(unusable)?;
    let event = |row: deployment_event::Model| DeploymentEvent {
        id: row.id,
        at: Time(row.at),
        kind: row.kind,
        body: serde_json::from_str(&row.body).unwrap_or(Value::Null),
    };
    Ok(rows.into_iter().map(event).collect())
}

struct Watcher {
    app: App,
    deployment: i64,
    last: i64,
    watch: Receiver<News>,
    /// Read and not yet sent, the next one last.
    ready: Vec<DeploymentEvent>,
    over: bool,
}

impl Watcher {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop() {
                self.last = event.id;
                let json = serde_json::to_string(&event).ok()?;
                return Some(Event::default().id(event.id.to_string()).event(event.kind).data(json));
            }
            if self.over || self.app.stop.is_cancelled() {
                return None;
            }
            // First the state, then the rows: what was written before the end is then read for certain.
            let row = find(&self.app.store, self.deployment).await.ok().flatten();
            let over = row.is_none_or(|row| Status::of(&row.status).is_over());
            self.ready = after(&self.app, self.deployment, self.last).await.ok()?;
            self.ready.reverse();
            if !self.ready.is_empty() {
                continue;
            }
            if over {
                self.over = true;
                return Some(Event::default().event("end").data("{}"));
            }
            if let Some(tick) = self.wait().await {
                return Some(tick);
            }
        }
    }

    /// Waits for news: a tick to show, or rows to read.
    async fn wait(&mut self) -> Option<Event> {
        let stop = self.app.stop.clone();
        let news = tokio::select! {
            news = self.watch.recv() => news,
            () = tokio::time::sleep(LOOK_EVERY) => return None,
            () = stop.cancelled() => return None,
        };
        match news {
            Ok(News::Tick(event)) => Some(Event::default().event("tick").data(serde_json::to_string(&*event).ok()?)),
            Ok(News::Rows) | Err(RecvError::Lagged(_)) => None,
            Err(RecvError::Closed) => {
                self.watch = self.app.hub.watch(self.deployment);
                None
            }
        }
    }
}
