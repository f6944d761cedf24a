//! The list of projects and the forms that make one.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use pak_model::Problem;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::chip::Chip;
use super::form::{Choice, Field, Form};
use super::frame::{Frame, Place, Theme, page, segment};
use super::icon::Icon;
use super::show::{When, plain};
use super::view::FormPage;
use super::visit::{Asked, Fields, Visit, see};
use crate::actions::projects as actions;
use crate::error::{ApiResult, status};
use crate::state::App;
use crate::store::unusable;

/// The list of projects.
#[derive(Debug, Template)]
#[template(path = "projects.html")]
pub struct ProjectList {
    /// What stands around it.
    pub frame: Frame,
    /// The address of this server, for the commands that are shown.
    pub base: String,
    /// For administrators: whether every project of the server is listed.
    pub all: Option<bool>,
    /// The projects.
    pub projects: Vec<Item>,
    /// Where the list goes on.
    pub next: Option<String>,
}

/// One project of the list.
#[derive(Debug)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Whether it was put away.
    pub is_archived: bool,
    /// Its latest deployment.
    pub latest: Option<Latest>,
}

/// The latest deployment of a project.
#[derive(Debug)]
pub struct Latest {
    /// Its number.
    pub id: i64,
    /// How it stands.
    pub chip: Chip,
    /// Where to.
    pub environment: String,
    /// What.
    pub version: String,
    /// When it was asked for.
    pub at: When,
}

/// `GET /projects`.
pub async fn list(State(app): State<App>, visit: Visit, asked: Asked) -> ApiResult<Response> {
    let caller = visit.caller()?;
    let all = asked.is_on("all");
    let (rows, next) = actions::list(&app, caller, all, asked.page()).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut latest = latest_of(&app, &ids).await?;
    let item = |row: actions::Listed| Item {
        latest: latest.remove(&row.id).map(|(id, status, environment, version, at)| Latest {
            id,
            chip: Chip::deployment(&status),
            environment,
            version: version.unwrap_or_default(),
            at: When::of(at),
        }),
        name: row.name,
        description: plain(&row.description),
        is_archived: row.status == "archived",
    };
    let view = ProjectList {
        frame: visit.frame("Projects", Place::Projects),
        base: base(&app),
        all: visit.is_admin().then_some(all),
        projects: rows.into_iter().map(item).collect(),
        next: asked.with_cursor("/projects", next),
    };
    Ok(page(StatusCode::OK, &view))
}

/// The latest deployment of each of some projects: id, status, environment, version, when.
async fn latest_of(
    app: &App,
    projects: &[i64],
) -> Result<BTreeMap<i64, (i64, String, String, Option<String>, i64)>, Problem> {
    use crate::store::entity::deployment::{Column, Entity};
    let ids: Vec<i64> = Entity::find()
        .select_only()
        .column_as(Column::Id.max(), "id")
        .filter(Column::ProjectId.is_in(projects.iter().copied()))
        .filter(Column::Action.ne("package"))
        .group_by(Column::ProjectId)
        .into_tuple()
        .all(app.store.read())
        .await
        .map_err(unusable)?;
    let rows = Entity::find().filter(Column::Id.is_in(ids)).all(app.store.read()).await.map_err(unusable)?;
    let pair = |row: crate::store::entity::deployment::Model| {
        (row.project_id, (row.id, row.status, row.environment, row.version, row.created_at))
    };
    Ok(rows.into_iter().map(pair).collect())
}

/// The address of this server, for the commands that are shown.
pub(super) fn base(app: &App) -> String {
    app.settings.base.as_str().trim_end_matches('/').to_owned()
}

/// `GET /projects/new`.
pub async fn new(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    visit.caller()?;
    Ok(page(StatusCode::OK, &new_page(&app, &visit, &Fields::default(), None)))
}

/// `POST /projects`.
pub async fn create(State(app): State<App>, visit: Visit, fields: Fields) -> ApiResult<Response> {
    let wanted = actions::NewProject {
        name: fields.text("name").to_owned(),
        description: fields.text("description").to_owned(),
        config_path: fields.some("config_path"),
        source: source(&fields),
    };
    match actions::create(&app, visit.caller()?, wanted).await {
        Ok(made) => {
            let path = format!("/projects/{}", segment(&made.name));
            let wants_archive = fields.text("source") == "archive";
            Ok(see(&if wants_archive { format!("{path}/settings#source") } else { path }, "created"))
        }
        Err(problem) => Ok(page(status(problem.code()), &new_page(&app, &visit, &fields, Some(&problem)))),
    }
}

fn new_page(app: &App, visit: &Visit, fields: &Fields, problem: Option<&Problem>) -> FormPage {
    let form = Form::new("/projects", visit.csrf(), "Create project")
        .field(
            Field::line("name", "Name")
                .required()
                .value(fields.text("name"))
                .hint("Letters, digits, dots, dashes and underscores. It is part of the project's address."),
        )
        .field(Field::text("description", "Description (optional)", 2).value(fields.text("description")));
    let form = source_fields(app, fields).into_iter().fold(form, Form::field);
    FormPage {
        frame: visit.frame("New project", Place::Projects).under("/projects", "Projects"),
        intro: vec!["A project is a source that pak checks out afresh for every deployment. What it releases, and where to, stands in its pak.toml.".to_owned()],
        form: form.cancel("/projects").refused(problem),
    }
}

/// Where a source is taken from, as a form asks for it.
pub(super) fn source_fields(app: &App, fields: &Fields) -> Vec<Field> {
    let mut kinds = vec![Choice::new("git", "A git repository"), Choice::new("archive", "An archive that is uploaded")];
    let has_root = app.settings.projects_root.is_some();
    if has_root {
        kinds.push(Choice::new("directory", "A directory on this server"));
    }
    let mut list = vec![
        Field::choice("source", "Source", kinds).value(fields.text("source")),
        Field::typed("source.url", "Address of the git repository", "url")
            .value(fields.text("source.url"))
            .hint("Over https, without a user name or password. Needed for a git repository only."),
        Field::line("source.ref", "Branch, tag or commit (optional)").value(fields.text("source.ref")),
    ];
    if has_root {
        let field = Field::line("source.directory", "Directory").value(fields.text("source.directory"));
        list.push(field.hint("Below the folder that this server takes projects from."));
    }
    let field = Field::line("config_path", "Folder of pak.toml (optional)").value(fields.text("config_path"));
    list.push(field.hint("Below the source's root, where it is not the root itself."));
    list
}

/// The source that a form named.
pub(super) fn source(fields: &Fields) -> actions::Source {
    match fields.text("source") {
        "git" => {
            actions::Source::Git { url: fields.text("source.url").to_owned(), reference: fields.some("source.ref") }
        }
        "directory" => actions::Source::Directory(fields.text("source.directory").to_owned()),
        _ => actions::Source::None,
    }
}
