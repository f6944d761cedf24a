//! A file server below `/files/`: PUT, GET, HEAD and DELETE of any path. What is there is never replaced, only deleted.

use std::fs::File;
use std::io::{self, Read as _};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use pak_model::{Digests, Hasher};

use crate::access::{self, Access};
use crate::registries::Shared;
use crate::transfer;

/// The routes.
pub(super) fn router(shared: &Shared) -> Router {
    Router::new()
        .route("/files/{*path}", get(read).put(write).delete(remove))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(shared.clone())
}

async fn read(State(shared): State<Shared>, Path(path): Path<String>) -> Response {
    match shared.store.path(&key(&path)) {
        Ok(file) if is_visible(&shared, &key(&path)) => transfer::serve(&file, "application/octet-stream").await,
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn write(State(shared): State<Shared>, Path(path): Path<String>, headers: HeaderMap, body: Body) -> Response {
    if let Err(refused) = may_write(&shared, &headers) {
        return refused;
    }
    let spooled = match transfer::spool(&shared.store, body).await {
        Ok(spooled) => spooled,
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    let key = key(&path);
    let _guard = shared.store.lock(&key).await;
    let kept = match there(&shared, &key) {
        Ok(Some(there)) if there == spooled.digests => return StatusCode::OK.into_response(),
        Ok(Some(_)) => return (StatusCode::CONFLICT, "this file exists already").into_response(),
        Ok(None) => shared.store.keep(spooled.file, &key),
        Err(error) => Err(error),
    };
    kept.map_or_else(|error| failed(&error), |()| StatusCode::CREATED.into_response())
}

/// The digests of what is there.
pub(super) fn there(shared: &Shared, key: &str) -> io::Result<Option<Digests>> {
    let path = shared.store.path(key)?;
    if !path.is_file() {
        return Ok(None);
    }
    let (mut file, mut hasher, mut chunk) = (File::open(path)?, Hasher::new(), vec![0; 128 * 1024]);
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(Some(hasher.finish())),
            length => hasher.update(chunk.get(..length).unwrap_or_default()),
        }
    }
}

async fn remove(State(shared): State<Shared>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    delete(&shared, &key(&path), &headers).await
}

/// Deletes a file of the store for who may.
pub(super) async fn delete(shared: &Shared, key: &str, headers: &HeaderMap) -> Response {
    if let Err(refused) = may_write(shared, headers) {
        return refused;
    }
    let _guard = shared.store.lock(key).await;
    match shared.store.remove(key) {
        Ok(true) => StatusCode::NO_CONTENT.into_response(),
        Ok(false) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failed(&error),
    }
}

/// The refusal of who does not show the sandbox's token.
#[expect(clippy::result_large_err, reason = "the refusal is the answer")]
pub(super) fn may_write(shared: &Shared, headers: &HeaderMap) -> Result<(), Response> {
    if access::check(headers, &shared.token) == Access::Owner {
        return Ok(());
    }
    let mut response = (StatusCode::UNAUTHORIZED, "the sandbox's token is needed").into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"sandbox\""));
    Err(response)
}

/// Whether a file is old enough to be seen.
pub(super) fn is_visible(shared: &Shared, key: &str) -> bool {
    let written = shared.store.path(key).and_then(|file| file.metadata()?.modified());
    let written = written.ok().and_then(|time| jiff::Timestamp::try_from(time).ok());
    written.is_some_and(|time| shared.is_visible(time.as_millisecond()))
}

fn key(path: &str) -> String {
    format!("files/{path}")
}

/// A name that cannot be stored is the asker's mistake.
pub(super) fn failed(error: &io::Error) -> Response {
    let status = match error.kind() {
        io::ErrorKind::InvalidInput => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, error.to_string()).into_response()
}
