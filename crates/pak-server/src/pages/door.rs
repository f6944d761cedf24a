//! The doors: signing in and out, registering, links from mails, the first administrator, letting a terminal in.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use pak_model::Problem;

use super::form::{Choice, Field, Form};
use super::frame::{Link, Place, page};
use super::show::plain;
use super::view::Door;
use super::visit::{Asked, Fields, Visit, local, see};
use crate::access::Arrival;
use crate::access::password::Password;
use crate::actions::account::{self, NewAccount, device, setup};
use crate::actions::settings;
use crate::api::account::{attempt, cookies, ended, signed_in};
use crate::error::{ApiResult, status};
use crate::settings::Registration;
use crate::state::App;

/// What a password must be, beside its field.
const PASSWORD_HINT: &str = "At least 12 characters. A sentence is easier to remember than signs.";

fn door(visit: &Visit, title: &str, intro: &[&str], form: Option<Form>, links: Vec<Link>) -> Door {
    Door {
        frame: visit.frame(title, Place::Nowhere),
        intro: intro.iter().map(|line| (*line).to_owned()).collect(),
        form,
        links,
    }
}

/// A door as an answer: 200, or the status of what was refused.
fn answer(view: &Door, problem: Option<&Problem>) -> Response {
    page(problem.map_or(StatusCode::OK, |problem| status(problem.code())), view)
}

fn sign_in_link() -> Link {
    Link::new("/auth", "Sign in")
}

fn email(fields: &Fields) -> Field {
    Field::typed("email", "E-mail", "email").complete("username").required().value(fields.text("email"))
}

fn new_password() -> Field {
    Field::password("password", "Password", "new-password").required().hint(PASSWORD_HINT)
}

fn name(fields: &Fields) -> Field {
    Field::line("name", "Name").complete("name").required().value(fields.text("name"))
}

/// `GET /auth`.
pub async fn sign_in(State(app): State<App>, visit: Visit, asked: Asked) -> ApiResult<Response> {
    if visit.caller.is_some() {
        return Ok(see(local(asked.text("next")), ""));
    }
    Ok(answer(&sign_in_door(&app, &visit, &asked, None).await?, None))
}

/// `POST /auth`.
pub async fn enter(
    State(app): State<App>,
    visit: Visit,
    arrival: Arrival,
    headers: HeaderMap,
    fields: Fields,
) -> ApiResult<Response> {
    let wanted =
        attempt(&app, &headers, arrival, fields.text("email").to_owned(), Password::new(fields.raw("password")));
    match account::sign_in(&app, wanted).await {
        Ok(entered) => {
            let mut response = see(local(fields.text("next")), "");
            response.headers_mut().extend(cookies(&app.settings, &entered));
            Ok(response)
        }
        Err(problem) => {
            let view = sign_in_door(&app, &visit, &fields, Some(&problem)).await?;
            Ok(answer(&view, Some(&problem)))
        }
    }
}

async fn sign_in_door(app: &App, visit: &Visit, fields: &Fields, problem: Option<&Problem>) -> Result<Door, Problem> {
    let form = Form::new("/auth", visit.csrf(), "Sign in")
        .hidden("next", local(fields.text("next")))
        .field(email(fields))
        .field(Field::password("password", "Password", "current-password").required())
        .refused(problem);
    let mut links = Vec::new();
    if settings::registration(app).await? == Registration::Open {
        links.push(Link::new("/register", "Create an account"));
    }
    links.push(Link::new("/reset", "Forgot the password"));
    let needs_setup = setup::is_needed(app).await?;
    let notice = settings::notice(app).await?;
    let mut intro: Vec<String> = notice.lines().map(plain).filter(|line| !line.is_empty()).collect();
    if needs_setup {
        intro.push("This server has no administrator yet. Open the link that it printed when it started, or run `pak server user add --admin`.".to_owned());
    }
    Ok(Door { intro, ..door(visit, "Sign in", &[], Some(form), links) })
}

/// `GET /register`.
pub async fn ask_register(State(app): State<App>, visit: Visit, asked: Asked) -> ApiResult<Response> {
    Ok(register_door(&app, &visit, &asked, None).await)
}

/// `POST /register`.
pub async fn register(State(app): State<App>, visit: Visit, arrival: Arrival, fields: Fields) -> ApiResult<Response> {
    let wanted = NewAccount {
        email: fields.text("email").to_owned(),
        name: fields.text("name").to_owned(),
        password: Password::new(fields.raw("password")),
        invitation: fields.some("token"),
        arrival,
    };
    match account::register(&app, wanted).await {
        Ok(_) => Ok(see("/auth", "registered")),
        Err(problem) => Ok(register_door(&app, &visit, &fields, Some(&problem)).await),
    }
}

