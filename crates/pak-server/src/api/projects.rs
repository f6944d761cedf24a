//! `/projects`: the caller's own, one of them, making, changing, archiving, deleting.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::input::{Asked, Input};
use crate::access::{Caller, In, Manage, Own, Read};
use crate::actions::deployments;
use crate::actions::page::PageQuery;
use crate::actions::projects::{self, Changes, NewProject, Source};
use crate::error::{ApiResult, ErrorBody, invalid};
use crate::state::App;
use crate::store::entity::project;
use crate::time::Time;

/// How many deployments a project shows of itself.
const SHOWN_DEPLOYMENTS: u64 = 20;

/// A project in the list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProjectSummary {
    /// Its id.
    #[schema(example = 1)]
    pub id: i64,
    /// Its name, unique on this server.
    #[schema(example = "my-package")]
    pub name: String,
    /// What it is.
    pub description: String,
    /// `active` or `archived`.
    #[schema(example = "active")]
    pub status: String,
    /// When it was made.
    pub created_at: Time,
}

/// A list of projects.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProjectList {
    /// Newest first.
    pub projects: Vec<ProjectSummary>,
    /// Where the next page begins; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<i64>,
}

/// Where a project's source is taken from.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum SourceBody {
    /// Nowhere yet, or an archive that is uploaded by itself (`PUT /projects/{name}/source`).
    Archive,
    /// A git repository.
    Git {
        /// Its https address, without a user name or password.
        #[schema(example = "https://git.example.org/team/my-package.git")]
        url: String,
        /// A branch, tag or commit. Default: the repository's default branch.
        #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// A directory below the server's projects root.
    Directory {
        /// Relative to that root.
        #[schema(example = "team/my-package")]
        path: String,
    },
}

/// A project to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProjectBody {
    /// Letters, digits, `.`, `_`, `-`; at most 255.
    #[schema(example = "my-package", min_length = 1, max_length = 255, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    pub name: String,
    /// What it is.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub description: String,
    /// The folder of its `pak.toml` below the source's root.
    #[serde(default)]
    pub config_path: Option<String>,
    /// Where its source is. Default: an archive is uploaded later.
    #[serde(default)]
    pub source: Option<SourceBody>,
}

/// What is changed; what is absent stays.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectChanges {
    /// What it is.
    pub description: Option<String>,
    /// The folder of its `pak.toml`; an empty text is the root.
    pub config_path: Option<String>,
    /// Where its source is.
    pub source: Option<SourceBody>,
    /// `active` or `archived`; owners only.
    pub status: Option<String>,
    /// Whether its releases may start programs on this server; administrators only.
    pub builds_allowed: Option<bool>,
}

/// One project, made or changed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProjectAnswer {
    /// Always true.
    pub success: bool,
    /// The project.
    pub project: ProjectDetail,
}

/// One project, looked at.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProjectShown {
    /// The project.
    pub project: ProjectDetail,
}

/// A project with its latest deployments.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProjectDetail {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// The folder of its `pak.toml` below the source's root.
    pub config_path: Option<String>,
    /// `active` or `archived`.
    pub status: String,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Where its source is taken from.
    pub source: SourceBody,
    /// Whether an archive was uploaded, or a repository or directory named.
    pub source_ready: bool,
    /// Whether its releases may start programs on this server.
    pub builds_allowed: bool,
    /// The caller's role; `admin` for administrators.
    pub role: String,
    /// The latest deployments, newest first.
    pub deployments: Vec<ProjectDeployment>,
}

/// A deployment of a project.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProjectDeployment {
    /// Its id.
    pub id: i64,
    /// Where to.
    pub environment: String,
    /// Its state.
    pub status: String,
    /// The version.
    pub version: Option<String>,
    /// When it was asked for.
    pub created_at: Time,
}

/// How projects are listed.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Every project of the server, for administrators.
    #[serde(default)]
    #[param(required = false)]
    pub all: bool,
    /// Show what comes after this: `next_cursor` of the page before.
    #[serde(default, deserialize_with = "crate::actions::page::cursor")]
    pub cursor: Option<i64>,
    /// How many, 1 to 500. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    #[serde(default, deserialize_with = "crate::actions::page::limit")]
    pub limit: Option<u64>,
}

