//! The addresses of the pages. What is no page is the API's: a browser that is led there sees its answer, and its refusals as
//! pages that say where to go.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use pak_model::{Problem, code};

use super::frame::{Link, Place, page};
use super::view::ErrorPage;
use super::visit::{Fields, THEME_COOKIE, Visit, local, see};
use super::{
    account, api_keys, assets, audit, decide, deploy, deployment, deployments, diff, docs, door, platforms, project,
    project_parts, project_settings, projects, scan, settings, show, telemetry, upload, users, webhooks,
};
use crate::access::Arrival;
use crate::access::session::set_cookie;
use crate::error::{ApiError, Said};
use crate::state::App;

/// The pages.
pub fn router(app: &App, api: Router) -> Router {
    Router::new()
        .route("/", get(|| async { see("/projects", "") }))
        .route("/assets/{file}", get(assets::serve))
        .route("/theme", post(theme))
        .route("/auth", get(door::sign_in).post(door::enter))
        .route("/register", get(door::ask_register).post(door::register))
        .route("/reset", get(door::ask_reset).post(door::reset))
        .route("/verify", get(door::ask_verify).post(door::verify))
        .route("/setup", get(door::ask_setup).post(door::finish_setup))
        .route("/device", get(door::ask_device).post(door::allow_device))
        .route("/logout", get(door::ask_sign_out).post(door::sign_out))
        .route("/account", get(account::show).post(account::change))
        .route("/account/password", post(account::password))
        .route("/account/sessions/{session}/end", post(account::end_session))
        .route("/account/keys", get(api_keys::list).post(api_keys::create))
        .route("/account/keys/new", get(api_keys::new))
        .route("/account/keys/{key}/revoke", get(api_keys::ask_revoke).post(api_keys::revoke))
        .route("/users", get(users::list))
        .route("/users/{user}", get(users::show).post(users::change))
        .route("/invitations", post(users::invite))
        .route("/invitations/{invitation}/withdraw", post(users::uninvite))
        .route("/projects", get(projects::list).post(projects::create))
        .route("/projects/new", get(projects::new))
        .route("/projects/{name}", get(project::overview))
        .route("/projects/{name}/releases", get(project::releases))
        .route("/projects/{name}/diff", get(diff::show))
        .route("/projects/{name}/compare", get(diff::show))
        .route("/projects/{name}/settings", get(project_settings::show).post(project_settings::change))
        .route("/projects/{name}/source", post(upload::upload).layer(DefaultBodyLimit::disable()))
        .route("/projects/{name}/environments", get(project_parts::environments).post(project_parts::set_environment))
        .route("/projects/{name}/environments/remove", post(project_parts::remove_environment))
        .route("/projects/{name}/credentials", get(project_parts::credentials).post(project_parts::set_credential))
        .route("/projects/{name}/credentials/{credential}/remove", post(project_parts::remove_credential))
        .route("/projects/{name}/schedules", get(project_parts::schedules).post(project_parts::add_schedule))
        .route("/projects/{name}/schedules/{schedule}/{what}", post(project_parts::act_on_schedule))
        .route("/projects/{name}/members", get(project_parts::members).post(project_parts::set_member))
        .route("/projects/{name}/members/{user}/remove", post(project_parts::remove_member))
        .route("/projects/{name}/archive", get(project_settings::ask_archive).post(project_settings::archive))
        .route("/projects/{name}/delete", get(project_settings::ask_delete).post(project_settings::delete))
        .route("/projects/{name}/audit", get(audit::of_project))
        .route("/audit", get(audit::show))
        .route("/platforms", get(platforms::list))
        .route("/platforms/{platform}", get(platforms::show))
        .route("/platforms/{platform}/check", post(platforms::check))
        .route("/docs", get(docs::show))
        .route("/settings", get(settings::show).post(settings::change))
        .route("/webhook-sources", post(settings::add_source))
        .route("/webhook-sources/{name}/{what}", post(settings::act_on_source))
        .route("/outbox", get(settings::outbox))
        .route("/telemetry", get(telemetry::show))
        .route("/deploy/{name}", get(deploy::ask).post(deploy::request))
        .route("/deployments", get(deployments::list))
        .route("/deployments/{id}", get(deployment::show))
        .route("/deployments/{id}/log", get(deployment::log))
        .route("/deployments/{id}/scan", get(scan::show).post(scan::approve))
        .route("/deployments/{id}/{what}", get(decide::ask).post(decide::decide))
        .fallback_service(api)
        .merge(webhooks("/webhooks"))
        .merge(webhooks("/projects/{name}/webhooks"))
        .layer(from_fn_with_state(app.clone(), refusals))
        .with_state(app.clone())
}

