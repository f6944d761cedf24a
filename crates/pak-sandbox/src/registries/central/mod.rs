//! The Central portal below `/central/`: uploads that are checked, held back, published or dropped; and the download root,
//! `/central/maven2/`. Built from the portal's description: no other emulation of it exists to compare with.

mod deployment;
mod download;
mod layout;
mod pom;
mod rules;
mod upload;

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Response, StatusCode, header};
use serde_json::json;

use crate::access::{self, Access};
use crate::registries::{Address, Shared};
use crate::transfer;
use deployment::{Deployment, Phase};
use layout::Component;

/// Held while deployments are changed: two must not publish one component.
const LOCK: &str = "central";

/// The routes.
pub(super) fn router(shared: &Shared) -> Router {
    let portal = Router::new()
        .route("/published", get(published))
        .route("/upload", post(upload::take))
        .route("/status", post(status))
        .route("/deployment/{id}", post(publish).delete(drop_deployment))
        .route("/deployment/{id}/download/{*path}", get(held_back))
        .route("/deployments/download/{*path}", get(held_back_anywhere));
    Router::new()
        .nest("/central/api/v1/publisher", portal)
        .route("/central/maven2/{*path}", get(download::serve))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(shared.clone())
}

/// A refusal: its status and why.
#[derive(Debug)]
struct Refusal(StatusCode, String);

impl Refusal {
    fn bad(text: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, text.into())
    }

    fn not_found() -> Self {
        Self(StatusCode::NOT_FOUND, "Not Found".to_owned())
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        let status = match error.kind() {
            std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData => StatusCode::BAD_REQUEST,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, error.to_string())
    }
}

impl axum::response::IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        (self.0, Json(json!({"error": {"message": self.1}}))).into_response()
    }
}

type Answer<T = Response<Body>> = Result<T, Refusal>;

/// Both halves of a token in base64, as Bearer or Basic; the sandbox's bare token passes too.
fn may(shared: &Shared, headers: &HeaderMap) -> Answer<()> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let together = || {
        let decoded = STANDARD.decode(value.strip_prefix("Bearer ")?).ok()?;
        let pair = String::from_utf8(decoded).ok()?;
        Some(pair.split_once(':')?.1 == shared.token)
    };
    if access::check(headers, &shared.token) == Access::Owner || together() == Some(true) {
        return Ok(());
    }
    Err(Refusal(StatusCode::UNAUTHORIZED, "Unauthorized".to_owned()))
}

async fn published(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    may(&shared, &headers)?;
    let field = |name: &str| query.get(name).cloned().ok_or_else(|| Refusal::bad(format!("{name} is required")));
    let component = Component { group: field("namespace")?, artifact: field("name")?, version: field("version")? };
    let record = component.record(&shared)?;
    let is = record.is_some_and(|record| deployment::is_published(&shared, record.promoted));
    Ok(Json(json!({"published": is})).into_response())
}

async fn status(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    may(&shared, &headers)?;
    let id = query.get("id").ok_or_else(|| Refusal::bad("id is required"))?;
    Ok(Json(Deployment::load(&shared, id)?.described(&shared)).into_response())
}

async fn publish(State(shared): State<Shared>, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    may(&shared, &headers)?;
    let _guard = shared.store.lock(LOCK).await;
    let mut deployment = Deployment::load(&shared, &id)?;
    if deployment.phase(&shared) != Phase::Validated {
        return Err(deployment.wrong_phase(&shared, "published"));
    }
    for component in &deployment.components {
        if component.record(&shared)?.is_some() {
            // Another deployment of the same component was faster.
            deployment.errors.entry(component.purl()).or_default().push(component.exists());
        }
    }
    if !deployment.errors.is_empty() {
        deployment.save(&shared)?;
        return Err(deployment.wrong_phase(&shared, "published"));
    }
    deployment.publish(&shared, jiff::Timestamp::now().as_millisecond())?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn drop_deployment(State(shared): State<Shared>, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    may(&shared, &headers)?;
    let _guard = shared.store.lock(LOCK).await;
    let deployment = Deployment::load(&shared, &id)?;
    if !matches!(deployment.phase(&shared), Phase::Validated | Phase::Failed) {
        return Err(deployment.wrong_phase(&shared, "dropped"));
    }
    deployment.remove(&shared)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A file of a deployment, for a test before it is published.
async fn held_back(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Path((id, path)): Path<(String, String)>,
) -> Answer {
    may(&shared, &headers)?;
    let deployment = Deployment::load(&shared, &id)?;
    Ok(transfer::serve(&shared.store.path(&deployment.file(&path))?, "application/octet-stream").await)
}

/// A file of whichever deployment is checked and has it.
async fn held_back_anywhere(State(shared): State<Shared>, headers: HeaderMap, Path(path): Path<String>) -> Answer {
    may(&shared, &headers)?;
    for id in shared.store.list(deployment::FOLDER)? {
        let deployment = Deployment::load(&shared, &id)?;
        if deployment.phase(&shared) == Phase::Validated && shared.store.has(&deployment.file(&path)) {
            return Ok(transfer::serve(&shared.store.path(&deployment.file(&path))?, "application/octet-stream").await);
        }
    }
    Err(Refusal::not_found())
}

/// The address of a component that is not held: builds read plugins and dependencies from the same root.
pub(super) fn elsewhere<'a>(shared: &Shared, path: &'a str) -> Option<Address<'a>> {
    let below = path.strip_prefix("maven2/")?;
    (!download::is_held(shared, below)).then_some(Address::Below(below))
}
