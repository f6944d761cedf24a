//! A project's tabs of lists: environments and approvals, credentials, schedules, members.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use pak_model::{Problem, Secret};

use super::chip::Chip;
use super::deployment::people;
use super::form::{Choice, Field, Form};
use super::frame::page;
use super::icon::Icon;
use super::project::{Project, Tab};
use super::section::{Button, Cell, ProjectSections, Rows, Section};
use super::show::{count, plain};
use super::visit::{Fields, Visit, see};
use crate::access::{In, Manage, Own, Read, Role, Secrets};
use crate::actions::{credentials, environments, members, schedules};
use crate::error::{ApiResult, not_found, status};
use crate::state::App;
use crate::store::entity::{credential, environment, schedule};

/// A tab with what was refused on it.
fn answer(visit: &Visit, project: Project, sections: Vec<Section>, problem: Option<&Problem>) -> Response {
    let code = problem.map_or(StatusCode::OK, |problem| status(problem.code()));
    page(code, &ProjectSections { frame: project.frame(visit), project, sections })
}

fn number(what: &str, text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| not_found(format!("{what} `{}`", plain(text))))
}

/// `GET /projects/{name}/environments`.
pub async fn environments(State(app): State<App>, visit: Visit, place: In<Read>) -> ApiResult<Response> {
    environments_tab(&app, &visit, &place, &Fields::default(), None).await
}

async fn environments_tab<N>(
    app: &App,
    visit: &Visit,
    place: &In<N>,
    fields: &Fields,
    problem: Option<&Problem>,
) -> ApiResult<Response> {
    let project = Project::of(place, Tab::Environments);
    let path = format!("{}/environments", project.path());
    let rules = environments::list(app, place.project.id).await?;
    let names = people(app, rules.iter().flat_map(environments::approvers)).await?;
    let may_change = project.may("own");
    let row = |row: environment::Model| {
        let who: Vec<String> = environments::approvers(&row).iter().filter_map(|id| names.get(id).cloned()).collect();
        let remove = Button::post(format!("{path}/remove"), visit.csrf(), "Remove", plain(&row.name));
        vec![
            Cell::text(&row.name),
            Cell::Text(count(usize::try_from(row.approvals_needed).unwrap_or(0), "approval")),
            Cell::Text(if who.is_empty() { "everyone whose role allows it".to_owned() } else { who.join(", ") }),
            Cell::time(row.created_at),
            Cell::Actions(if may_change { vec![remove.with("environment", row.name).danger()] } else { Vec::new() }),
        ]
    };
    let rows = Rows::new("rules", "Rules for approvals", &["Environment", "Needs", "Who may approve", "Since", ""])
        .rows(rules.into_iter().map(row))
        .empty(
            Icon::Person,
            "No environment asks for approval: releases begin at once. Environments themselves stand in pak.toml:",
        )
        .example("[environments.production.npm]\n[environments.production.pypi]");
    let mut sections = vec![Section::Rows(rows)];
    if may_change {
        let form = Form::new(path, visit.csrf(), "Set the rule")
            .field(
                Field::line("environment", "Environment")
                    .required()
                    .value(fields.text("environment"))
                    .hint("As in pak.toml."),
            )
            .field(
                Field::typed("approvals_needed", "Approvals", "number")
                    .required()
                    .value(fields.some("approvals_needed").unwrap_or_else(|| "1".to_owned()))
                    .hint("How many people must approve. Whoever asked for the release is never one of them."),
            )
            .field(
                Field::text("approvers", "Only these people (optional)", 2)
                    .value(fields.text("approvers"))
                    .hint("E-mail addresses of members. Empty: everyone whose role allows it."),
            )
            .refused(problem);
        sections.push(Section::Form("Ask for approval", "", form));
    }
    Ok(answer(visit, project, sections, problem))
}

