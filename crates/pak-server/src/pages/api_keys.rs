//! API keys of one's account: listed, made and shown once, withdrawn.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use pak_model::Problem;

use super::chip::Chip;
use super::form::{Choice, Field, Form};
use super::frame::{Link, Place, page};
use super::icon::Icon;
use super::projects::base;
use super::section::{Button, Cell, Rows, Section, Sections};
use super::show::plain;
use super::view::{Confirm, FormPage};
use super::visit::{Fields, Visit, see};
use crate::access::{Account, Scope};
use crate::actions::api_keys::{self as actions, Wanted};
use crate::error::{ApiResult, not_found, status};
use crate::state::App;

/// `GET /account/keys`.
pub async fn list(State(app): State<App>, visit: Visit, account: Account) -> ApiResult<Response> {
    let keys = actions::list(&app, &account).await?;
    let projects = actions::projects(&app, &keys).await?;
    let now = app.now();
    let row = |key: crate::store::entity::api_key::Model| {
        let project = projects.iter().find(|project| Some(project.id) == key.project_id);
        let place = project.map_or_else(|| "all of your projects".to_owned(), |project| plain(&project.name));
        let name = plain(&key.name);
        vec![
            Cell::Both(name.clone(), format!("pak_{}…", key.public_id)),
            Cell::Both(key.scopes.replace(' ', ", "), place),
            Cell::Chip(if key.expires_at <= now { Chip::EXPIRED } else { Chip::ACTIVE }),
            Cell::time(key.expires_at),
            Cell::time_or(key.last_used_at, "never"),
            Cell::Actions(vec![Button::link(format!("/account/keys/{}/revoke", key.id), "Revoke", name).danger()]),
        ]
    };
    let rows = Rows::new("keys", "Your keys", &["Key", "May", "State", "Expires", "Last used", ""])
        .rows(keys.into_iter().map(row))
        .empty(
            Icon::Key,
            "A key lets a script or a release job act in your name, with no more than the rights you give it.",
        )
        .example(format!("curl {}/projects -H \"Authorization: Bearer $PAK_API_KEY\"", base(&app)));
    let view = Sections {
        frame: visit.frame("API keys", Place::ApiKeys),
        main: Some(Link::new("/account/keys/new", "New key")),
        lead: "For programs that call this server. A key may never more than you may.".to_owned(),
        sections: vec![Section::Rows(rows)],
    };
    Ok(page(StatusCode::OK, &view))
}

/// `GET /account/keys/new`.
pub async fn new(visit: Visit, account: Account) -> ApiResult<Response> {
    Ok(page(StatusCode::OK, &form(&visit, &account, &Fields::default(), None)))
}

/// `POST /account/keys`: makes a key and shows it, this once.
pub async fn create(State(app): State<App>, visit: Visit, account: Account, fields: Fields) -> ApiResult<Response> {
    let wanted = Wanted {
        name: fields.text("name").to_owned(),
        scopes: Scope::ALL.iter().filter(|(_, word, _)| fields.is_on(word)).map(|(scope, ..)| *scope).collect(),
        project: fields.some("project"),
        days: fields.some("expires_in_days").and_then(|days| days.parse().ok()),
    };
    match actions::create(&app, &account, wanted).await {
        Ok(made) => {
            let text = made.text.expose().to_owned();
            let view = Sections {
                frame: visit.frame("Your new key", Place::ApiKeys).under("/account/keys", "API keys"),
                main: Some(Link::new("/account/keys", "Done")),
                lead: String::new(),
                sections: vec![
                    Section::Once("Copy it now", "It is shown this once. The server keeps only a digest of it.", text),
                    Section::Code(
                        "How it is used".to_owned(),
                        "The key comes from a variable, never from the command line",
                        format!("curl {}/projects -H \"Authorization: Bearer $PAK_API_KEY\"", base(&app)),
                    ),
                ],
            };
            Ok(page(StatusCode::CREATED, &view))
        }
        Err(problem) => Ok(page(status(problem.code()), &form(&visit, &account, &fields, Some(&problem)))),
    }
}

fn form(visit: &Visit, account: &Account, fields: &Fields, problem: Option<&Problem>) -> FormPage {
    let days = [7, 30, 90, 180, 365].map(|days| Choice::new(days.to_string(), format!("{days} days")));
    let mut form = Form::new("/account/keys", visit.csrf(), "Create the key")
        .field(
            Field::line("name", "Name")
                .required()
                .value(fields.text("name"))
                .hint("Where it is used: `release job of greeter`."),
        )
        .field(
            Field::line("project", "Only for this project (optional)")
                .value(fields.text("project"))
                .hint("The name of one of your projects. Empty: all of them."),
        )
        .field(
            Field::choice("expires_in_days", "Expires after", days)
                .value(fields.some("expires_in_days").unwrap_or_else(|| "90".to_owned())),
        );
    for (scope, word, what) in Scope::ALL {
        if *scope != Scope::Admin || account.person.is_admin {
            form = form.field(Field::check(word, what).value(fields.raw(word)).hint(word));
        }
    }
    FormPage {
        frame: visit.frame("New API key", Place::ApiKeys).under("/account/keys", "API keys"),
        intro: vec!["Give it only what its program needs.".to_owned()],
        form: form.cancel("/account/keys").refused(problem),
    }
}

/// `GET /account/keys/{key}/revoke`.
pub async fn ask_revoke(
    State(app): State<App>,
    visit: Visit,
    account: Account,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let keys = actions::list(&app, &account).await?;
    let key =
        keys.iter().find(|key| key.id.to_string() == id).ok_or_else(|| not_found(format!("key `{}`", plain(&id))))?;
    let view = Confirm {
        frame: visit.frame(format!("Revoke {}?", plain(&key.name)), Place::ApiKeys).under("/account/keys", "API keys"),
        lines: vec!["Programs that use it are refused from the next request on. It cannot be brought back.".to_owned()],
        form: Form::new(format!("/account/keys/{id}/revoke"), visit.csrf(), "Revoke").danger().cancel("/account/keys"),
        is_danger: true,
    };
    Ok(page(StatusCode::OK, &view))
}

/// `POST /account/keys/{key}/revoke`.
pub async fn revoke(
    State(app): State<App>,
    account: Account,
    Path(id): Path<String>,
    fields: Fields,
) -> ApiResult<Response> {
    // The form's token was checked; it has no other field.
    drop(fields);
    let number = id.parse().map_err(|_| not_found(format!("key `{}`", plain(&id))))?;
    actions::revoke(&app, &account, number).await?;
    Ok(see("/account/keys", "revoked"))
}
