//! One's own account: name, password, sessions.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use pak_model::Problem;

use super::chip::Chip;
use super::form::{Field, Form};
use super::frame::{Link, Place, page};
use super::section::{Button, Cell, Rows, Section, Sections};
use super::show::plain;
use super::visit::{Fields, Visit, see};
use crate::access::Account;
use crate::access::password::Password;
use crate::actions::account::{self as actions, Changes, sessions};
use crate::api::account::signed_in;
use crate::error::{ApiResult, not_found, status};
use crate::state::App;

/// `GET /account`.
pub async fn show(State(app): State<App>, visit: Visit, account: Account) -> ApiResult<Response> {
    let view = view(&app, &visit, &account, None).await?;
    Ok(page(StatusCode::OK, &view))
}

/// `POST /account`.
pub async fn change(State(app): State<App>, visit: Visit, account: Account, fields: Fields) -> ApiResult<Response> {
    let changes = Changes { name: Some(fields.text("name").to_owned()), theme: None };
    match actions::change(&app, &account, changes).await {
        Ok(_) => Ok(see("/account", "saved")),
        Err(problem) => Ok(page(status(problem.code()), &view(&app, &visit, &account, Some(&problem)).await?)),
    }
}

/// `POST /account/password`.
pub async fn password(State(app): State<App>, visit: Visit, account: Account, fields: Fields) -> ApiResult<Response> {
    let session = signed_in(&account.caller)?;
    let (old, new) = (Password::new(fields.raw("current")), Password::new(fields.raw("password")));
    match actions::change_password(&app, &account.caller, session, &old, &new).await {
        Ok(()) => Ok(see("/account", "password")),
        Err(problem) => Ok(page(status(problem.code()), &view(&app, &visit, &account, Some(&problem)).await?)),
    }
}

/// `POST /account/sessions/{session}/end`; `others` ends all but this one.
pub async fn end_session(
    State(app): State<App>,
    account: Account,
    Path(session): Path<String>,
    fields: Fields,
) -> ApiResult<Response> {
    // The form's token was checked; it has no other field.
    drop(fields);
    if session == "others" {
        sessions::end_others(&app, &account).await?;
    } else {
        let id = session.parse().map_err(|_| not_found(format!("session `{}`", plain(&session))))?;
        sessions::end(&app, &account, id).await?;
    }
    Ok(see("/account", "session"))
}

async fn view(app: &App, visit: &Visit, account: &Account, problem: Option<&Problem>) -> Result<Sections, Problem> {
    let profile = Form::new("/account", visit.csrf(), "Save")
        .field(Field::line("name", "Name").complete("name").required().value(account.person.name.clone()));
    let password = Form::new("/account/password", visit.csrf(), "Change the password")
        .field(Field::password("current", "Current password", "current-password").required())
        .field(
            Field::password("password", "New password", "new-password")
                .required()
                .hint("At least 12 characters. Other sessions end with it."),
        );
    let own = account.caller.session().map(|session| session.id);
    let rows = sessions::list(app, account).await?;
    let has_others = rows.len() > 1;
    let row = |row: crate::store::entity::session::Model| {
        let is_this = Some(row.id) == own;
        let end = Button::post(
            format!("/account/sessions/{}/end", row.id),
            visit.csrf(),
            "End",
            format!("the session from {}", plain(&row.address)),
        );
        vec![
            Cell::Both(plain(&row.agent), plain(&row.address)),
            if is_this { Cell::Chip(Chip::THIS) } else { Cell::Chip(Chip::ACTIVE) },
            Cell::time(row.created_at),
            Cell::time(row.seen_at),
            if is_this { Cell::Muted(String::new()) } else { Cell::Actions(vec![end.danger()]) },
        ]
    };
    let mut list = Rows::new("sessions", "Sessions", &["Browser", "Session", "Signed in", "Last seen", ""])
        .rows(rows.into_iter().map(row));
    list = list.note("Where you are signed in");
    let mut buttons = vec![Button::link("/logout", "Sign out", "")];
    if has_others {
        buttons.push(Button::post("/account/sessions/others/end", visit.csrf(), "End all other sessions", ""));
    }
    Ok(Sections {
        frame: visit.frame("Your account", Place::Account),
        main: Some(Link::new("/account/keys", "API keys")),
        lead: account.person.email.clone(),
        sections: vec![
            Section::Form(
                "Profile",
                "",
                profile.refused(problem.filter(|problem| problem.named("field") == Some("name"))),
            ),
            Section::Form(
                "Password",
                "",
                password.refused(problem.filter(|problem| problem.named("field") != Some("name"))),
            ),
            Section::Rows(list),
            Section::Buttons(buttons),
        ],
    })
}
