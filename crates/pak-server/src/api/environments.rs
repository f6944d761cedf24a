//! `/projects/<name>/environments`: approvals that releases to an environment need.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};

use super::Done;
use super::input::Input;
use crate::access::{In, Own, Read};
use crate::actions::environments;
use crate::error::{ApiResult, ErrorBody};
use crate::state::App;
use crate::store::entity::environment;
use crate::time::Time;

/// An environment's rules.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EnvironmentRules {
    /// The environment, as in `pak.toml`.
    pub name: String,
    /// How many people other than the requester must approve.
    pub approvals_needed: i64,
    /// The accounts that may; empty: everyone whose role allows it.
    pub approvers: Vec<i64>,
    /// Since when.
    pub created_at: Time,
}

/// The environments that have rules.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EnvironmentList {
    /// By name.
    pub environments: Vec<EnvironmentRules>,
}

/// Rules to be set.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentBody {
    /// How many people other than the requester must approve; 0: none.
    #[schema(minimum = 0, maximum = 20)]
    pub approvals_needed: i64,
    /// E-mail addresses of the members who may; empty: everyone whose role allows it.
    #[serde(default)]
    pub approvers: Vec<String>,
}

/// Environments with rules.
#[utoipa::path(get, path = "/projects/{name}/environments", tag = "projects", params(("name" = String, Path, description = "The project's name.")),
    responses((status = 200, body = EnvironmentList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:read"))))]
pub async fn list(State(app): State<App>, place: In<Read>) -> ApiResult<Json<EnvironmentList>> {
    let rows = environments::list(&app, place.project.id).await?;
    Ok(Json(EnvironmentList { environments: rows.into_iter().map(shown).collect() }))
}

/// Sets an environment's rules, for deployments that are asked for from now on.
#[utoipa::path(put, path = "/projects/{name}/environments/{environment}", tag = "projects",
    params(("name" = String, Path, description = "The project's name."), ("environment" = String, Path, description = "As in `pak.toml`.")),
    request_body = EnvironmentBody,
    responses((status = 200, body = EnvironmentRules), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:own"))))]
pub async fn set(
    State(app): State<App>,
    place: In<Own>,
    Path(path): Path<(String, String)>,
    Input(body): Input<EnvironmentBody>,
) -> ApiResult<Json<EnvironmentRules>> {
    let row = environments::set(&app, &place, &path.1, body.approvals_needed, body.approvers).await?;
    Ok(Json(shown(row)))
}

/// Removes an environment's rules.
#[utoipa::path(delete, path = "/projects/{name}/environments/{environment}", tag = "projects",
    params(("name" = String, Path, description = "The project's name."), ("environment" = String, Path, description = "As in `pak.toml`.")),
    responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:own"))))]
pub async fn remove(
    State(app): State<App>,
    place: In<Own>,
    Path(path): Path<(String, String)>,
) -> ApiResult<Json<Done>> {
    environments::remove(&app, &place, &path.1).await?;
    Ok(Json(Done::new("The environment has no rules any more.")))
}

fn shown(row: environment::Model) -> EnvironmentRules {
    EnvironmentRules {
        approvers: environments::approvers(&row),
        name: row.name,
        approvals_needed: row.approvals_needed,
        created_at: Time(row.created_at),
    }
}
