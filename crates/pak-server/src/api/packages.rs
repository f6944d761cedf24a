//! `/package/<name>`, `/projects/<name>/packages`, `/packages/<id>/<file>`: artifacts, built, listed, downloaded.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderValue, header};
use sea_orm::EntityTrait as _;
use serde::{Deserialize, Serialize};

use super::input::{Asked, Input};
use crate::access::{At, Caller, Deploy, In, Read, project};
use crate::actions::page::PageQuery;
use crate::actions::{deployments, packages};
use crate::error::{ApiResult, ErrorBody, not_found};
use crate::state::App;
use crate::store::entity::{self, package};
use crate::store::unusable;
use crate::time::Time;

/// What is to be built.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageBody {
    /// The version the manifests must say. Default: whatever they say.
    #[schema(example = "1.2.3")]
    pub version: Option<String>,
}

/// What was built.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PackageAnswer {
    /// Always true.
    pub success: bool,
    /// Where the first artifact is downloaded from this server.
    #[schema(example = "/packages/1/my-package-1.2.3.tgz")]
    pub package_path: String,
    /// Every artifact.
    pub packages: Vec<PackageShown>,
}

/// An artifact.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PackageShown {
    /// Its id.
    pub id: i64,
    /// The package's name in its ecosystem.
    pub name: String,
    /// Its version.
    pub version: String,
    /// npm, python, cargo …
    pub ecosystem: String,
    /// The file's name.
    pub file: String,
    /// Bytes.
    pub size: i64,
    /// In hex.
    pub sha256: String,
    /// Where it is downloaded from this server.
    pub path: String,
    /// The deployment it was built for.
    pub deployment: Option<String>,
    /// When it was built.
    pub created_at: Time,
}

/// A page of artifacts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PackageList {
    /// Newest first.
    pub packages: Vec<PackageShown>,
    /// Where the next page begins; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<i64>,
}

/// Builds a project's packages without publishing them. The answer comes when they are there.
#[utoipa::path(post, path = "/package/{name}", tag = "deployments", params(("name" = String, Path, description = "The project's name.")),
    request_body = PackageBody,
    responses((status = 200, body = PackageAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:deploy"))))]
pub async fn build(
    State(app): State<App>,
    place: In<Deploy>,
    Input(body): Input<PackageBody>,
) -> ApiResult<Json<PackageAnswer>> {
    let rows = packages::build(&app, &place, body.version).await?;
    let packages: Vec<PackageShown> = rows.into_iter().map(shown).collect();
    let first = packages.first().ok_or_else(|| not_found("package in this project"))?;
    Ok(Json(PackageAnswer { success: true, package_path: first.path.clone(), packages }))
}

/// The artifacts of a project.
#[utoipa::path(get, path = "/projects/{name}/packages", tag = "projects",
    params(("name" = String, Path, description = "The project's name."), PageQuery),
    responses((status = 200, body = PackageList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:read"))))]
pub async fn list(
    State(app): State<App>,
    place: In<Read>,
    Asked(page): Asked<PageQuery>,
) -> ApiResult<Json<PackageList>> {
    let (rows, next_cursor) = packages::list(&app, place.project.id, page).await?;
    Ok(Json(PackageList { packages: rows.into_iter().map(shown).collect(), next_cursor }))
}

/// The artifacts of a deployment.
#[utoipa::path(get, path = "/deployments/{id}/packages", tag = "deployments", params(("id" = String, Path, description = "`deploy_12` or `12`.")),
    responses((status = 200, body = PackageList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:read"))))]
pub async fn of_deployment(State(app): State<App>, at: At<Read>) -> ApiResult<Json<PackageList>> {
    let rows = packages::of_deployment(&app, at.deployment.id).await?;
    Ok(Json(PackageList { packages: rows.into_iter().map(shown).collect(), next_cursor: None }))
}

/// Downloads an artifact.
#[utoipa::path(get, path = "/packages/{package}/{file}", tag = "projects",
    params(("package" = i64, Path, description = "The artifact's id."), ("file" = String, Path, description = "Its file name.")),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("package"))))]
pub async fn download(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<(String, String)>,
) -> ApiResult<Response> {
    let unknown = || not_found("such package");
    let id = super::number(&path.0, "package")?;
    let found = package::Entity::find_by_id(id).one(app.store.read()).await.map_err(unusable)?;
    let row = found.filter(|row| row.file == path.1).ok_or_else(unknown)?;
    let owner = entity::project::Entity::find_by_id(row.project_id).one(app.store.read()).await.map_err(unusable)?;
    let owner = owner.ok_or_else(unknown)?;
    project::enter::<Read>(&app, caller, &owner.name).await?;
    let (size, pieces) = app.files.get(&row.location).await?.ok_or_else(unknown)?;
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    // Names come from packages: what a header cannot hold is left out of it.
    let name: String = row.file.chars().filter(|c| c.is_ascii_graphic() && *c != '"' && *c != '\\').collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

fn shown(row: package::Model) -> PackageShown {
    PackageShown {
        path: packages::path(&row),
        id: row.id,
        name: row.name,
        version: row.version,
        ecosystem: row.ecosystem,
        file: row.file,
        size: row.size,
        sha256: row.sha256,
        deployment: row.deployment_id.map(deployments::shown_id),
        created_at: Time(row.created_at),
    }
}