async fn register_door(app: &App, visit: &Visit, fields: &Fields, problem: Option<&Problem>) -> Response {
    let token = fields.text("token");
    let invited = if token.is_empty() { None } else { Some(account::invitation(app, token).await) };
    let registration = settings::registration(app).await.unwrap_or(app.settings.registration);
    let is_closed = match registration {
        Registration::Open => false,
        Registration::Invite => invited.is_none(),
        Registration::Closed => true,
    };
    if is_closed {
        let intro =
            ["An administrator of this server makes accounts or sends invitations. Ask one of them for a link."];
        return answer(&door(visit, "Accounts by invitation", &intro, None, vec![sign_in_link()]), None);
    }
    let mut form = Form::new("/register", visit.csrf(), "Create the account");
    form = match &invited {
        Some(Ok(invited)) => form.hidden("token", token).hidden("email", invited.email.clone()),
        Some(Err(worthless)) => {
            let intro = [worthless.message(), worthless.advice()];
            return answer(
                &door(visit, "This link does not work", &intro, None, vec![sign_in_link()]),
                Some(worthless),
            );
        }
        None => form.field(email(fields)),
    };
    let intro = match &invited {
        Some(Ok(invited)) => vec![format!("For {}.", plain(&invited.email))],
        _ => Vec::new(),
    };
    let form = form.field(name(fields)).field(new_password()).refused(problem);
    let mut view = door(visit, "Create an account", &[], Some(form), vec![sign_in_link()]);
    view.intro = intro;
    answer(&view, problem)
}

/// `GET /reset`: asks for a link, or, with one, for the new password.
pub async fn ask_reset(visit: Visit, asked: Asked) -> ApiResult<Response> {
    Ok(answer(&reset_door(&visit, &asked, None), None))
}

/// `POST /reset`.
pub async fn reset(State(app): State<App>, visit: Visit, arrival: Arrival, fields: Fields) -> ApiResult<Response> {
    let token = fields.text("token");
    let done = if token.is_empty() {
        account::ask_reset(&app, fields.text("email")).await.map(|()| "reset")
    } else {
        let password = Password::new(fields.raw("password"));
        account::finish_reset(&app, token, &password, arrival).await.map(|()| "password")
    };
    match done {
        Ok(word) => Ok(see("/auth", word)),
        Err(problem) => Ok(answer(&reset_door(&visit, &fields, Some(&problem)), Some(&problem))),
    }
}

fn reset_door(visit: &Visit, fields: &Fields, problem: Option<&Problem>) -> Door {
    let token = fields.text("token");
    if token.is_empty() {
        let form = Form::new("/reset", visit.csrf(), "Send a link").field(email(fields)).refused(problem);
        let intro = ["A link to choose a new password is sent to the address, where it has an account."];
        return door(visit, "Forgot the password", &intro, Some(form), vec![sign_in_link()]);
    }
    let form = Form::new("/reset", visit.csrf(), "Set the password")
        .hidden("token", token)
        .field(new_password())
        .refused(problem);
    door(visit, "Choose a new password", &["All sessions end with it."], Some(form), vec![sign_in_link()])
}

/// `GET /verify`: a button, because mail programs open links by themselves.
pub async fn ask_verify(visit: Visit, asked: Asked) -> ApiResult<Response> {
    Ok(answer(&verify_door(&visit, &asked, None), None))
}

/// `POST /verify`.
pub async fn verify(State(app): State<App>, visit: Visit, arrival: Arrival, fields: Fields) -> ApiResult<Response> {
    match account::confirm_email(&app, fields.text("token"), arrival).await {
        Ok(()) => Ok(see("/auth", "verified")),
        Err(problem) => Ok(answer(&verify_door(&visit, &fields, Some(&problem)), Some(&problem))),
    }
}

fn verify_door(visit: &Visit, fields: &Fields, problem: Option<&Problem>) -> Door {
    let form = Form::new("/verify", visit.csrf(), "Confirm").hidden("token", fields.text("token")).refused(problem);
    door(
        visit,
        "Confirm the address",
        &["This address belongs to an account on this server."],
        Some(form),
        vec![sign_in_link()],
    )
}

/// `GET /setup`.
pub async fn ask_setup(State(app): State<App>, visit: Visit, asked: Asked) -> ApiResult<Response> {
    if let Err(problem) = setup::check(&app, asked.text("token")).await {
        let intro = [problem.message(), "The server prints a new link each time it starts without an administrator."];
        return Ok(answer(
            &door(&visit, "This link does not work", &intro, None, vec![sign_in_link()]),
            Some(&problem),
        ));
    }
    Ok(answer(&setup_door(&visit, &asked, None), None))
}

