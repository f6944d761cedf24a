//! `/deploy/<name>` and `/deployments`: asking for releases, looking at them, deciding about them.

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::input::{Asked, Input};
use crate::access::{Approve, At, Caller, Deploy, In, Read};
use crate::actions::deployments::{self, Decision, Filter, Request, Status, shown_id};
use crate::actions::page::PageQuery;
use crate::error::{ApiError, ApiResult, ErrorBody};
use crate::state::App;
use crate::store::entity::deployment;
use crate::time::Time;

/// What is to be released.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeployBody {
    /// Where to. Default: `production`.
    #[schema(example = "production")]
    pub environment: Option<String>,
    /// The version that must be released: the deployment stops if a manifest says another. Default: what the manifests say.
    #[schema(example = "1.2.3")]
    pub version: Option<String>,
    /// Only these targets. Default: all of the environment.
    #[serde(default)]
    pub platforms: Vec<String>,
}

/// A deployment that was asked for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeployAnswer {
    /// Always true.
    pub success: bool,
    /// Its id.
    #[schema(example = "deploy_123")]
    pub deployment_id: String,
    /// `pending`: a worker takes it up.
    pub status: Status,
}

/// A deployment in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeploymentSummary {
    /// Its number.
    pub id: i64,
    /// Its id in addresses and answers.
    pub deployment_id: String,
    /// The project's name.
    pub project: String,
    /// Where to.
    pub environment: String,
    /// The version.
    pub version: Option<String>,
    /// Its state.
    pub status: Status,
    /// Who asked for it; absent: a machine or a schedule.
    pub requested_by: Option<String>,
    /// When it was asked for.
    pub created_at: Time,
    /// When a worker began.
    pub started_at: Option<Time>,
    /// When it ended.
    pub finished_at: Option<Time>,
}

/// A page of deployments.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeploymentList {
    /// Newest first.
    pub deployments: Vec<DeploymentSummary>,
    /// Where the next page begins; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<i64>,
}

/// One deployment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeploymentShown {
    /// The deployment.
    pub deployment: DeploymentDetail,
}

/// One deployment, changed by what was asked.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeploymentAnswer {
    /// Always true.
    pub success: bool,
    /// Its id in addresses.
    pub deployment_id: String,
    /// Its state now.
    pub status: Status,
}

/// Everything a person needs to see how it went.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeploymentDetail {
    /// Its number.
    pub id: i64,
    /// Its id in addresses and answers.
    pub deployment_id: String,
    /// The project's name.
    pub project: String,
    /// Where to.
    pub environment: String,
    /// The version that was asked for.
    pub version: Option<String>,
    /// Its state.
    pub status: Status,
    /// What a worker does or did last: `release`, `resume`, `rollback` or `package`.
    pub action: String,
    /// Only these targets; empty: all.
    pub platforms: Vec<String>,
    /// How the request came: `web`, `key`, `machine` or `schedule`.
    pub requested_via: String,
    /// The deployment it repeats.
    pub retry_of: Option<String>,
    /// When it was asked for.
    pub created_at: Time,
    /// When a worker began.
    pub started_at: Option<Time>,
    /// When it ended.
    pub finished_at: Option<Time>,
    /// How many approvals it needs, of people who did not ask for it.
    pub approvals_needed: i64,
    /// What was checked out, with its commit or digest.
    pub source: Option<Value>,
    /// The plan's digest.
    pub plan: Option<String>,
    /// Each step: platform, package, version, state, and why it failed.
    pub steps: Vec<Value>,
    /// Why it failed.
    pub error: Option<DeploymentError>,
    /// Whether a person asked to stop it.
    pub cancel_requested: bool,
}

/// Why a deployment failed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeploymentError {
    /// The stable code.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do next.
    pub next: Option<String>,
}

/// Which deployments are listed.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeploymentQuery {
    /// Of this project.
    pub project: Option<String>,
    /// To this environment.
    pub environment: Option<String>,
    /// In this state.
    pub status: Option<Status>,
    /// Of this version.
    pub version: Option<String>,
    /// Show what comes after this: `next_cursor` of the page before.
    #[serde(default, deserialize_with = "crate::actions::page::cursor")]
    pub cursor: Option<i64>,
    /// How many, 1 to 500. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    #[serde(default, deserialize_with = "crate::actions::page::limit")]
    pub limit: Option<u64>,
}

/// A decision about a deployment that waits for approval.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalBody {
    /// The decision.
    pub decision: Decision,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub note: String,
}

