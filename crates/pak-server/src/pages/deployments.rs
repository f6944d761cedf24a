//! Lists of deployments: of all projects that the caller sees, and of one project.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::chip::Chip;
use super::form::{Choice, Field};
use super::frame::{Frame, Place, Theme, page};
use super::icon::Icon;
use super::project::{DeploymentRow, Deployments};
use super::show::{When, duration, plain};
use super::visit::{Asked, Visit};
use crate::actions::deployments::{self as actions, Filter, Listed, Status};
use crate::error::ApiResult;
use crate::state::App;

/// Deployments of all projects.
#[derive(Debug, Template)]
#[template(path = "deployments.html")]
pub struct DeploymentList {
    /// What stands around it.
    pub frame: Frame,
    /// What chooses among them.
    pub filters: Vec<Field>,
    /// The deployments.
    pub list: Deployments,
    /// Where the list goes on.
    pub next: Option<String>,
}

/// `GET /deployments`.
pub async fn list(State(app): State<App>, visit: Visit, asked: Asked) -> ApiResult<Response> {
    let filter = Filter { project: asked.some("project"), ..filter(&asked) };
    let (rows, next) = actions::list(&app, visit.caller()?, filter, asked.page()).await?;
    let mut filters = vec![Field::typed("project", "Project", "search").value(asked.text("project"))];
    filters.extend(filter_fields(&asked));
    let view = DeploymentList {
        frame: visit.frame("Deployments", Place::Deployments),
        filters,
        list: Deployments {
            caption: "Deployments of your projects, newest first".to_owned(),
            with_project: true,
            is_short: false,
            rows: rows.into_iter().map(row).collect(),
        },
        next: asked.with_cursor("/deployments", next),
    };
    Ok(page(StatusCode::OK, &view))
}

/// What a query chooses, but for the project.
pub(super) fn filter(asked: &Asked) -> Filter {
    Filter {
        project: None,
        environment: asked.some("environment"),
        status: asked.some("status"),
        version: asked.some("version"),
    }
}

/// The fields of [`filter`].
pub(super) fn filter_fields(asked: &Asked) -> Vec<Field> {
    let any = std::iter::once(Choice::new("", "Any"));
    let states = Status::ALL.iter().map(|(_, word)| Choice::new(*word, word.replace('_', " ")));
    vec![
        Field::typed("environment", "Environment", "search").value(asked.text("environment")),
        Field::typed("version", "Version", "search").value(asked.text("version")),
        Field::choice("status", "Status", any.chain(states)).value(asked.text("status")),
    ]
}

/// A row of a list.
pub(super) fn row(row: Listed) -> DeploymentRow {
    let took = row.started_at.zip(row.finished_at).map(|(from, to)| duration(from, to));
    DeploymentRow {
        id: row.id,
        project: row.project,
        chip: Chip::deployment(&row.status),
        environment: row.environment,
        version: row.version.unwrap_or_default(),
        by: row.requested_by.map_or_else(|| "a machine".to_owned(), |name| plain(&name)),
        at: When::of(row.created_at),
        took: took.unwrap_or_default(),
    }
}
