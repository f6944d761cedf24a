//! Signed messages of other systems (`/webhook/telemetry`), and the systems that have a name and a secret here (`/webhook-sources`).

use axum::Json;
use axum::extract::{Request, State};
use http::StatusCode;
use pak_model::{Problem, code};
use serde::{Deserialize, Serialize};

use super::Done;
use super::input::{Input, Place};
use super::webhooks::{NewSecret, SecretMade};
use crate::access::Admin;
use crate::actions::webhook_sources;
use crate::error::{ApiResult, ErrorBody};
use crate::state::App;
use crate::time::Time;
use crate::webhooks::inbox::{self, Message};
use crate::webhooks::receive;

/// A message was taken.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Taken {
    /// Always true.
    pub success: bool,
    /// Whether it had been taken before; then nothing was stored again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
}

/// A system that sends us events.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookSource {
    /// What it calls itself.
    pub name: String,
    /// Where it sends to.
    #[schema(example = "/webhook/telemetry/ci")]
    pub path: String,
    /// When it was named.
    pub created_at: Time,
    /// Its last message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Time>,
}

/// Systems that send us events.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookSourceList {
    /// By name.
    pub sources: Vec<WebhookSource>,
}

/// A source to be named.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// What it calls itself.
    #[schema(example = "ci", min_length = 1, max_length = 64)]
    pub name: String,
    /// Its secret. Default: a new one.
    #[serde(default)]
    #[schema(min_length = 16, max_length = 200)]
    pub secret: Option<String>,
}

/// A source with its secret, which is not shown again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SourceMade {
    /// Always true.
    pub success: bool,
    /// The source.
    pub source: WebhookSource,
    /// What it signs with.
    pub secret: String,
}

impl From<crate::store::entity::webhook_source::Model> for WebhookSource {
    fn from(row: crate::store::entity::webhook_source::Model) -> Self {
        Self {
            path: format!("/webhook/telemetry/{}", row.name),
            name: row.name,
            created_at: Time(row.created_at),
            last_seen_at: row.last_seen_at.map(Time),
        }
    }
}

/// Takes an event of another system, signed with the instance's secret: `X-PAK-Signature: sha256=<hex HMAC-SHA256 of the raw body>`,
/// or the headers of Standard Webhooks.
#[utoipa::path(post, path = "/webhook/telemetry", tag = "webhooks", operation_id = "take_message",
    params(("X-PAK-Signature" = Option<String>, Header, description = "`sha256=` and the HMAC-SHA256 of the raw body in hexadecimal.")),
    request_body = Message,
    responses((status = 200, body = Taken), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("public"))))]
pub async fn take(State(app): State<App>, request: Request) -> ApiResult<Json<Taken>> {
    taken(&app, None, request).await
}

/// Takes an event of a system that has a name and a secret of its own here.
#[utoipa::path(post, path = "/webhook/telemetry/{source}", tag = "webhooks", operation_id = "take_message_of_source",
    params(("source" = String, Path, description = "The system's name."),
        ("X-PAK-Signature" = Option<String>, Header, description = "`sha256=` and the HMAC-SHA256 of the raw body in hexadecimal.")),
    request_body = Message,
    responses((status = 200, body = Taken), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("public"))))]
pub async fn take_named(
    State(app): State<App>,
    Place(source): Place<String>,
    request: Request,
) -> ApiResult<Json<Taken>> {
    taken(&app, Some(&source), request).await
}

async fn taken(app: &App, source: Option<&str>, request: Request) -> ApiResult<Json<Taken>> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, receive::LIMIT).await.map_err(|_| {
        Problem::new(code::server::TOO_LARGE, format!("The body is larger than {} MiB.", receive::LIMIT >> 20))
    })?;
    let duplicate = inbox::take(app, source, &parts.headers, &body).await?;
    Ok(Json(Taken { success: true, duplicate }))
}

/// The systems that have a name and a secret here.
#[utoipa::path(get, path = "/webhook-sources", tag = "webhooks", operation_id = "list_webhook_sources",
    responses((status = 200, body = WebhookSourceList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn list(State(app): State<App>, admin: Admin) -> ApiResult<Json<WebhookSourceList>> {
    let rows = webhook_sources::list(&app, &admin).await?;
    Ok(Json(WebhookSourceList { sources: rows.into_iter().map(WebhookSource::from).collect() }))
}

/// Names a system. The answer shows its secret, which is not shown again.
#[utoipa::path(post, path = "/webhook-sources", tag = "webhooks", operation_id = "create_webhook_source", request_body = NewSource,
    responses((status = 201, body = SourceMade), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn create(
    State(app): State<App>,
    admin: Admin,
    Input(new): Input<NewSource>,
) -> ApiResult<(StatusCode, Json<SourceMade>)> {
    let (row, secret) = webhook_sources::create(&app, admin, new.name, new.secret).await?;
    let made = SourceMade { success: true, source: row.into(), secret: secret.expose().to_owned() };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Gives a system another secret; the one before is refused from now on.
#[utoipa::path(post, path = "/webhook-sources/{name}/rotate", tag = "webhooks", operation_id = "rotate_webhook_source",
    params(("name" = String, Path, description = "The system's name.")), request_body = NewSecret,
    responses((status = 200, body = SecretMade), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn rotate(
    State(app): State<App>,
    admin: Admin,
    Place(name): Place<String>,
    Input(new): Input<NewSecret>,
) -> ApiResult<Json<SecretMade>> {
    let secret = webhook_sources::rotate(&app, admin, name, new.secret).await?;
    Ok(Json(SecretMade { success: true, secret: secret.expose().to_owned() }))
}

/// Takes a system's name away. What it reported stays.
#[utoipa::path(delete, path = "/webhook-sources/{name}", tag = "webhooks", operation_id = "delete_webhook_source",
    params(("name" = String, Path, description = "The system's name.")),
    responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn delete(State(app): State<App>, admin: Admin, Place(name): Place<String>) -> ApiResult<Json<Done>> {
    webhook_sources::delete(&app, admin, name).await?;
    Ok(Json(Done::new("Source deleted")))
}

/// Gives the instance another secret for messages of systems without a name here, unless `PAK_API_SECRET` sets it.
#[utoipa::path(post, path = "/webhook-secret/rotate", tag = "webhooks", operation_id = "rotate_webhook_secret", request_body = NewSecret,
    responses((status = 200, body = SecretMade), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn rotate_instance(
    State(app): State<App>,
    admin: Admin,
    Input(new): Input<NewSecret>,
) -> ApiResult<Json<SecretMade>> {
    let secret = webhook_sources::rotate_instance(&app, admin, new.secret).await?;
    Ok(Json(SecretMade { success: true, secret: secret.expose().to_owned() }))
}

/// All of them.
pub fn routes() -> utoipa_axum::router::OpenApiRouter<App> {
    use utoipa_axum::routes;
    utoipa_axum::router::OpenApiRouter::new()
        .routes(routes!(take))
        .routes(routes!(take_named))
        .routes(routes!(list, create))
        .routes(routes!(rotate))
        .routes(routes!(delete))
        .routes(routes!(rotate_instance))
}
