//! A project's settings: what it is, where its source comes from, putting it away.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use pak_model::Problem;

use super::form::{Field, Form};
use super::frame::{Place, page, segment};
use super::project::{Project, Tab};
use super::projects::{base, source, source_fields};
use super::section::{Button, ProjectSections, Section};
use super::view::Confirm;
use super::visit::{Fields, Visit, see};
use crate::access::{In, Manage, Own};
use crate::actions::projects::{self as actions, Changes, Source};
use crate::error::{ApiResult, status};
use crate::state::App;

/// `GET /projects/{name}/settings`.
pub async fn show(State(app): State<App>, visit: Visit, place: In<Manage>) -> ApiResult<Response> {
    Ok(page(StatusCode::OK, &view(&app, &visit, &place, None)))
}

/// `POST /projects/{name}/settings`.
pub async fn change(State(app): State<App>, visit: Visit, place: In<Manage>, fields: Fields) -> ApiResult<Response> {
    let wanted = match source(&fields) {
        Source::None => None,
        named => Some(named),
    };
    let builds = visit.is_admin().then(|| fields.is_on("builds_allowed"));
    let changes = Changes {
        description: Some(fields.text("description").to_owned()),
        config_path: Some(fields.text("config_path").to_owned()),
        source: wanted,
        status: None,
        builds_allowed: builds.filter(|allowed| *allowed != place.project.builds_allowed),
    };
    match actions::change(&app, &place, changes).await {
        Ok(_) => Ok(see(&format!("/projects/{}/settings", segment(&place.project.name)), "saved")),
        Err(problem) => Ok(page(status(problem.code()), &view(&app, &visit, &place, Some((&fields, &problem))))),
    }
}

fn view(app: &App, visit: &Visit, place: &In<Manage>, refused: Option<(&Fields, &Problem)>) -> ProjectSections {
    let project = Project::of(place, Tab::Settings);
    let path = project.path();
    let kept = stored(place);
    let (fields, problem) = refused.map_or((&kept, None), |(fields, problem)| (fields, Some(problem)));
    let mut form = Form::new(format!("{path}/settings"), visit.csrf(), "Save")
        .field(Field::text("description", "Description", 2).value(fields.text("description")));
    form = source_fields(app, fields).into_iter().fold(form, Form::field);
    if visit.is_admin() {
        form = form.field(
            Field::check("builds_allowed", "Builds may start programs on this server")
                .value(fields.raw("builds_allowed"))
                .hint("Python build backends, cargo and Maven run code of the source. Only for sources you trust as you trust yourself."),
        );
    }
    let mut sections = vec![Section::Form("General", "", form.refused(problem))];
    let upload = Form::new(format!("{path}/source"), visit.csrf(), "Upload").field(
        Field::typed("archive", "Archive", "file")
            .required()
            .hint("A .tar, .tar.gz or .zip of the source. It replaces the source named above."),
    );
    sections.push(Section::Form("Upload an archive", "Deployments that were asked for before keep theirs", upload));
    sections.push(Section::Code(
        "The same from a terminal".to_owned(),
        "With an API key",
        format!(
            "curl -X PUT {}{path}/source \\\n  -H \"Authorization: Bearer $PAK_API_KEY\" -H \"Content-Type: application/gzip\" \\\n  --data-binary @source.tar.gz",
            base(app)
        ),
    ));
    if project.may("own") {
        let buttons = if project.is_archived {
            vec![
                Button::post(format!("{path}/archive"), visit.csrf(), "Bring back", "").with("status", "active"),
                Button::link(format!("{path}/delete"), "Delete for ever", "").danger(),
            ]
        } else {
            vec![Button::link(format!("{path}/archive"), "Archive", "").danger()]
        };
        let line = if project.is_archived {
            "It is archived: nothing is deployed from it, and everything is kept."
        } else {
            "An archived project is not deployed any more. Everything of it is kept, and it can be brought back."
        };
        sections.push(Section::Text("Putting it away", vec![line.to_owned()]));
        sections.push(Section::Buttons(buttons));
    }
    ProjectSections { frame: project.frame(visit), project, sections }
}

fn stored(place: &In<Manage>) -> Fields {
    let row = &place.project;
    let is = |kind: &str| row.source_kind == kind;
    let location = row.source_location.clone().unwrap_or_default();
    Fields::from_iter([
        ("description", row.description.clone()),
        ("source", if is("none") { "archive".to_owned() } else { row.source_kind.clone() }),
        ("source.url", if is("git") { location.clone() } else { String::new() }),
        ("source.ref", if is("git") { row.source_ref.clone().unwrap_or_default() } else { String::new() }),
        ("source.directory", if is("directory") { location } else { String::new() }),
        ("config_path", row.config_path.clone().unwrap_or_default()),
        ("builds_allowed", row.builds_allowed.to_string()),
    ])
}

/// `GET /projects/{name}/archive`.
pub async fn ask_archive(visit: Visit, place: In<Own>) -> ApiResult<Response> {
    let view = confirm(
        &visit,
        &place,
        "archive",
        "Archive",
        &[
            "Nothing is deployed from it any more, schedules rest, and its releases, packages and logs are kept.",
            "It can be brought back at any time.",
        ],
    );
    Ok(page(StatusCode::OK, &view))
}

/// `POST /projects/{name}/archive`.
pub async fn archive(State(app): State<App>, place: In<Own>, visit: Visit, fields: Fields) -> ApiResult<Response> {
    let place: In<Manage> = crate::access::project::enter(&app, visit.caller()?.clone(), &place.project.name).await?;
    let restores = fields.text("status") == "active";
    let word = if restores { "active" } else { "archived" };
    actions::change(&app, &place, Changes { status: Some(word.to_owned()), ..Changes::default() }).await?;
    let path = format!("/projects/{}", segment(&place.project.name));
    Ok(see(&path, if restores { "restored" } else { "archived" }))
}

/// `GET /projects/{name}/delete`.
pub async fn ask_delete(visit: Visit, place: In<Own>) -> ApiResult<Response> {
    let view = confirm(
        &visit,
        &place,
        "delete",
        "Delete",
        &[
            "Its deployments, logs, packages, credentials and webhooks are deleted with it and cannot be brought back.",
            "What was published to registries stays published.",
        ],
    );
    Ok(page(StatusCode::OK, &view))
}

/// `POST /projects/{name}/delete`.
pub async fn delete(State(app): State<App>, place: In<Own>, fields: Fields) -> ApiResult<Response> {
    // The form's token was checked; it has no other field.
    drop(fields);
    actions::delete(&app, &place).await?;
    Ok(see("/projects", "deleted"))
}

fn confirm(visit: &Visit, place: &In<Own>, what: &str, word: &'static str, lines: &[&str]) -> Confirm {
    let name = &place.project.name;
    let home = format!("/projects/{}", segment(name));
    Confirm {
        frame: visit
            .frame(format!("{word} {name}?"), Place::Projects)
            .under("/projects", "Projects")
            .under(home.clone(), name.clone()),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        form: Form::new(format!("{home}/{what}"), visit.csrf(), word).danger().cancel(format!("{home}/settings")),
        is_danger: true,
    }
}
