//! People of the instance: listed, invited, changed. For administrators.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use pak_model::Problem;

use super::chip::Chip;
use super::form::{Choice, Field, Form};
use super::frame::{Place, page};
use super::icon::Icon;
use super::section::{Button, Cell, Rows, Section, Sections};
use super::show::plain;
use super::view::FormPage;
use super::visit::{Asked, Fields, Visit, see};
use crate::access::Admin;
use crate::actions::users::{self as actions, Changes};
use crate::error::{ApiResult, not_found, status};
use crate::state::App;
use crate::store::entity::{one_time_token, user};

fn roles() -> [Choice; 2] {
    [Choice::new("user", "User"), Choice::new("admin", "Administrator")]
}

/// `GET /users`.
pub async fn list(State(app): State<App>, visit: Visit, _admin: Admin, asked: Asked) -> ApiResult<Response> {
    Ok(page(StatusCode::OK, &view(&app, &visit, &asked, None).await?))
}

/// `POST /invitations`.
pub async fn invite(State(app): State<App>, visit: Visit, admin: Admin, fields: Fields) -> ApiResult<Response> {
    match actions::invite(&app, &admin, fields.text("email"), fields.text("role")).await {
        Ok(address) => {
            let view = Sections {
                frame: visit.frame("Invited", Place::Users).under("/users", "Users"),
                main: None,
                lead: String::new(),
                sections: vec![Section::Once(
                    "The link of the invitation",
                    "It was put into a mail. It can also be handed over as it is; it works once, for a week.",
                    address,
                )],
            };
            Ok(page(StatusCode::CREATED, &view))
        }
        Err(problem) => {
            let view = view(&app, &visit, &Asked::default(), Some((&fields, &problem))).await?;
            Ok(page(status(problem.code()), &view))
        }
    }
}

/// `POST /invitations/{invitation}/withdraw`.
pub async fn uninvite(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    fields: Fields,
) -> ApiResult<Response> {
    // The form's token was checked; it has no other field.
    drop(fields);
    let number = id.parse().map_err(|_| not_found(format!("invitation `{}`", plain(&id))))?;
    actions::uninvite(&app, &admin, number).await?;
    Ok(see("/users", "revoked"))
}

async fn view(
    app: &App,
    visit: &Visit,
    asked: &Asked,
    refused: Option<(&Fields, &Problem)>,
) -> Result<Sections, Problem> {
    let (people, next) = actions::list(app, asked.page()).await?;
    let row = |user: user::Model| {
        let path = format!("/users/{}", user.id);
        let mut chips = vec![if user.is_active { Chip::ACTIVE } else { Chip::DISABLED }];
        chips.extend((user.role == "admin").then_some(Chip::ADMINISTRATOR));
        chips.extend((!user.email_verified).then_some(Chip::UNCONFIRMED));
        vec![
            Cell::LinkWith(super::frame::Link::new(path.clone(), plain(&user.name)), plain(&user.email)),
            Cell::Chips(chips),
            Cell::time(user.created_at),
            Cell::time_or(user.last_login, "never"),
            Cell::Actions(vec![Button::link(path, "Change", plain(&user.name))]),
        ]
    };
    let list = Rows::new("people", "People", &["Person", "State", "Since", "Last sign-in", ""])
        .rows(people.into_iter().map(row))
        .next(asked.with_cursor("/users", next));
    let invitation = |row: one_time_token::Model| {
        let email = plain(row.email.as_deref().unwrap_or_default());
        let path = format!("/invitations/{}/withdraw", row.id);
        vec![
            Cell::Text(email.clone()),
            Cell::Text(row.payload.unwrap_or_default()),
            Cell::time(row.created_at),
            Cell::time(row.expires_at),
            Cell::Actions(vec![Button::post(path, visit.csrf(), "Withdraw", email).danger()]),
        ]
    };
    let invitations = actions::invitations(app).await?;
    let (fields, problem) = refused.map_or((None, None), |(fields, problem)| (Some(fields), Some(problem)));
    let text = |name| fields.map_or("", |fields: &Fields| fields.text(name)).to_owned();
    let form = Form::new("/invitations", visit.csrf(), "Invite")
        .field(Field::typed("email", "E-mail", "email").required().value(text("email")))
        .field(Field::choice("role", "Role on this server", roles()).value(text("role")))
        .refused(problem);
    let open = Rows::new("invitations", "Open invitations", &["Address", "Role", "Sent", "Expires", ""])
        .rows(invitations.into_iter().map(invitation))
        .empty(Icon::Letter, "Nobody is invited at the moment.");
    Ok(Sections {
        frame: visit.frame("Users", Place::Users),
        main: None,
        lead: "Everyone with an account on this server. What they may do in a project is decided there.".to_owned(),
        sections: vec![
            Section::Rows(list),
            Section::Form("Invite somebody", "They get a link to make their account", form),
            Section::Rows(open),
        ],
    })
}

/// `GET /users/{user}`.
pub async fn show(State(app): State<App>, visit: Visit, _admin: Admin, Path(id): Path<String>) -> ApiResult<Response> {
    let user = find(&app, &id).await?;
    Ok(page(StatusCode::OK, &form(&visit, &user, None)))
}

/// `POST /users/{user}`.
pub async fn change(
    State(app): State<App>,
    visit: Visit,
    admin: Admin,
    Path(id): Path<String>,
    fields: Fields,
) -> ApiResult<Response> {
    let user = find(&app, &id).await?;
    let changes = Changes {
        name: fields.some("name").filter(|name| *name != user.name),
        role: fields.some("role").filter(|role| *role != user.role),
        is_active: Some(fields.is_on("is_active")).filter(|active| *active != user.is_active),
    };
    match actions::change(&app, &admin, user.id, changes).await {
        Ok(_) => Ok(see("/users", "saved")),
        Err(problem) => Ok(page(status(problem.code()), &form(&visit, &user, Some(&problem)))),
    }
}

async fn find(app: &App, id: &str) -> Result<user::Model, Problem> {
    let number = id.parse().map_err(|_| not_found(format!("account `{}`", plain(id))))?;
    actions::find(app, number).await
}

fn form(visit: &Visit, user: &user::Model, problem: Option<&Problem>) -> FormPage {
    let form = Form::new(format!("/users/{}", user.id), visit.csrf(), "Save")
        .field(Field::line("name", "Name").required().value(plain(&user.name)))
        .field(
            Field::choice("role", "Role on this server", roles())
                .value(user.role.clone())
                .hint("Administrators see and may do everything, in every project."),
        )
        .field(
            Field::check("is_active", "May sign in")
                .value(user.is_active.to_string())
                .hint("Who may not is signed out everywhere at once, and their API keys rest."),
        )
        .cancel("/users")
        .refused(problem);
    FormPage {
        frame: visit.frame(plain(&user.name), Place::Users).under("/users", "Users"),
        intro: vec![plain(&user.email)],
        form,
    }
}