/// The caller's projects.
#[utoipa::path(get, path = "/projects", tag = "projects", params(ListQuery),
    responses((status = 200, body = ProjectList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user"))))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<ListQuery>,
) -> ApiResult<Json<ProjectList>> {
    let page = PageQuery { cursor: query.cursor, limit: query.limit };
    let (rows, next_cursor) = projects::list(&app, &caller, query.all, page).await?;
    let projects = rows
        .into_iter()
        .map(|row| ProjectSummary {
            id: row.id,
            name: row.name,
            description: row.description,
            status: row.status,
            created_at: Time(row.created_at),
        })
        .collect();
    Ok(Json(ProjectList { projects, next_cursor }))
}

/// Makes a project; the caller owns it.
#[utoipa::path(post, path = "/projects", tag = "projects", request_body = NewProjectBody,
    responses((status = 201, body = ProjectAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user"))))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Input(body): Input<NewProjectBody>,
) -> ApiResult<(StatusCode, Json<ProjectAnswer>)> {
    let new = NewProject {
        name: body.name,
        description: body.description,
        config_path: body.config_path,
        source: body.source.map_or(Source::None, source),
    };
    let made = projects::create(&app, &caller, new).await?;
    let project = detail(made, "owner", Vec::new());
    Ok((StatusCode::CREATED, Json(ProjectAnswer { success: true, project })))
}

/// One project with its latest deployments.
#[utoipa::path(get, path = "/projects/{name}", tag = "projects", params(("name" = String, Path, description = "The project's name.")),
    responses((status = 200, body = ProjectShown), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:read"))))]
pub async fn show(State(app): State<App>, place: In<Read>) -> ApiResult<Json<ProjectShown>> {
    Ok(Json(ProjectShown { project: whole(&app, place.project.clone(), role(&place)).await? }))
}

/// Changes a project.
#[utoipa::path(patch, path = "/projects/{name}", tag = "projects", params(("name" = String, Path, description = "The project's name.")),
    request_body = ProjectChanges,
    responses((status = 200, body = ProjectAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:manage"))))]
pub async fn change(
    State(app): State<App>,
    place: In<Manage>,
    Input(body): Input<ProjectChanges>,
) -> ApiResult<Json<ProjectAnswer>> {
    let wanted = match body.source {
        // An archive is named by uploading it; naming the kind alone changes nothing.
        Some(SourceBody::Archive) if place.project.source_kind != "archive" => {
            return Err(
                invalid("source", "of kind `archive` is set by uploading one: PUT /projects/<name>/source").into()
            );
        }
        Some(SourceBody::Archive) | None => None,
        Some(other) => Some(source(other)),
    };
    let changes = Changes {
        description: body.description,
        config_path: body.config_path,
        source: wanted,
        status: body.status,
        builds_allowed: body.builds_allowed,
    };
    let row = projects::change(&app, &place, changes).await?;
    Ok(Json(ProjectAnswer { success: true, project: whole(&app, row, role(&place)).await? }))
}

/// Deletes an archived project with everything that belongs to it. What was published stays published.
#[utoipa::path(delete, path = "/projects/{name}", tag = "projects", params(("name" = String, Path, description = "The project's name.")),
    responses((status = 200, body = super::Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:own"))))]
pub async fn delete(State(app): State<App>, place: In<Own>) -> ApiResult<Json<super::Done>> {
    projects::delete(&app, &place).await?;
    Ok(Json(super::Done::new("The project is deleted.")))
}

fn source(body: SourceBody) -> Source {
    match body {
        SourceBody::Archive => Source::None,
        SourceBody::Git { url, reference } => Source::Git { url, reference },
        SourceBody::Directory { path } => Source::Directory(path),
    }
}

fn role<N>(place: &In<N>) -> &'static str {
    place.role.map_or("admin", crate::access::Role::word)
}

async fn whole(app: &App, project: project::Model, role: &str) -> pak_model::Result<ProjectDetail> {
    let rows = deployments::of_project(app, project.id, SHOWN_DEPLOYMENTS).await?;
    let shown = rows
        .into_iter()
        .map(|row| ProjectDeployment {
            id: row.id,
            environment: row.environment,
            status: row.status,
            version: row.version,
            created_at: Time(row.created_at),
        })
        .collect();
    Ok(detail(project, role, shown))
}

fn detail(project: project::Model, role: &str, deployments: Vec<ProjectDeployment>) -> ProjectDetail {
    let location = project.source_location.unwrap_or_default();
    let source_ready = !location.is_empty();
    let source = match project.source_kind.as_str() {
        "git" => SourceBody::Git { url: location, reference: project.source_ref },
        "directory" => SourceBody::Directory { path: location },
        _ => SourceBody::Archive,
    };
    ProjectDetail {
        id: project.id,
        name: project.name,
        description: project.description,
        config_path: project.config_path,
        status: project.status,
        created_at: Time(project.created_at),
        updated_at: Time(project.updated_at),
        source,
        source_ready,
        builds_allowed: project.builds_allowed,
        role: role.to_owned(),
        deployments,
    }
}
