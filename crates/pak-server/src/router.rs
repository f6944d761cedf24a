//! Every route. A request that accepts HTML goes to the pages, any other to the API; both have the same paths.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::{HeaderMap, header};
use pak_model::{Problem, code};
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{
    account, api_keys, audit, credentials, deployments, devices, environments, events, health, inbox, members,
    packages, plan, platforms, projects, scan, schedules, settings, source, telemetry, users, webhooks,
};
use crate::error::{ApiError, not_found, shown};
use crate::state::App;
use crate::{access, door, metrics, openapi, pages};

/// The largest JSON body.
pub const BODY_LIMIT: usize = 1 << 20;

/// The API: its routes and its document. Each noun's routes stand beside its handlers' access in the document.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::document())
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(projects::list, projects::create))
        .routes(routes!(projects::show, projects::change, projects::delete))
        .routes(routes!(deployments::deploy))
        .routes(routes!(deployments::list))
        .routes(routes!(deployments::show))
        .routes(routes!(deployments::cancel))
        .routes(routes!(deployments::retry))
        .routes(routes!(deployments::resume))
        .routes(routes!(deployments::rollback))
        .routes(routes!(deployments::approve))
        .routes(routes!(plan::show))
        .routes(routes!(scan::show, scan::approve))
        .routes(routes!(scan::compare))
        .routes(routes!(events::log))
        .routes(routes!(events::stream))
        .routes(routes!(members::list, members::set))
        .routes(routes!(members::remove))
        .routes(routes!(environments::list))
        .routes(routes!(environments::set, environments::remove))
        .routes(routes!(credentials::list, credentials::set))
        .routes(routes!(credentials::remove))
        .routes(routes!(schedules::list, schedules::create))
        .routes(routes!(schedules::change, schedules::remove))
        .routes(routes!(packages::build))
        .routes(routes!(packages::list))
        .routes(routes!(packages::of_deployment))
        .routes(routes!(packages::download))
        .routes(routes!(platforms::list))
        .routes(routes!(platforms::show))
        .routes(routes!(platforms::check))
        // Archives have a limit of their own, kept where they are taken.
        .merge(OpenApiRouter::new().routes(routes!(source::upload)).layer(DefaultBodyLimit::disable()))
        .merge(telemetry::routes())
        .merge(webhooks::of_project::routes())
        .merge(webhooks::of_instance::routes())
        .merge(inbox::routes())
        .merge(account::routes())
        .merge(api_keys::routes())
        .merge(devices::routes())
        .merge(users::routes())
        .merge(settings::routes())
        .merge(audit::routes())
}

/// The OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    split().1
}

/// The API's routes and its document.
fn split() -> (Router<App>, utoipa::openapi::OpenApi) {
    let (routes, mut document) = api().split_for_parts();
    openapi::name_operations(&mut document);
    (routes, document)
}

/// The OpenAPI document as it is served.
pub fn description() -> serde_json::Value {
    openapi::json(&document())
}

/// The whole server as one service.
pub fn router(app: &App) -> Router {
    let (api, document) = split();
    let text = bytes::Bytes::from(openapi::json(&document).to_string());
    let api = api
        .route("/openapi.json", get(|| async move { ([(header::CONTENT_TYPE, "application/json")], text) }))
        .route("/assets/{file}", get(pages::assets::serve))
        .route("/metrics", get(metrics::show))
        .route_layer(axum::middleware::from_fn(metrics::name_route))
        .fallback(nothing)
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(app.clone());
    let pages = pages::router(app, api.clone());
    Router::new()
        .fallback(move |request: Request| {
            let face = if wants_html(request.headers()) { pages.clone() } else { api.clone() };
            face.oneshot(request)
        })
        .layer(axum::middleware::from_fn_with_state(app.clone(), access::stand))
        .layer(axum::middleware::from_fn_with_state(app.clone(), door::pass))
        .layer(CatchPanicLayer::custom(broken))
}

/// Browsers ask for HTML by name when a person navigates; scripts and programs do not.
fn wants_html(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepts.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/html"))
}

async fn nothing(request: Request) -> ApiError {
    not_found(format!("page `{}`", shown(request.uri().path(), 200))).into()
}

async fn no_such_method(request: Request) -> ApiError {
    let path = shown(request.uri().path(), 200);
    Problem::new(code::server::METHOD, format!("`{path}` does not take {}.", request.method())).into()
}

#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
fn broken(panic: Box<dyn std::any::Any + Send>) -> Response {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = said.unwrap_or("unknown"), "a handler broke");
    ApiError(Problem::new(code::server::INTERNAL, "Something broke on the server; nothing is known of the outcome."))
        .into_response()
}
