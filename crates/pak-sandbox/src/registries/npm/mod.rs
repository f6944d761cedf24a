//! The npm registry protocol below `/npm/`, as far as npm's own client and our driver use it: this file maps requests to answers.

mod body;
mod changes;
mod document;
mod publish;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::routing::any;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::access::{self, Access};
use crate::registries::{Address, Shared};
use crate::{identity, transfer};
use document::Document;

/// The routes. Names hold an escaped slash (`@scope%2fname`), so everything is taken apart by hand.
pub(super) fn router(shared: &Shared) -> Router {
    Router::new().route("/npm/", any(answer)).route("/npm/{*path}", any(answer)).with_state(shared.clone())
}

/// The address of a document or tarball whose package is not held. Names that could not be published today are still read.
pub(super) fn elsewhere<'a>(shared: &Shared, path: &'a str) -> Option<Address<'a>> {
    let plain = decoded(path);
    let segments: Vec<&str> = plain.split('/').filter(|part| !part.is_empty()).collect();
    let name = match segments[..] {
        ["-", ..] | [] => return None,
        [scope, name, ..] if scope.starts_with('@') => format!("{scope}/{name}"),
        [name, ..] => name.to_owned(),
    };
    (!shared.store.has(&document::key(&name))).then_some(Address::Below(path))
}

/// A refusal: its status and the sentence clients show.
#[derive(Debug)]
struct Refusal(StatusCode, String);

impl Refusal {
    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self(status, text.into())
    }

    fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found")
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        let bad = matches!(error.kind(), InvalidInput | InvalidData | UnexpectedEof);
        Self(if bad { StatusCode::BAD_REQUEST } else { StatusCode::INTERNAL_SERVER_ERROR }, error.to_string())
    }
}

type Answer = Result<Response<Body>, Refusal>;

async fn answer(State(shared): State<Shared>, request: Request<Body>) -> Response<Body> {
    match route(&shared, request).await {
        Ok(response) => response,
        Err(Refusal(status, text)) => say(status, &json!({"error": text})),
    }
}

/// An answer in JSON.
fn say(status: StatusCode, value: &Value) -> Response<Body> {
    (status, axum::Json(value)).into_response()
}

async fn route(shared: &Shared, request: Request<Body>) -> Answer {
    let path = decoded(request.uri().path().trim_start_matches("/npm"));
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let method = request.method().clone();
    match segments.split_first() {
        None => Ok(say(StatusCode::OK, &json!({}))),
        Some((&"-", rest)) => service(shared, &method, rest, request).await,
        Some(_) => {
            let is_read = matches!(method, Method::GET | Method::HEAD);
            // A name that cannot be is simply not there for readers.
            let (name, rest) = name_of(&segments).map_err(|bad| if is_read { Refusal::not_found() } else { bad })?;
            package(shared, &method, &name, &rest, request).await
        }
    }
}

/// Routes of the registry itself.
async fn service(shared: &Shared, method: &Method, path: &[&str], request: Request<Body>) -> Answer {
    match (method.as_str(), path) {
        ("GET", ["ping"]) => Ok(say(StatusCode::OK, &json!({}))),
        ("GET", ["whoami"]) => {
            allow(shared, request.headers())?;
            Ok(say(StatusCode::OK, &json!({"username": access::USER})))
        }
        ("GET", ["package", rest @ ..]) if rest.last() == Some(&"dist-tags") => {
            let (name, _) = name_of(rest)?;
            let shown = Document::load(shared, &name)?.ok_or_else(Refusal::not_found)?.shown(shared);
            Ok(say(StatusCode::OK, &shown["dist-tags"]))
        }
        ("PUT" | "POST" | "DELETE", ["package", rest @ ..]) => {
            allow(shared, request.headers())?;
            let (name, rest) = name_of(rest)?;
            match rest.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["dist-tags", tag] if method == Method::DELETE => changes::remove_tag(shared, &name, tag).await,
                ["dist-tags", tag] => changes::set_tag(shared, &name, tag, request.into_body()).await,
                _ => Err(Refusal::not_found()),
            }
        }
        ("GET", ["npm", "v1", "attestations", rest @ ..]) => attestations(shared, rest),
        ("POST", ["npm", "v1", "oidc", "token", "exchange", "package", rest @ ..]) => {
            let (name, _) = name_of(rest)?;
            exchange(shared, &name, request.headers())
        }
        _ => Err(Refusal::not_found()),
    }
}