/// Asks for a release. A worker carries it out; the answer comes at once.
#[utoipa::path(post, path = "/deploy/{name}", tag = "deployments", params(("name" = String, Path, description = "The project's name."),
        ("Idempotency-Key" = Option<String>, Header, description = "The client's own name for this request: sent again, it asks for nothing new.")),
    request_body = DeployBody,
    responses((status = 202, body = DeployAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:deploy"))))]
pub async fn deploy(
    State(app): State<App>,
    place: In<Deploy>,
    headers: HeaderMap,
    Input(body): Input<DeployBody>,
) -> ApiResult<(StatusCode, Json<DeployAnswer>)> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let request = Request {
        environment: body.environment,
        version: body.version,
        platforms: body.platforms,
        idempotency_key: key,
        retry_of: None,
    };
    let made = deployments::request(&app, &place, request).await?;
    let status = Status::of(&made.status);
    Ok((StatusCode::ACCEPTED, Json(DeployAnswer { success: true, deployment_id: shown_id(made.id), status })))
}

/// Deployments of the projects the caller sees.
#[utoipa::path(get, path = "/deployments", tag = "deployments", params(DeploymentQuery),
    responses((status = 200, body = DeploymentList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user"))))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<DeploymentQuery>,
) -> ApiResult<Json<DeploymentList>> {
    let filter = Filter {
        project: query.project,
        environment: query.environment,
        status: query.status.map(|status| status.word().to_owned()),
        version: query.version,
    };
    let page = PageQuery { cursor: query.cursor, limit: query.limit };
    let (rows, next_cursor) = deployments::list(&app, &caller, filter, page).await?;
    let deployments = rows
        .into_iter()
        .map(|row| DeploymentSummary {
            id: row.id,
            deployment_id: shown_id(row.id),
            project: row.project,
            environment: row.environment,
            version: row.version,
            status: Status::of(&row.status),
            requested_by: row.requested_by,
            created_at: Time(row.created_at),
            started_at: row.started_at.map(Time),
            finished_at: row.finished_at.map(Time),
        })
        .collect();
    Ok(Json(DeploymentList { deployments, next_cursor }))
}

/// One deployment.
#[utoipa::path(get, path = "/deployments/{id}", tag = "deployments", params(("id" = String, Path, description = "`deploy_12` or `12`.")),
    responses((status = 200, body = DeploymentShown), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:read"))))]
pub async fn show(at: At<Read>) -> Json<DeploymentShown> {
    Json(DeploymentShown { deployment: detail(at.deployment, &at.place.project.name) })
}

/// Stops a deployment: one that waits at once, one that runs when what is on its way was heard out.
#[utoipa::path(post, path = "/deployments/{id}/cancel", tag = "deployments", params(("id" = String, Path, description = "`deploy_12` or `12`.")),
    responses((status = 202, body = DeploymentAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:deploy"))))]
pub async fn cancel(State(app): State<App>, at: At<Deploy>) -> Changed {
    changed(deployments::cancel(&app, &at).await)
}

/// Asks for the same release again, from the source as it is now.
#[utoipa::path(post, path = "/deployments/{id}/retry", tag = "deployments", params(("id" = String, Path, description = "`deploy_12` or `12`.")),
    responses((status = 202, body = DeploymentAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:deploy"))))]
pub async fn retry(State(app): State<App>, at: At<Deploy>) -> Changed {
    changed(deployments::retry(&app, &at).await)
}

/// Goes on with a run that stopped; what is published stays and is not sent again.
#[utoipa::path(post, path = "/deployments/{id}/resume", tag = "deployments", params(("id" = String, Path, description = "`deploy_12` or `12`.")),
    responses((status = 202, body = DeploymentAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:deploy"))))]
pub async fn resume(State(app): State<App>, at: At<Deploy>) -> Changed {
    changed(deployments::resume(&app, &at).await)
}

/// Takes back what the run published, as far as the registries allow.
#[utoipa::path(post, path = "/deployments/{id}/rollback", tag = "deployments", params(("id" = String, Path, description = "`deploy_12` or `12`.")),
    responses((status = 202, body = DeploymentAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:deploy"))))]
pub async fn rollback(State(app): State<App>, at: At<Deploy>) -> Changed {
    changed(deployments::rollback(&app, &at).await)
}

/// Approves or rejects a deployment that waits for it. Never the person who asked for it.
#[utoipa::path(post, path = "/deployments/{id}/approve", tag = "deployments", params(("id" = String, Path, description = "`deploy_12` or `12`.")),
    request_body = ApprovalBody,
    responses((status = 202, body = DeploymentAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:approve"))))]
pub async fn approve(State(app): State<App>, at: At<Approve>, Input(body): Input<ApprovalBody>) -> Changed {
    changed(deployments::approve(&app, &at, body.decision, body.note).await)
}

/// The answer to a decision about a deployment.
pub(super) type Changed = ApiResult<(StatusCode, Json<DeploymentAnswer>)>;

pub(super) fn changed(row: pak_model::Result<deployment::Model>) -> Changed {
    let row = row.map_err(ApiError)?;
    let answer = DeploymentAnswer { success: true, deployment_id: shown_id(row.id), status: Status::of(&row.status) };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// A row as everyone sees it.
pub fn detail(row: deployment::Model, project: &str) -> DeploymentDetail {
    let list = |text: Option<&str>| text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    DeploymentDetail {
        id: row.id,
        deployment_id: shown_id(row.id),
        project: project.to_owned(),
        status: Status::of(&row.status),
        platforms: row.platforms.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default(),
        steps: list(row.summary.as_deref()),
        source: row.source.as_deref().and_then(|text| serde_json::from_str(text).ok()),
        error: row.error_code.map(|code| DeploymentError {
            code,
            message: row.error_message.unwrap_or_default(),
            next: row.error_next,
        }),
        environment: row.environment,
        version: row.version,
        action: row.action,
        requested_via: row.requested_via,
        retry_of: row.retry_of.map(shown_id),
        created_at: Time(row.created_at),
        started_at: row.started_at.map(Time),
        finished_at: row.finished_at.map(Time),
        approvals_needed: row.approvals_needed,
        plan: row.plan_digest,
        cancel_requested: row.cancel_requested_at.is_some(),
    }
}
