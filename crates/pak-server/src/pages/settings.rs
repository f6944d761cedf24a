//! The instance: what administrators decide while it runs, what it was started with, sources of messages, mails.

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
use super::show::{plain, size};
use super::visit::{Asked, Fields, Visit, see};
use crate::access::Admin;
use crate::actions::{settings as actions, webhook_sources};
use crate::api::settings::mails;
use crate::error::{ApiResult, not_found, status};
use crate::state::App;
use crate::store::entity::{mail, webhook_source};

/// `GET /settings`.
pub async fn show(State(app): State<App>, visit: Visit, admin: Admin) -> ApiResult<Response> {
    Ok(page(StatusCode::OK, &view(&app, &visit, &admin, None).await?))
}

/// `POST /settings`.
pub async fn change(State(app): State<App>, visit: Visit, admin: Admin, fields: Fields) -> ApiResult<Response> {
    let changes =
        actions::Changes { registration: fields.some("registration"), notice: Some(fields.text("notice").to_owned()) };
    match actions::change(&app, &admin, changes).await {
        Ok(()) => Ok(see("/settings", "saved")),
        Err(problem) => Ok(page(status(problem.code()), &view(&app, &visit, &admin, Some((&fields, &problem))).await?)),
    }
}

async fn view(
    app: &App,
    visit: &Visit,
    admin: &Admin,
    refused: Option<(&Fields, &Problem)>,
) -> Result<Sections, Problem> {
    let kept = Fields::from_iter([
        ("registration", actions::word(actions::registration(app).await?).to_owned()),
        ("notice", actions::notice(app).await?),
    ]);
    let (fields, problem) = refused.map_or((&kept, None), |(fields, problem)| (fields, Some(problem)));
    let registrations = [
        Choice::new("open", "Everyone who reaches this server"),
        Choice::new("invite", "Whom an administrator invites"),
        Choice::new("closed", "Nobody: administrators make accounts"),
    ];
    let form = Form::new("/settings", visit.csrf(), "Save")
        .field(
            Field::choice("registration", "Who may make an account", registrations).value(fields.text("registration")),
        )
        .field(Field::text("notice", "A note on the sign-in page (optional)", 3).value(fields.text("notice")))
        .refused(problem);
    let source = |row: webhook_source::Model| {
        let name = plain(&row.name);
        let path = format!("/webhook-sources/{name}");
        vec![
            Cell::Both(name.clone(), format!("POST {}/webhook/telemetry/{name}", base(app))),
            Cell::time(row.created_at),
            Cell::time_or(row.last_seen_at, "never"),
            Cell::Actions(vec![
                Button::post(format!("{path}/rotate"), visit.csrf(), "New secret", format!("for {name}")),
                Button::post(format!("{path}/delete"), visit.csrf(), "Delete", name).danger(),
            ]),
        ]
    };
    let sources = Rows::new("sources", "Systems that send events", &["System", "Since", "Last event", ""])
        .rows(webhook_sources::list(app, admin).await?.into_iter().map(source))
        .empty(Icon::Hook, "Other systems send events to /webhook/telemetry, signed with the instance's secret (PAK_API_SECRET). A system that is named here has a secret of its own.");
    let new_source = Form::new("/webhook-sources", visit.csrf(), "Add the system").field(
        Field::line("name", "Name")
            .within("source")
            .required()
            .hint("What the system says in `source`: letters, digits, dots and dashes."),
    );
    Ok(Sections {
        frame: visit.frame("Settings", Place::Settings),
        main: Some(Link::new("/health", "Health")),
        lead: "What is changed here holds at once, on every node.".to_owned(),
        sections: vec![
            Section::Form("This server", "", form),
            Section::Facts("Started with", started_with(app)),
            Section::Rows(sources),
            Section::Form("Name a system that sends events", "Its secret is shown once", new_source),
        ],
    })
}

/// What flags, variables and `pak.conf` said, without any secret.
fn started_with(app: &App) -> Vec<(&'static str, Cell)> {
    let told = &app.settings;
    let minutes = |time: std::time::Duration| format!("{} min", time.as_secs() / 60);
    let text = |name, value: String| (name, Cell::Text(value));
    vec![
        text("Version", env!("CARGO_PKG_VERSION").to_owned()),
        ("Address (PAK_BASE_URL)", Cell::Code(base(app))),
        text("Database", if app.store.is_shared() { "PostgreSQL" } else { "SQLite" }.to_owned()),
        text("Mail (PAK_SMTP_URL)", if app.mailer.delivers() { "sent" } else { "kept in the outbox" }.to_owned()),
        text("Deployments at a time", told.workers.to_string()),
        text(
            "Requests a minute",
            if told.rate_limit == 0 { "no limit".to_owned() } else { told.rate_limit.to_string() },
        ),
        text("A session ends idle after", minutes(told.session_idle)),
        text("and in any case after", minutes(told.session_life)),
        text("Largest upload", size(i64::try_from(told.upload_limit).unwrap_or(i64::MAX))),
        text("Logs and telemetry are kept", format!("{} days", told.retention_days)),
        text(
            "Projects from a folder",
            if told.projects_root.is_some() { "possible" } else { "not possible" }.to_owned(),
        ),
        text("Machine key (PAK_API_KEY)", if told.api_key.is_some() { "set" } else { "not set" }.to_owned()),
    ]
}