/// `POST /setup`.
pub async fn finish_setup(
    State(app): State<App>,
    visit: Visit,
    arrival: Arrival,
    headers: HeaderMap,
    fields: Fields,
) -> ApiResult<Response> {
    let password = Password::new(fields.raw("password"));
    let (email, token) = (fields.text("email"), fields.text("token"));
    let made = setup::finish(&app, token, email, fields.text("name"), &password, arrival.clone()).await;
    if let Err(problem) = made {
        return Ok(answer(&setup_door(&visit, &fields, Some(&problem)), Some(&problem)));
    }
    let entered = account::sign_in(&app, attempt(&app, &headers, arrival, email.to_owned(), password)).await?;
    let mut response = see("/projects", "created");
    response.headers_mut().extend(cookies(&app.settings, &entered));
    Ok(response)
}

fn setup_door(visit: &Visit, fields: &Fields, problem: Option<&Problem>) -> Door {
    let form = Form::new("/setup", visit.csrf(), "Create the administrator")
        .hidden("token", fields.text("token"))
        .field(email(fields))
        .field(name(fields))
        .field(new_password())
        .refused(problem);
    let intro = ["The first account administers this server: its people, settings and audit log."];
    door(visit, "Set up this server", &intro, Some(form), Vec::new())
}

/// `GET /device`: the code that a terminal shows.
pub async fn ask_device(State(app): State<App>, visit: Visit, asked: Asked) -> ApiResult<Response> {
    visit.caller()?;
    Ok(device_door(&app, &visit, &asked, None).await)
}

/// `POST /device`.
pub async fn allow_device(State(app): State<App>, visit: Visit, fields: Fields) -> ApiResult<Response> {
    let caller = visit.caller()?;
    if fields.text("decision").is_empty() {
        return Ok(device_door(&app, &visit, &fields, None).await);
    }
    let allow = fields.text("decision") == "allow";
    let done: Result<(), Problem> = async {
        let session = signed_in(caller).map_err(|error| error.0)?;
        let waiting = device::waiting(&app, fields.text("code")).await?;
        device::decide(&app, caller, session, waiting, allow).await
    }
    .await;
    match done {
        Ok(()) => Ok(see("/projects", if allow { "device" } else { "device-refused" })),
        Err(problem) => Ok(device_door(&app, &visit, &fields, Some(&problem)).await),
    }
}

async fn device_door(app: &App, visit: &Visit, fields: &Fields, problem: Option<&Problem>) -> Response {
    let code = fields.text("code");
    let found = if code.is_empty() || problem.is_some() { None } else { Some(device::waiting(app, code).await) };
    let (problem, waiting) = match &found {
        Some(Err(unknown)) => (Some(unknown), None),
        Some(Ok(waiting)) => (problem, Some(waiting)),
        None => (problem, None),
    };
    let mut view = match waiting {
        Some(waiting) => {
            let choices = [Choice::new("allow", "Let it in"), Choice::new("refuse", "Keep it out")];
            let form = Form::new("/device", visit.csrf(), "Decide")
                .hidden("code", code)
                .field(Field::choice("decision", "Decision", choices))
                .cancel("/projects");
            let mut view = door(visit, "Let a terminal in?", &[], Some(form), Vec::new());
            view.intro = vec![
                format!("{} asks to act in your name, with an API key of its own.", plain(&waiting.name)),
                "Let it in only if you began this yourself a moment ago.".to_owned(),
            ];
            view
        }
        None => {
            let field = Field::line("code", "Code")
                .required()
                .value(code)
                .hint("Eight letters, such as WDJB-MJHT. It works for ten minutes.");
            let form = Form::new("/device", visit.csrf(), "Go on").field(field).refused(problem);
            door(visit, "Sign in a terminal", &["`pak login` shows a code. Type it here."], Some(form), Vec::new())
        }
    };
    view.links.push(Link::new("/account/keys", "Your API keys"));
    answer(&view, problem)
}

/// `GET /logout`.
pub async fn ask_sign_out(visit: Visit) -> ApiResult<Response> {
    if visit.caller.is_none() {
        return Ok(see("/auth", ""));
    }
    let form = Form::new("/logout", visit.csrf(), "Sign out").cancel("/account");
    Ok(answer(&door(&visit, "Sign out?", &["This session ends on the server as well."], Some(form), Vec::new()), None))
}

/// `POST /logout`.
pub async fn sign_out(State(app): State<App>, visit: Visit, fields: Fields) -> ApiResult<Response> {
    // The form's token was checked; it has no other field.
    drop(fields);
    if let Some((caller, session)) = visit.caller.as_ref().and_then(|caller| Some((caller, caller.session()?))) {
        account::sign_out(&app, caller, session).await?;
    }
    Ok((ended(&app.settings), see("/auth", "signed-out")).into_response())
}
