//! A cargo registry below `/cargo/`: a sparse index and the web API, with the refusals and the words of crates.io.
//!
//! Real cargo publishes to it, yanks, and builds from it. Dependencies on crates that it does not hold are told as ones on
//! crates.io, so that a rehearsed crate can be built by whoever reaches that.

mod answer;
mod crates;
mod publish;
mod trust;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use http::{HeaderMap, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::access::{self, Access, USER};
use crate::registries::{Address, Shared};
use answer::{Answer, Refusal, say};
use crates::Crate;

/// The categories that the sandbox knows: a choice of the public list, enough to rehearse with.
const CATEGORIES: &[&str] = &[
    "algorithms",
    "api-bindings",
    "asynchronous",
    "command-line-interface",
    "command-line-utilities",
    "concurrency",
    "config",
    "cryptography",
    "data-structures",
    "database",
    "development-tools",
    "development-tools::build-utils",
    "development-tools::cargo-plugins",
    "development-tools::testing",
    "encoding",
    "filesystem",
    "games",
    "graphics",
    "gui",
    "mathematics",
    "network-programming",
    "no-std",
    "parser-implementations",
    "parsing",
    "rust-patterns",
    "science",
    "text-processing",
    "wasm",
    "web-programming",
    "web-programming::http-client",
    "web-programming::http-server",
];

/// The routes.
pub(super) fn router(shared: &Shared) -> Router {
    let api = Router::new()
        .route("/me", get(me))
        .route("/category_slugs", get(category_slugs))
        .route("/crates", get(search))
        .route("/crates/new", put(publish::publish))
        .route("/crates/{name}", get(about))
        .route("/crates/{name}/downloads", get(downloads))
        .route("/crates/{name}/owners", get(owners))
        .route("/crates/{name}/{version}/download", get(download))
        .route("/crates/{name}/{version}/yank", delete(yank))
        .route("/crates/{name}/{version}/unyank", put(unyank))
        .route("/trusted_publishing/tokens", post(trust::exchange).delete(trust::revoke));
    Router::new()
        .route("/cargo/index/config.json", get(config))
        .route("/cargo/index/{*path}", get(index))
        .nest("/cargo/api/v1", api)
        .with_state(shared.clone())
}

/// The address of an index file or a `.crate` that is not held.
pub(super) fn elsewhere<'a>(shared: &Shared, path: &'a str) -> Option<Address<'a>> {
    let is_held = |name: &str| shared.store.has(&Crate::document(name));
    let parts: Vec<&str> = path.split('/').collect();
    let (name, address) = match parts[..] {
        ["index", "config.json"] => return None,
        ["index", .., name] => (name, Address::Below(path.strip_prefix("index/")?)),
        ["api", "v1", "crates", name, version, "download"] => (name, Address::Crate { name, version }),
        _ => return None,
    };
    (!is_held(name)).then_some(address)
}

/// Lets pass who may write; crates.io answers everyone else 403, never 401.
fn may_write(shared: &Shared, headers: &HeaderMap) -> Result<(), Refusal> {
    match access::check(headers, &shared.token) {
        Access::Owner => Ok(()),
        Access::Anonymous => Err(Refusal::forbidden("this action requires authentication")),
        Access::Wrong if trust::is_valid(shared, headers) => Ok(()),
        Access::Wrong => Err(Refusal::forbidden("authentication failed")),
    }
}

async fn config(State(shared): State<Shared>) -> Response<Body> {
    let base = format!("{}/cargo", shared.base);
    say(&json!({"dl": format!("{base}/api/v1/crates"), "api": base, "emulates-public": true}))
}

async fn index(State(shared): State<Shared>, Path(path): Path<String>, headers: HeaderMap) -> Answer {
    let name = path.rsplit('/').next().unwrap_or_default();
    let found = Crate::load(&shared, name)?.filter(|found| found.index_path() == path);
    let text =
        found.map(|found| found.index(&shared)).filter(|text| !text.is_empty()).ok_or_else(Refusal::not_found)?;
    Ok(answer::with_tag(text, &headers))
}

async fn me(State(shared): State<Shared>, headers: HeaderMap) -> Answer {
    if trust::is_valid(&shared, &headers) {
        return Err(Refusal::forbidden("this token does not have the required permissions to perform this action"));
    }
    may_write(&shared, &headers)?;
    Ok(say(&json!({"user": {"id": 1, "login": USER, "name": USER}})))
}

async fn category_slugs() -> Json<Value> {
    let slugs: Vec<Value> =
        CATEGORIES.iter().map(|slug| json!({"id": slug, "slug": slug, "description": ""})).collect();
    Json(json!({"category_slugs": slugs}))
}

async fn search(
    State(shared): State<Shared>,
    Query(query): Query<std::collections::BTreeMap<String, String>>,
) -> Answer {
    let wanted = query.get("q").map(|text| text.to_lowercase()).unwrap_or_default();
    let all = Crate::all(&shared)?;
    let found: Vec<Value> = all
        .iter()
        .filter(|found| found.name().to_lowercase().contains(&wanted))
        .map(|found| found.about(&shared))
        .collect();
    Ok(say(&json!({"meta": {"total": found.len()}, "crates": found})))
}

async fn about(State(shared): State<Shared>, Path(name): Path<String>) -> Answer {
    let found = known(&shared, &name)?;
    Ok(say(&json!({"crate": found.about(&shared), "versions": found.versions(&shared)})))
}

/// The sandbox counts nothing.
async fn downloads(State(shared): State<Shared>, Path(name): Path<String>) -> Answer {
    known(&shared, &name)?;
    Ok(say(&json!({"version_downloads": [], "meta": {"extra_downloads": []}})))
}

async fn owners(State(shared): State<Shared>, Path(name): Path<String>) -> Answer {
    known(&shared, &name)?;
    Ok(say(&json!({"users": [{"id": 1, "login": USER, "name": USER, "kind": "user"}]})))
}

async fn download(State(shared): State<Shared>, Path((name, version)): Path<(String, String)>) -> Answer {
    let found = known(&shared, &name)?;
    let bytes: Bytes = shared.store.read(&found.file(&version))?.ok_or_else(Refusal::not_found)?.into();
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/gzip"));
    Ok(response)
}

async fn yank(state: State<Shared>, path: Path<(String, String)>, headers: HeaderMap) -> Answer {
    set_yanked(state, path, &headers, true).await
}

async fn unyank(state: State<Shared>, path: Path<(String, String)>, headers: HeaderMap) -> Answer {
    set_yanked(state, path, &headers, false).await
}

async fn set_yanked(
    State(shared): State<Shared>,
    Path((name, version)): Path<(String, String)>,
    headers: &HeaderMap,
    yanked: bool,
) -> Answer {
    may_write(&shared, headers)?;
    let _held = shared.store.lock(&Crate::key(&name)).await;
    let mut found = known(&shared, &name)?;
    if !found.set_yanked(&version, yanked) {
        return Err(Refusal::new(StatusCode::NOT_FOUND, format!("crate `{name}` does not have a version `{version}`")));
    }
    found.save(&shared)?;
    Ok(say(&json!({"ok": true})))
}

fn known(shared: &Shared, name: &str) -> Result<Crate, Refusal> {
    Crate::load(shared, name)?
        .ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, format!("crate `{name}` does not exist")))
}
