//! A Maven repository below `/maven/`, for releases and snapshots: PUT, GET, HEAD and DELETE of files in Maven's layout.
//!
//! As strict as repository managers are: files are never replaced, only the lists of versions and their checksums are, and a
//! checksum that does not go with its file is refused.

use std::io;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode};

use super::files::{delete, failed, is_visible, may_write, there};
use crate::registries::{Address, Shared};
use crate::transfer;

const METADATA: &str = "maven-metadata.xml";
/// No checksum is longer, with a file name behind it.
const LONGEST_CHECKSUM: u64 = 4096;

/// The routes.
pub(super) fn router(shared: &Shared) -> Router {
    Router::new()
        .route("/maven/{*path}", get(read).put(write).delete(remove))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(shared.clone())
}

async fn read(State(shared): State<Shared>, Path(path): Path<String>) -> Response {
    let media_type = match path.rsplit_once('.') {
        Some((_, "pom" | "xml")) => "application/xml",
        Some((_, "md5" | "sha1" | "sha256" | "sha512" | "asc")) => "text/plain",
        _ => "application/octet-stream",
    };
    match shared.store.path(&key(&path)) {
        // Lists are rewritten all the time: they show at once, what they name may not.
        Ok(file) if is_list(&path) || is_visible(&shared, &key(&path)) => transfer::serve(&file, media_type).await,
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn write(State(shared): State<Shared>, Path(path): Path<String>, headers: HeaderMap, body: Body) -> Response {
    if let Err(refused) = may_write(&shared, &headers) {
        return refused;
    }
    if !is_in_layout(&path) {
        return (StatusCode::BAD_REQUEST, format!("{path} is not in Maven's layout")).into_response();
    }
    let taken = take(&shared, &path, body).await;
    taken.map_or_else(|error| failed(&error), IntoResponse::into_response)
}

async fn take(shared: &Shared, path: &str, body: Body) -> io::Result<(StatusCode, String)> {
    let said = |status, text: String| Ok((status, text));
    let spooled = match transfer::spool(&shared.store, body).await {
        Ok(spooled) => spooled,
        Err(error) => return said(StatusCode::BAD_REQUEST, error.to_string()),
    };
    let key = key(path);
    let _guard = shared.store.lock(&key).await;
    if let Some((file, algorithm)) = checksum_of(path) {
        if !is_checksum(shared, file, algorithm, &spooled)? {
            return said(StatusCode::BAD_REQUEST, format!("hash mismatch: {file} has another {algorithm}"));
        }
    } else if !is_list(path)
        && let Some(there) = there(shared, &key)?
    {
        return if there == spooled.digests {
            said(StatusCode::OK, String::new())
        } else {
            said(StatusCode::CONFLICT, format!("{path} is there already and is never replaced"))
        };
    }
    let replaced = shared.store.has(&key);
    shared.store.keep(spooled.file, &key)?;
    said(if replaced { StatusCode::NO_CONTENT } else { StatusCode::CREATED }, String::new())
}

/// A file belongs into `group/artifact/version/`, a list there or one higher.
fn is_in_layout(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    if is_list(path) {
        return parts.len() >= 3;
    }
    let [_, .., artifact, version, name] = parts.as_slice() else { return false };
    // Builds of a snapshot are named by their time and number.
    let base = version.strip_suffix("SNAPSHOT").unwrap_or(version);
    name.starts_with(&format!("{artifact}-{base}"))
}

/// Whether this is a list of versions, or one of its checksums.
fn is_list(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with(METADATA))
}

/// The file that a checksum file is of, and the algorithm.
fn checksum_of(path: &str) -> Option<(&str, &str)> {
    path.rsplit_once('.').filter(|(_, algorithm)| matches!(*algorithm, "md5" | "sha1" | "sha256" | "sha512"))
}

/// Whether a checksum goes with its file; what is not there yet goes with everything.
fn is_checksum(shared: &Shared, file: &str, algorithm: &str, sent: &transfer::Spooled) -> io::Result<bool> {
    let Some(digests) = there(shared, &key(file))? else { return Ok(true) };
    let expected = match algorithm {
        "md5" => digests.md5,
        "sha1" => digests.sha1,
        "sha256" => digests.sha256,
        _ => digests.sha512,
    };
    if sent.length > LONGEST_CHECKSUM {
        return Ok(false);
    }
    let text = std::fs::read(sent.file.path())?;
    Ok(String::from_utf8_lossy(&text).split_whitespace().next() == expected.as_deref())
}

async fn remove(State(shared): State<Shared>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    delete(&shared, &key(&path), &headers).await
}

/// What is below the root and not held is asked for elsewhere, where rehearsals need it: plugins' and dependencies' files.
/// A component that is held at all is held whole.
pub(super) fn elsewhere<'a>(shared: &Shared, path: &'a str) -> Option<Address<'a>> {
    let folder = path.rsplit_once('/').map(|(folder, _)| folder)?;
    let is_held = |folder: &str| shared.store.list(&key(folder)).is_ok_and(|names| !names.is_empty());
    let of_component = folder.rsplit_once('/').map_or(folder, |(component, _)| component);
    (!is_held(folder) && !shared.store.has(&key(&format!("{of_component}/{METADATA}")))).then_some(Address::Below(path))
}

fn key(path: &str) -> String {
    format!("maven/{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mavens_layout_is_taken() {
        for path in [
            "org/example/hello/1.0/hello-1.0.jar",
            "hello/hello/1.0/hello-1.0-sources.jar.sha1",
            "org/example/hello/1.0-SNAPSHOT/hello-1.0-20260101.120000-1.pom",
            "org/example/hello/maven-metadata.xml.md5",
            "org/example/hello/1.0-SNAPSHOT/maven-metadata.xml",
        ] {
            assert!(is_in_layout(path), "{path}");
        }
        for path in [
            "hello.jar",
            "a/hello-1.0.jar",
            "org/hello/1.0/other-1.0.jar",
            "org/hello/1.0/hello-1.1.jar",
            "maven-metadata.xml",
        ] {
            assert!(!is_in_layout(path), "{path}");
        }
    }
}
