//! The Python package index below `/pypi/`: simple pages, downloads, the upload form, JSON, trusted publishing.

mod archive;
mod form;
mod pages;
mod project;
mod upload;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, Request, Response, StatusCode, header};
use pak_model::python::{is_name, normalized_name};
use serde_json::{Value, json};

use crate::registries::{Address, Shared};
use crate::{identity, transfer};
use project::Project;

/// What identity tokens must be issued for.
const AUDIENCE: &str = "pypi";

/// The routes.
pub(super) fn router(shared: &Shared) -> Router {
    Router::new()
        .route("/pypi/simple/", get(pages::list))
        .route("/pypi/simple/{name}/", get(pages::project))
        .route("/pypi/simple/{name}", get(with_slash))
        .route("/pypi/files/{name}/{file}", get(download))
        .route("/pypi/legacy/", post(publish))
        .route("/pypi/pypi/{name}/json", get(project_json))
        .route("/pypi/pypi/{name}/{version}/json", get(version_json))
        .route("/pypi/integrity/{name}/{version}/{file}/provenance", get(provenance))
        .route("/pypi/_/oidc/audience", get(|| async { Json(json!({"audience": AUDIENCE})) }))
        .route("/pypi/_/oidc/mint-token", post(mint))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(shared.clone())
}

/// A refusal: its status and the sentence that the public index puts into the status line.
#[derive(Debug)]
struct Refusal(StatusCode, String);

impl Refusal {
    fn bad(text: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, text.into())
    }

    fn not_found() -> Self {
        Self(StatusCode::NOT_FOUND, "Not Found".to_owned())
    }

    /// As the public index answers: JSON to those who ask for it, a page to others, the sentence as reason phrase to all.
    fn answer(self, headers: &HeaderMap) -> Response<Body> {
        let Self(status, text) = self;
        let line = format!("{} {text}", status.as_u16());
        let wants_json = headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.contains("application/json"));
        let mut response = if wants_json {
            (status, Json(json!({"message": text, "code": line, "title": status.canonical_reason()}))).into_response()
        } else {
            let shown = pages::escaped(&line);
            let page = format!(
                "<html>\n <head>\n  <title>{shown}</title>\n </head>\n <body>\n  <h1>{shown}</h1>\n </body>\n</html>"
            );
            (status, axum::response::Html(page)).into_response()
        };
        if let Ok(reason) = hyper::ext::ReasonPhrase::try_from(text.into_bytes()) {
            response.extensions_mut().insert(reason);
        }
        response
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

async fn publish(State(shared): State<Shared>, request: Request<Body>) -> Response<Body> {
    let headers = request.headers().clone();
    match upload::take(&shared, request).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(refusal) => refusal.answer(&headers),
    }
}

async fn download(
    State(shared): State<Shared>,
    Path((name, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    match shared.store.path(&project::file_key(&name, &file)) {
        Ok(path) if path.is_file() => transfer::serve(&path, "application/octet-stream").await,
        _ => Refusal::not_found().answer(&headers),
    }
}

async fn provenance(
    State(shared): State<Shared>,
    Path((name, _, file)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    match shared.store.path(&project::provenance_key(&normalized_name(&name), &file)) {
        Ok(path) if path.is_file() => transfer::serve(&path, "application/vnd.pypi.integrity.v1+json").await,
        _ => Refusal::not_found().answer(&headers),
    }
}

async fn project_json(State(shared): State<Shared>, Path(name): Path<String>) -> Response<Body> {
    pages::json(&shared, &name, None)
}

async fn version_json(State(shared): State<Shared>, Path((name, version)): Path<(String, String)>) -> Response<Body> {
    pages::json(&shared, &name, Some(version))
}

async fn with_slash(Path(name): Path<String>) -> Response<Body> {
    axum::response::Redirect::permanent(&format!("/pypi/simple/{}/", normalized_name(&name))).into_response()
}

/// The address of a project's page that is not held. Files are where the page says they are.
pub(super) fn elsewhere<'a>(shared: &Shared, path: &'a str) -> Option<Address<'a>> {
    let below = path.strip_prefix("simple/")?;
    let name = below.trim_end_matches('/');
    let is_page = !name.is_empty() && !name.contains('/');
    (is_page && !shared.store.has(&project::key(&normalized_name(name)))).then_some(Address::Below(below))
}

/// The project's document, by whatever spelling of its name.
fn find(shared: &Shared, name: &str) -> Result<Project, Refusal> {
    if !is_name(name) {
        return Err(Refusal::not_found());
    }
    Project::load(shared, &normalized_name(name))?.ok_or_else(Refusal::not_found)
}

/// Trusted publishing: an identity token of the sandbox's own issuer, good once, for the sandbox's token.
async fn mint(State(shared): State<Shared>, Json(body): Json<Value>) -> Response<Body> {
    let refused = |code: &str, description: &str| {
        let errors = json!([{"code": code, "description": description}]);
        (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"message": "Token request failed", "errors": errors})))
            .into_response()
    };
    let Some(token) = body.get("token").and_then(Value::as_str) else {
        return refused("invalid-payload", "token: field required");
    };
    if identity::accept(&shared.token, AUDIENCE, token).is_none() {
        return refused("invalid-token", "malformed JWT, or not issued for this audience");
    }
    let digest = pak_model::Digests::of(token.as_bytes()).sha256.unwrap_or_default();
    let key = format!("pypi/identities/{digest}");
    let _guard = shared.store.lock(&key).await;
    if shared.store.has(&key) {
        return refused("invalid-reuse-token", "invalid token: already used");
    }
    if let Err(error) = shared.store.write(&key, b"") {
        return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response();
    }
    let expires = jiff::Timestamp::now().as_second() + 900;
    Json(json!({"success": true, "token": shared.token, "expires": expires})).into_response()
}
