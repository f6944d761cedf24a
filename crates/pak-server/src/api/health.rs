//! Whether the process lives, and whether it can do its work.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use sea_orm::ConnectionTrait as _;
use serde::Serialize;

use crate::state::App;

/// The state of a process.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// `ok`, or what is wrong.
    #[schema(example = "ok")]
    pub status: String,
    /// The version of pak.
    pub version: String,
}

impl Health {
    fn new(status: &str) -> Self {
        Self { status: status.to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// The process lives.
#[utoipa::path(get, path = "/health", tag = "operation", responses((status = 200, body = Health)),
    extensions(("x-access" = json!("public"))))]
pub async fn live() -> Json<Health> {
    Json(Health::new("ok"))
}

/// The process can do its work: the database answers, and nobody asked it to stop.
#[utoipa::path(get, path = "/ready", tag = "operation",
    responses((status = 200, body = Health), (status = 503, body = Health)),
    extensions(("x-access" = json!("public"))))]
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<Health>) {
    if app.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(Health::new("stopping")));
    }
    match app.store.read().execute_unprepared("SELECT 1").await {
        Ok(_) => (StatusCode::OK, Json(Health::new("ok"))),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, Json(Health::new("the database does not answer"))),
    }
}