/// The pages of webhooks, below a project or of the instance.
fn webhooks(path: &str) -> Router<App> {
    let below = |rest: &str| format!("{path}{rest}");
    Router::new()
        .route(path, get(webhooks::list).post(webhooks::create))
        .route(&below("/{webhook}"), get(webhooks::show).post(webhooks::change))
        .route(&below("/{webhook}/{what}"), get(webhooks::ask).post(webhooks::act))
        .route(&below("/{webhook}/deliveries/{delivery}"), get(webhooks::delivery))
        .route(&below("/{webhook}/deliveries/{delivery}/redeliver"), post(webhooks::redeliver))
}

/// Renders what was refused as a page; sends those who are not signed in to the door.
async fn refusals(visit: Visit, request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let arrival = request.extensions().get::<Arrival>().map(|arrival| arrival.id.to_string());
    let response = next.run(request).await;
    let Some(Said(problem)) = response.extensions().get::<Said>().cloned() else { return response };
    let status = response.status();
    if status == StatusCode::UNAUTHORIZED && visit.caller.is_none() {
        let back = if method == Method::GET { uri.path_and_query().map_or("/", |path| path.as_str()) } else { "/" };
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", back).finish();
        return see(&format!("/auth?{query}"), "");
    }
    let mut answer = refusal(&visit, status, &problem, arrival.unwrap_or_default());
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = response.headers().get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

/// A problem as a page.
fn refusal(visit: &Visit, status: StatusCode, problem: &Problem, request: String) -> Response {
    let title = match status {
        StatusCode::NOT_FOUND => "There is no such page",
        StatusCode::FORBIDDEN => "This is not yours to do",
        StatusCode::TOO_MANY_REQUESTS => "Too many requests",
        status if status.is_server_error() => "Something broke on this server",
        _ => "That did not work",
    };
    let mut links = vec![Link::new("/projects", "Your projects")];
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        links.insert(0, Link::new(visit.here.clone(), "Try again"));
    }
    let advice = match status {
        StatusCode::NOT_FOUND => "If it is a project of others, ask one of its owners to add you as a member.",
        StatusCode::FORBIDDEN => "An owner of the project can change your role; administrators see everything.",
        _ => problem.advice(),
    };
    let view = ErrorPage {
        frame: visit.frame(title, Place::Nowhere),
        status: status.as_u16(),
        message: show::plain(problem.message()),
        advice: show::plain(advice),
        code: problem.code().id.to_owned(),
        request,
        links,
    };
    page(status, &view)
}

/// Keeps the chosen colours in a cookie.
async fn theme(State(app): State<App>, fields: Fields) -> Result<Response, ApiError> {
    let chosen = super::frame::Theme::of(fields.text("theme")).word();
    let mut response = see(local(fields.text("back")), "");
    let cookie = set_cookie(&app.settings, THEME_COOKIE, Some((chosen, std::time::Duration::from_hours(24 * 365))));
    let value = cookie.parse().map_err(|_| Problem::new(code::server::INTERNAL, "The cookie could not be written."))?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(response)
}