/// Routes of one package.
async fn package(shared: &Shared, method: &Method, name: &str, path: &[String], request: Request<Body>) -> Answer {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match (method.as_str(), &path[..]) {
        ("GET" | "HEAD", ["-", .., file]) if document::is_tarball(file) => tarball(shared, name, file).await,
        ("GET" | "HEAD", []) => {
            let document = Document::load(shared, name)?.ok_or_else(Refusal::not_found)?;
            let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
            let short = accept.contains("application/vnd.npm.install-v1+json");
            let shown = if short { document.shortened(shared) } else { document.shown(shared) };
            let mut response = say(StatusCode::OK, &shown);
            if short {
                let kind = http::HeaderValue::from_static("application/vnd.npm.install-v1+json");
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
            }
            Ok(response)
        }
        ("GET", [version]) => {
            let shown = Document::load(shared, name)?.ok_or_else(Refusal::not_found)?.shown(shared);
            let version = shown["dist-tags"][version].as_str().unwrap_or(version);
            let found = shown["versions"].get(version);
            found
                .map(|document| say(StatusCode::OK, document))
                .ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, format!("version not found: {name}@{version}")))
        }
        ("PUT", []) => {
            allow(shared, request.headers())?;
            publish::publish(shared, name, request.into_body()).await
        }
        ("PUT", ["-rev", revision]) => {
            allow(shared, request.headers())?;
            changes::replace(shared, name, revision, request.into_body()).await
        }
        ("DELETE", ["-rev", revision]) => {
            allow(shared, request.headers())?;
            changes::remove_package(shared, name, revision).await
        }
        ("DELETE", ["-", .., file, "-rev", revision]) => {
            allow(shared, request.headers())?;
            changes::remove_tarball(shared, name, file, revision).await
        }
        _ => Err(Refusal::not_found()),
    }
}

async fn tarball(shared: &Shared, name: &str, file: &str) -> Answer {
    let path = shared.store.path(&document::tarball_key(name, file))?;
    if !path.is_file() {
        return Err(Refusal::not_found());
    }
    Ok(transfer::serve(&path, "application/octet-stream").await)
}

/// The attestations of `name@version`.
fn attestations(shared: &Shared, path: &[&str]) -> Answer {
    let path = path.join("/");
    let (name, version) = path.rsplit_once('@').ok_or_else(Refusal::not_found)?;
    let kept = shared.store.read(&document::attestation_key(name, version))?.ok_or_else(Refusal::not_found)?;
    let bundle: Value = serde_json::from_slice(&kept).map_err(std::io::Error::from)?;
    let document = Document::load(shared, name)?.ok_or_else(Refusal::not_found)?;
    let kind = &document.value["versions"][version]["dist"]["attestations"]["provenance"]["predicateType"];
    Ok(say(StatusCode::OK, &json!({"attestations": [{"predicateType": kind, "bundle": bundle}]})))
}

/// Writing wants the sandbox's token.
fn allow(shared: &Shared, headers: &HeaderMap) -> Result<(), Refusal> {
    match access::check(headers, &shared.token) {
        Access::Owner => Ok(()),
        Access::Anonymous => Err(Refusal::new(StatusCode::UNAUTHORIZED, "You must be logged in to do this.")),
        Access::Wrong => Err(Refusal::new(StatusCode::UNAUTHORIZED, "Unable to authenticate: the token is not valid.")),
    }
}

/// Trusted publishing: an identity token of the sandbox's own issuer against a publishing token. As in the public
/// registry, only for packages that exist.
fn exchange(shared: &Shared, name: &str, headers: &HeaderMap) -> Answer {
    let identity = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    if identity::accept(&shared.token, "npm:127.0.0.1", identity).is_none() {
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "The identity token is not accepted."));
    }
    if Document::load(shared, name)?.is_none() {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "No trusted publisher is set up for this package."));
    }
    Ok(say(StatusCode::CREATED, &json!({"token": shared.token})))
}

/// The package name at the front of a path (one part, or two with a scope) and what follows.
fn name_of(segments: &[&str]) -> Result<(String, Vec<String>), Refusal> {
    let length = if segments.first().is_some_and(|first| first.starts_with('@')) { 2 } else { 1 };
    let (Some(name), Some(rest)) = (segments.get(..length), segments.get(length..)) else {
        return Err(Refusal::not_found());
    };
    let name = name.join("/");
    if !is_name(&name) {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, format!("invalid package name: {name}")));
    }
    Ok((name, rest.iter().map(|part| (*part).to_owned()).collect()))
}

/// The registry's rule for new names.
fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '_'])
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c))
    };
    let bare = name.strip_prefix('@').and_then(|scoped| scoped.split_once('/'));
    let shape = match bare {
        Some((scope, name)) => part(scope) && part(name),
        None => part(name),
    };
    shape && name.len() <= 214 && !matches!(name, "node_modules" | "favicon.ico")
}

fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                digit(high).zip(digit(low)).and_then(|(high, low)| u8::try_from(high * 16 + low).ok())
            }
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { rest.get(3..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_escaped_or_not() {
        for path in ["/@a%2fb/-/b-1.0.0.tgz", "/@a%2Fb/-/b-1.0.0.tgz", "/@a/b/-/b-1.0.0.tgz"] {
            let path = decoded(path);
            let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
            let (name, rest) = name_of(&segments).unwrap();
            assert_eq!((name.as_str(), rest.len()), ("@a/b", 2));
        }
        assert!(name_of(&["..", "x"]).is_err());
        assert!(name_of(&["@a"]).is_err());
        assert!(name_of(&["Upper"]).is_err());
    }
}