/// `POST /webhook-sources`: names a system and shows its secret, this once.
pub async fn add_source(State(app): State<App>, visit: Visit, admin: Admin, fields: Fields) -> ApiResult<Response> {
    let (row, secret) = webhook_sources::create(&app, admin, fields.text("name").to_owned(), None).await?;
    Ok(source_secret(&app, &visit, &row.name, secret.expose()))
}

/// `POST /webhook-sources/{name}/{what}`: a new secret, or deletion.
pub async fn act_on_source(
    State(app): State<App>,
    visit: Visit,
    admin: Admin,
    Path((name, what)): Path<(String, String)>,
    fields: Fields,
) -> ApiResult<Response> {
    // The form's token was checked; it has no other field.
    drop(fields);
    match what.as_str() {
        "rotate" => {
            let secret = webhook_sources::rotate(&app, admin, name.clone(), None).await?;
            Ok(source_secret(&app, &visit, &name, secret.expose()))
        }
        "delete" => {
            webhook_sources::delete(&app, admin, name).await?;
            Ok(see("/settings", "deleted"))
        }
        _ => Err(not_found(format!("page `{}`", plain(&visit.here))).into()),
    }
}

fn source_secret(app: &App, visit: &Visit, name: &str, secret: &str) -> Response {
    let name = plain(name);
    let example = format!(
        "body='{{\"source\": \"{name}\", \"data\": {{\"event\": \"deployment_completed\", \"package\": \"my-package\"}}}}'\nsignature=$(printf '%s' \"$body\" | openssl dgst -sha256 -hmac \"$SECRET\" -hex | sed 's/.* //')\ncurl -X POST {}/webhook/telemetry/{name} \\\n  -H \"X-PAK-Signature: sha256=$signature\" -H \"Content-Type: application/json\" -d \"$body\"",
        base(app)
    );
    let view = Sections {
        frame: visit.frame(format!("The secret of {name}"), Place::Settings).under("/settings", "Settings"),
        main: Some(Link::new("/settings", "Done")),
        lead: String::new(),
        sections: vec![
            Section::Once(
                "Copy it now",
                "It is shown this once. The system signs each message with it.",
                secret.to_owned(),
            ),
            Section::Code("A signed message".to_owned(), "The secret is in the variable SECRET", example),
        ],
    };
    page(StatusCode::CREATED, &view)
}

/// `GET /outbox`.
pub async fn outbox(State(app): State<App>, visit: Visit, _admin: Admin, asked: Asked) -> ApiResult<Response> {
    let (rows, next) = mails(&app, asked.page()).await?;
    let row = |row: mail::Model| {
        let state = match (row.sent_at, &row.last_error) {
            (Some(_), _) => Chip::SENT,
            (None, Some(_)) => Chip::TROUBLE,
            (None, None) => Chip::KEPT,
        };
        let text =
            row.last_error.as_deref().map(|error| format!("{} ", plain(error))).unwrap_or_default() + &plain(&row.body);
        vec![
            Cell::Both(plain(&row.subject), plain(&row.recipient)),
            Cell::Chip(state),
            Cell::time(row.created_at),
            Cell::Long(text),
        ]
    };
    let note =
        if app.mailer.delivers() { "sent by the mail server" } else { "kept: no mail server is set (PAK_SMTP_URL)" };
    let rows = Rows::new("mails", "Mails", &["Mail", "State", "Written", "Text"])
        .rows(rows.into_iter().map(row))
        .note(note)
        .empty(Icon::Letter, "No mail was written yet. Links to reset passwords and invitations appear here.")
        .next(asked.with_cursor("/outbox", next));
    let view = Sections {
        frame: visit.frame("Mail outbox", Place::Outbox),
        main: None,
        lead: "The links in mails work once; hand one over only to the person it is for.".to_owned(),
        sections: vec![Section::Rows(rows)],
    };
    Ok(page(StatusCode::OK, &view))
}
