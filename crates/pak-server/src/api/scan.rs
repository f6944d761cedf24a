//! `/deployments/<id>/scan` and `/projects/<name>/compare`: what a release was found to hold, and how two of them differ.

use axum::Json;
use axum::extract::State;
use pak_model::Problem;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::deployments::{Changed, DeploymentAnswer, changed};
use super::input::{Asked, Input};
use crate::access::{Approve, At, In, Read};
use crate::actions::deployments::{self, shown_id};
use crate::actions::scans::{self, Difference};
use crate::error::{ApiResult, ErrorBody, not_found, shown};
use crate::state::App;
use crate::store::entity::deployment;
use crate::store::unusable;

/// What was found in a deployment's source and artifacts: one report per thing that was looked at.
#[utoipa::path(get, path = "/deployments/{id}/scan", tag = "deployments", params(("id" = String, Path, description = "`deploy_12` or `12`.")),
    responses((status = 200, body = Vec<Value>), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:read"))))]
pub async fn show(State(app): State<App>, at: At<Read>) -> ApiResult<Json<Value>> {
    let reports = scans::reports(&app, at.deployment.id).await?;
    let reports = reports.ok_or_else(|| not_found("scan of this deployment"))?;
    Ok(Json(serde_json::to_value(reports).unwrap_or_default()))
}

/// Which findings.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingsBody {
    /// The digest over the findings that wait for approval, as the scan shows it.
    #[schema(example = "3f9a2c81d07e5b64", max_length = 64)]
    pub digest: String,
}

/// Approves exactly the findings that stopped a deployment; it begins again. Never the person who asked for it.
#[utoipa::path(post, path = "/deployments/{id}/scan", tag = "deployments", params(("id" = String, Path, description = "`deploy_12` or `12`.")),
    request_body = FindingsBody,
    responses((status = 202, body = DeploymentAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:approve"))))]
pub async fn approve(State(app): State<App>, at: At<Approve>, Input(body): Input<FindingsBody>) -> Changed {
    changed(deployments::approve_findings(&app, &at, body.digest).await)
}

/// Which two deployments.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Two {
    /// The earlier one: `deploy_12` or `12`.
    pub from: String,
    /// The later one.
    pub to: String,
}

/// Two releases side by side.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Comparison {
    /// The earlier one.
    #[schema(example = "deploy_11")]
    pub from: String,
    /// The later one.
    #[schema(example = "deploy_12")]
    pub to: String,
    /// How they differ.
    #[serde(flatten)]
    pub difference: Difference,
}

/// How two releases of a project differ in their dependencies, licences and findings, as their scans saw them.
#[utoipa::path(get, path = "/projects/{name}/compare", tag = "projects",
    params(("name" = String, Path, description = "The project's name."), Two),
    responses((status = 200, body = Comparison), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:read"))))]
pub async fn compare(State(app): State<App>, place: In<Read>, Asked(two): Asked<Two>) -> ApiResult<Json<Comparison>> {
    let (from, to) = (one(&app, &place, &two.from).await?, one(&app, &place, &two.to).await?);
    let mut reports = Vec::new();
    for row in [&from, &to] {
        let scan = scans::reports(&app, row.id).await?;
        reports.push(scan.ok_or_else(|| not_found(format!("scan of {}", shown_id(row.id))))?);
    }
    let [before, after] = reports.as_slice() else { return Err(not_found("scan").into()) };
    let difference = scans::compare(before, after);
    Ok(Json(Comparison { from: shown_id(from.id), to: shown_id(to.id), difference }))
}

/// A deployment of the project; those of others are not there.
pub async fn one(app: &App, place: &In<Read>, text: &str) -> Result<deployment::Model, Problem> {
    let unknown = || not_found(format!("deployment `{}` of `{}`", shown(text, 60), place.project.name));
    let id: i64 = text.strip_prefix("deploy_").unwrap_or(text).parse().map_err(|_| unknown())?;
    let row = deployment::Entity::find_by_id(id)
        .filter(deployment::Column::ProjectId.eq(place.project.id))
        .one(app.store.read())
        .await
        .map_err(unusable)?;
    row.ok_or_else(unknown)
}