/// `POST /projects/{name}/environments`.
pub async fn set_environment(
    State(app): State<App>,
    visit: Visit,
    place: In<Own>,
    fields: Fields,
) -> ApiResult<Response> {
    let done = match fields.number("approvals_needed") {
        Ok(needed) => {
            environments::set(&app, &place, fields.text("environment"), needed, fields.words("approvers")).await
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(see(&visit.here, "saved")),
        Err(problem) => environments_tab(&app, &visit, &place, &fields, Some(&problem)).await,
    }
}

/// `POST /projects/{name}/environments/remove`.
pub async fn remove_environment(State(app): State<App>, place: In<Own>, fields: Fields) -> ApiResult<Response> {
    environments::remove(&app, &place, fields.raw("environment")).await?;
    Ok(see(&format!("{}/environments", Project::of(&place, Tab::Environments).path()), "deleted"))
}

/// `GET /projects/{name}/credentials`.
pub async fn credentials(State(app): State<App>, visit: Visit, place: In<Secrets>) -> ApiResult<Response> {
    credentials_tab(&app, &visit, &place, &Fields::default(), None).await
}

async fn credentials_tab(
    app: &App,
    visit: &Visit,
    place: &In<Secrets>,
    fields: &Fields,
    problem: Option<&Problem>,
) -> ApiResult<Response> {
    let project = Project::of(place, Tab::Credentials);
    let path = format!("{}/credentials", project.path());
    let row = |row: credential::Model| {
        let place = if row.environment.is_empty() { "all environments".to_owned() } else { plain(&row.environment) };
        let remove = Button::post(format!("{path}/{}/remove", row.id), visit.csrf(), "Remove", plain(&row.target));
        vec![
            Cell::Both(plain(&row.target), place),
            Cell::Both(
                if row.kind == "basic" { "user name and password" } else { "token" }.to_owned(),
                row.username.as_deref().map(plain).unwrap_or_default(),
            ),
            Cell::Text(if row.version == 1 { "once".to_owned() } else { format!("{} times", row.version) }),
            Cell::time(row.updated_at),
            Cell::Actions(vec![remove.danger()]),
        ]
    };
    let rows = Rows::new("credentials", "Credentials", &["For", "What", "Set", "Last", ""])
        .rows(credentials::list(app, place.project.id).await?.into_iter().map(row))
        .note("sealed; nothing shows them again")
        .empty(Icon::Key, "Registries ask for a credential to publish. It is sealed when it is stored and handed to a deployment only while it runs.");
    let form = Form::new(path, visit.csrf(), "Set the credential")
        .field(
            Field::line("target", "Platform or target")
                .required()
                .value(fields.text("target"))
                .hint("`npm`, or a target's name in pak.toml."),
        )
        .field(Field::line("environment", "Only for this environment (optional)").value(fields.text("environment")))
        .field(
            Field::line("username", "User name (optional)")
                .value(fields.text("username"))
                .hint("Only where the registry asks for a user name and a password."),
        )
        .field(Field::password("secret", "Token or password", "off").required())
        .refused(problem);
    let sections = vec![Section::Rows(rows), Section::Form("Set a credential", "One that is there is replaced", form)];
    Ok(answer(visit, project, sections, problem))
}

/// `POST /projects/{name}/credentials`.
pub async fn set_credential(
    State(app): State<App>,
    visit: Visit,
    place: In<Secrets>,
    fields: Fields,
) -> ApiResult<Response> {
    let new = credentials::NewCredential {
        target: fields.text("target").to_owned(),
        environment: fields.text("environment").to_owned(),
        username: fields.some("username"),
        secret: Secret::new(fields.text("secret")),
    };
    match credentials::set(&app, &place, new).await {
        Ok(_) => Ok(see(&visit.here, "saved")),
        Err(problem) => credentials_tab(&app, &visit, &place, &fields, Some(&problem)).await,
    }
}

/// `POST /projects/{name}/credentials/{credential}/remove`.
pub async fn remove_credential(
    State(app): State<App>,
    place: In<Secrets>,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> ApiResult<Response> {
    // The form's token was checked; it has no other field.
    drop(fields);
    credentials::remove(&app, &place, number("credential", &id)?).await?;
    Ok(see(&format!("{}/credentials", Project::of(&place, Tab::Credentials).path()), "deleted"))
}

/// `GET /projects/{name}/schedules`.
pub async fn schedules(State(app): State<App>, visit: Visit, place: In<Manage>) -> ApiResult<Response> {
    schedules_tab(&app, &visit, &place, &Fields::default(), None).await
}

async fn schedules_tab(
    app: &App,
    visit: &Visit,
    place: &In<Manage>,
    fields: &Fields,
    problem: Option<&Problem>,
) -> ApiResult<Response> {
    let project = Project::of(place, Tab::Schedules);
    let path = format!("{}/schedules", project.path());
    let row = |row: schedule::Model| {
        let at = format!("{path}/{}", row.id);
        let word = if row.enabled { "Turn off" } else { "Turn on" };
        let turn = Button::post(format!("{at}/turn"), visit.csrf(), word, plain(&row.cron));
        let remove = Button::post(format!("{at}/remove"), visit.csrf(), "Remove", plain(&row.cron)).danger();
        let last = match row.last_deployment_id {
            Some(id) => Cell::link(format!("/deployments/{id}"), format!("#{id}")),
            None => Cell::Muted("never".to_owned()),
        };
        vec![
            Cell::Both(plain(&row.cron), plain(&row.timezone)),
            Cell::text(&row.environment),
            Cell::Chip(if row.enabled { Chip::ON } else { Chip::OFF }),
            Cell::time_or(row.next_at.filter(|_| row.enabled), "–"),
            last,
            Cell::Actions(vec![turn.with("enabled", (!row.enabled).to_string()), remove]),
        ]
    };
    let rows = Rows::new("schedules", "Schedules", &["Time", "Environment", "State", "Next", "Last", ""])
        .rows(schedules::list(app, place.project.id).await?.into_iter().map(row))
        .empty(Icon::Clock, "A schedule deploys at set times, in the name of whoever makes it.");
    let form = Form::new(path, visit.csrf(), "Add the schedule")
        .field(
            Field::line("cron", "Time")
                .required()
                .value(fields.text("cron"))
                .hint("Five fields: minute, hour, day, month, weekday. `30 6 * * MON` is each Monday at 6:30."),
        )
        .field(
            Field::line("timezone", "Time zone")
                .required()
                .value(fields.some("timezone").unwrap_or_else(|| "UTC".to_owned()))
                .hint("`UTC`, `Europe/Berlin` …"),
        )
        .field(
            Field::line("environment", "Environment")
                .required()
                .value(fields.some("environment").unwrap_or_else(|| "production".to_owned())),
        )
        .refused(problem);
    let sections = vec![Section::Rows(rows), Section::Form("New schedule", "", form)];
    Ok(answer(visit, project, sections, problem))
}

/// `POST /projects/{name}/schedules`.
pub async fn add_schedule(
    State(app): State<App>,
    visit: Visit,
    place: In<Manage>,
    fields: Fields,
) -> ApiResult<Response> {
    let new = schedules::NewSchedule {
        environment: fields.text("environment").to_owned(),
        cron: fields.text("cron").to_owned(),
        timezone: fields.text("timezone").to_owned(),
    };
    match schedules::create(&app, &place, new).await {
        Ok(_) => Ok(see(&visit.here, "created")),
        Err(problem) => schedules_tab(&app, &visit, &place, &fields, Some(&problem)).await,
    }
}

/// `POST /projects/{name}/schedules/{schedule}/{what}`: on, off, or gone.
pub async fn act_on_schedule(
    State(app): State<App>,
    visit: Visit,
    place: In<Manage>,
    Path((_, id, what)): Path<(String, String, String)>,
    fields: Fields,
) -> ApiResult<Response> {
    let id = number("schedule", &id)?;
    let path = format!("{}/schedules", Project::of(&place, Tab::Schedules).path());
    match what.as_str() {
        "turn" => {
            schedules::enable(&app, &place, id, fields.is_on("enabled")).await?;
            Ok(see(&path, "saved"))
        }
        "remove" => {
            schedules::remove(&app, &place, id).await?;
            Ok(see(&path, "deleted"))
        }
        _ => Err(not_found(format!("page `{}`", plain(&visit.here))).into()),
    }
}

/// `GET /projects/{name}/members`.
pub async fn members(State(app): State<App>, visit: Visit, place: In<Read>) -> ApiResult<Response> {
    members_tab(&app, &visit, &place, &Fields::default(), None).await
}

async fn members_tab<N>(
    app: &App,
    visit: &Visit,
    place: &In<N>,
    fields: &Fields,
    problem: Option<&Problem>,
) -> ApiResult<Response> {
    let project = Project::of(place, Tab::Members);
    let path = format!("{}/members", project.path());
    let may_change = project.may("own");
    let row = |row: members::Listed| {
        let remove = Button::post(format!("{path}/{}/remove", row.user_id), visit.csrf(), "Remove", plain(&row.name));
        let about = Role::ALL.iter().find(|(_, word, _)| *word == row.role).map_or("", |(.., about)| about);
        vec![
            Cell::Both(plain(&row.name), plain(&row.email)),
            Cell::Both(plain(&row.role), about.to_owned()),
            Cell::time(row.created_at),
            Cell::Actions(if may_change { vec![remove.danger()] } else { Vec::new() }),
        ]
    };
    let rows = Rows::new("members", "Members", &["Person", "Role", "Since", ""])
        .rows(members::list(app, place.project.id).await?.into_iter().map(row))
        .empty(Icon::People, "Nobody is a member. Administrators of this server see every project.");
    let mut sections = vec![Section::Rows(rows)];
    if may_change {
        let roles = Role::ALL.iter().rev().map(|(_, word, about)| Choice::new(*word, format!("{word}: {about}")));
        let form = Form::new(path, visit.csrf(), "Set the role")
            .field(
                Field::typed("email", "E-mail", "email")
                    .required()
                    .value(fields.text("email"))
                    .hint("Of somebody with an account on this server."),
            )
            .field(Field::choice("role", "Role", roles).value(fields.text("role")))
            .refused(problem);
        sections.push(Section::Form("Add somebody, or change a role", "", form));
    }
    Ok(answer(visit, project, sections, problem))
}

/// `POST /projects/{name}/members`.
pub async fn set_member(State(app): State<App>, visit: Visit, place: In<Own>, fields: Fields) -> ApiResult<Response> {
    let done = match Role::parse(fields.text("role")) {
        Some(role) => members::set(&app, &place, fields.text("email"), role).await,
        None => Err(crate::error::invalid("role", "is none of the roles")),
    };
    match done {
        Ok(()) => Ok(see(&visit.here, "saved")),
        Err(problem) => members_tab(&app, &visit, &place, &fields, Some(&problem)).await,
    }
}

/// `POST /projects/{name}/members/{user}/remove`.
pub async fn remove_member(
    State(app): State<App>,
    place: In<Own>,
    Path((_, user)): Path<(String, String)>,
    fields: Fields,
) -> ApiResult<Response> {
    // The form's token was checked; it has no other field.
    drop(fields);
    members::remove(&app, &place, number("member", &user)?).await?;
    let project = Project::of(&place, Tab::Members);
    // Whoever takes oneself out has no page to come back to.
    let is_self = place.caller.user_id().is_some_and(|own| own.to_string() == user);
    Ok(see(&if is_self { "/projects".to_owned() } else { format!("{}/members", project.path()) }, "deleted"))
}
