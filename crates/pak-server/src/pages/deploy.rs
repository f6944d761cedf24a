//! Asking for a deployment.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use pak_model::Problem;

use super::form::{Field, Form};
use super::frame::{Place, page, segment};
use super::view::FormPage;
use super::visit::{Asked, Fields, Visit, see};
use crate::access::{Deploy, In};
use crate::actions::deployments::{self as actions, Request};
use crate::error::{ApiResult, status};
use crate::state::App;

/// `GET /deploy/{name}`.
pub async fn ask(visit: Visit, place: In<Deploy>, asked: Asked) -> ApiResult<Response> {
    Ok(page(StatusCode::OK, &form(&visit, &place, &asked, None)))
}

/// `POST /deploy/{name}`.
pub async fn request(State(app): State<App>, visit: Visit, place: In<Deploy>, fields: Fields) -> ApiResult<Response> {
    let wish = Request {
        environment: fields.some("environment"),
        version: fields.some("version"),
        platforms: fields.words("target"),
        idempotency_key: fields.some("once"),
        retry_of: None,
    };
    match actions::request(&app, &place, wish).await {
        Ok(made) => Ok(see(&format!("/deployments/{}", made.id), "requested")),
        Err(problem) => Ok(page(status(problem.code()), &form(&visit, &place, &fields, Some(&problem)))),
    }
}

fn form(visit: &Visit, place: &In<Deploy>, fields: &Fields, problem: Option<&Problem>) -> FormPage {
    let name = &place.project.name;
    let (path, home) = (format!("/deploy/{}", segment(name)), format!("/projects/{}", segment(name)));
    let environment = fields.some("environment").unwrap_or_else(|| "production".to_owned());
    let form = Form::new(path, visit.csrf(), "Deploy")
        // A form that is sent twice asks for one deployment.
        .hidden("once", fields.some("once").unwrap_or_else(|| format!("form-{}", uuid::Uuid::new_v4())))
        .field(
            Field::line("environment", "Environment")
                .required()
                .value(environment)
                .hint("As in pak.toml. `sandbox` releases to registries inside of this server, for a rehearsal."),
        )
        .field(
            Field::line("version", "Version (optional)")
                .value(fields.text("version"))
                .hint("The deployment stops where a manifest says another one. Empty: what the manifests say."),
        )
        .field(
            Field::line("target", "Only these targets (optional)")
                .value(fields.text("target"))
                .hint("Names between spaces, such as `npm pypi`. Empty: all targets of the environment."),
        )
        .cancel(home.clone())
        .refused(problem);
    FormPage {
        frame: visit.frame(format!("Deploy {name}"), Place::Projects).under("/projects", "Projects").under(home, name.clone()),
        intro: vec!["The source is checked out afresh, built, and released to every target of the environment. You see each step as it happens, and can stop between steps.".to_owned()],
        form,
    }
}
