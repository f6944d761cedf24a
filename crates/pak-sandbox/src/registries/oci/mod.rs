//! A container registry (OCI distribution protocol) at `/v2/`, where its clients insist on finding it.
//!
//! Reading is free and writing wants the sandbox's token as Basic password or Bearer token. Repositories below `bearer/` want a
//! token of `/v2-token` for both, as Docker Hub and GHCR do, so that this way of signing in is rehearsed too.

mod answer;
mod blobs;
mod manifests;
mod tokens;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::{any, get};
use http::{HeaderMap, Method, Request, Response, StatusCode, header};

use super::Shared;
use crate::access::{self, Access};
use answer::{Refusal, Reply};

/// Where a request goes inside a repository.
enum Place<'a> {
    Blob(&'a str),
    Uploads,
    Upload(&'a str),
    Manifest(&'a str),
    Tags,
    Referrers(&'a str),
}

/// The registry's routes.
pub(super) fn router(shared: &Shared) -> Router {
    Router::new()
        .route("/v2", any(root))
        .route("/v2/", any(root))
        .route("/v2/{*path}", any(inside))
        .route("/v2-token", get(tokens::issue).post(tokens::refresh))
        .with_state(shared.clone())
}

/// Clients learn here how to sign in; the answer must be a challenge, or they never show a password.
async fn root(State(shared): State<Shared>, headers: HeaderMap) -> Response<Body> {
    match access::check(&headers, &shared.token) {
        Access::Owner => answer::document_response(StatusCode::OK, &serde_json::json!({})),
        _ if tokens::bearer(&headers).is_some_and(|token| tokens::read(&shared, token).is_some()) => {
            answer::document_response(StatusCode::OK, &serde_json::json!({}))
        }
        _ => Refusal::unauthorized(BASIC).into(),
    }
}

const BASIC: &str = "Basic realm=\"sandbox\"";

async fn inside(State(shared): State<Shared>, request: Request<Body>) -> Response<Body> {
    handle(&shared, request).await.unwrap_or_else(Into::into)
}

async fn handle(shared: &Shared, request: Request<Body>) -> Reply {
    let path = request.uri().path().replace("%3A", ":").replace("%3a", ":");
    let Some((name, place)) = path.strip_prefix("/v2/").and_then(place) else {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", "no such address"));
    };
    if !is_name(name) {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "NAME_INVALID", "invalid repository name").about(name));
    }
    allow(shared, name, request.method(), request.headers())?;
    match (place, request.method()) {
        (Place::Blob(digest), &Method::GET | &Method::HEAD) => blobs::serve(shared, name, digest, request).await,
        (Place::Blob(digest), &Method::DELETE) => blobs::delete(shared, name, digest),
        (Place::Uploads, &Method::POST) => blobs::open(shared, name, request).await,
        (Place::Upload(id), &Method::PATCH) => blobs::append(shared, name, id, request).await,
        (Place::Upload(id), &Method::PUT) => blobs::close(shared, name, id, request).await,
        (Place::Upload(id), &Method::GET) => blobs::progress(shared, name, id),
        (Place::Upload(id), &Method::DELETE) => blobs::abort(shared, id),
        (Place::Manifest(reference), &Method::GET | &Method::HEAD) => {
            manifests::serve(shared, name, reference, request.method())
        }
        (Place::Manifest(reference), &Method::PUT) => manifests::put(shared, name, reference, request).await,
        (Place::Manifest(reference), &Method::DELETE) => manifests::delete(shared, name, reference).await,
        (Place::Tags, &Method::GET) => manifests::tags(shared, name, request.uri().query()),
        (Place::Referrers(digest), &Method::GET) => manifests::referrers(shared, name, digest),
        _ => Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", "the operation is unsupported")),
    }
}

/// Repository names contain slashes, so the path is read from its end.
fn place(path: &str) -> Option<(&str, Place<'_>)> {
    if let Some(name) = path.strip_suffix("/tags/list") {
        return Some((name, Place::Tags));
    }
    if let Some(name) = path.strip_suffix("/blobs/uploads/").or_else(|| path.strip_suffix("/blobs/uploads")) {
        return Some((name, Place::Uploads));
    }
    let (front, last) = path.rsplit_once('/')?;
    if let Some(name) = front.strip_suffix("/blobs/uploads") {
        return Some((name, Place::Upload(last)));
    }
    let (name, kind) = front.rsplit_once('/')?;
    let place = match kind {
        "blobs" => Place::Blob(last),
        "manifests" => Place::Manifest(last),
        "referrers" => Place::Referrers(last),
        _ => return None,
    };
    Some((name, place))
}

fn allow(shared: &Shared, name: &str, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    if name.starts_with(tokens::BEARER_ONLY) {
        return tokens::allow(shared, name, method, headers);
    }
    if reads || access::check(headers, &shared.token) == Access::Owner {
        return Ok(());
    }
    Err(Refusal::unauthorized(BASIC))
}

/// The specification's grammar; it also keeps names storable.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let part = |part: &str| {
        part.starts_with(plain)
            && part.ends_with(plain)
            && part
                .split(plain)
                .all(|between| matches!(between, "" | "." | "_" | "__") || between.chars().all(|c| c == '-'))
    };
    name.len() <= 255 && name.split('/').all(part)
}

/// The hex of a `sha256:…` digest, the only algorithm stored.
fn hex_of(digest: &str) -> Result<&str, Refusal> {
    digest
        .strip_prefix("sha256:")
        .filter(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
        .ok_or_else(|| Refusal::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", "not a sha256 digest").about(digest))
}

/// One value of a query.
fn query(text: Option<&str>, name: &str) -> Option<String> {
    let pairs = url::form_urlencoded::parse(text.unwrap_or_default().as_bytes());
    pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Keys of the store. Parts that begin with `_` cannot be parts of a repository's name.
fn blob_key(hex: &str) -> String {
    format!("oci/blobs/{hex}")
}

fn link_key(name: &str, hex: &str) -> String {
    format!("oci/repositories/{name}/_blobs/{hex}")
}

fn manifest_key(name: &str, hex: &str) -> String {
    format!("oci/repositories/{name}/_manifests/{hex}")
}

fn tag_key(name: &str, tag: &str) -> String {
    format!("oci/repositories/{name}/_tags/{tag}")
}
