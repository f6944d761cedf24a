//! Git repositories over "smart" http at `/git/<owner>/<name>.git`, for real git clients and for ours.
//!
//! Reading is free; pushing wants the sandbox's token as Basic password, and the repositories of `upstream` that account's own
//! token: they are for proposals. A repository that nobody pushed to is there and
//! empty, so that a rehearsal needs no setting up. `repository.rs` is what a forge emulation puts its pull requests on.

mod answer;
mod pull;
mod push;
mod repository;
mod walk;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::any;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use pak_git::packet;

use super::Shared;
use crate::access;
use answer::Reply;
pub use repository::{Refs, Repository};

/// The server's routes.
pub(super) fn router(shared: &Shared) -> Router {
    Router::new().route("/git/{*path}", any(handle)).with_state(shared.clone())
}

async fn handle(State(shared): State<Shared>, request: Request<Body>) -> Response<Body> {
    route(&shared, request).await.unwrap_or_else(|failure| answer::failed(&failure))
}

async fn route(shared: &Shared, request: Request<Body>) -> Reply {
    let path = request.uri().path().to_owned();
    let Some((name, place)) = path.strip_prefix("/git/").and_then(place) else { return Ok(answer::unknown()) };
    let Some(repository) = Repository::open(&shared.store, name) else { return Ok(answer::unknown()) };
    let service = request.uri().query().and_then(|query| query.strip_prefix("service="));
    let pushes = place == "git-receive-pack" || (place == "info/refs" && service == Some("git-receive-pack"));
    let owner = name.rsplit_once('/').map_or("", |(owner, _)| owner);
    match access::shown(request.headers()).map(|shown| access::user(&shown, &shared.token)) {
        None if !pushes => {}
        Some(Some(user)) if !pushes || access::may_push(user, owner) => {}
        Some(Some(_)) => return Ok(answer::plain(StatusCode::FORBIDDEN, "This account may not push here.")),
        _ => return Ok(answer::unauthorized()),
    }
    match (request.method(), place, service) {
        (&Method::GET, "info/refs", Some("git-upload-pack")) => {
            let greeting = pull::greeting(speaks_v2(request.headers()));
            Ok(answer::of("application/x-git-upload-pack-advertisement", with_service("git-upload-pack", &greeting)))
        }
        (&Method::GET, "info/refs", Some("git-receive-pack")) => {
            let greeting = push::greeting(&repository.refs()?);
            Ok(answer::of("application/x-git-receive-pack-advertisement", with_service("git-receive-pack", &greeting)))
        }
        (&Method::POST, "git-upload-pack", _) => {
            let question = answer::body(request).await?;
            Ok(answer::of("application/x-git-upload-pack-result", pull::answer(&repository, &question)?))
        }
        (&Method::POST, "git-receive-pack", _) => {
            let question = answer::body(request).await?;
            Ok(answer::of("application/x-git-receive-pack-result", push::answer(&repository, &question).await?))
        }
        (_, "info/refs", None) => {
            Ok(answer::plain(StatusCode::FORBIDDEN, "only clients that speak smart http are served"))
        }
        _ => Ok(answer::plain(StatusCode::METHOD_NOT_ALLOWED, "no such question")),
    }
}

/// `owner/name.git/info/refs`, cut before what is asked. The ending may be left out.
fn place(path: &str) -> Option<(&str, &'static str)> {
    ["info/refs", "git-upload-pack", "git-receive-pack"].into_iter().find_map(|place| {
        let name = path.strip_suffix(place)?.strip_suffix('/')?;
        Some((name, place))
    })
}

fn speaks_v2(headers: &HeaderMap) -> bool {
    let asked = headers.get("git-protocol").and_then(|value| value.to_str().ok()).unwrap_or_default();
    asked.split(':').any(|word| word == "version=2")
}

fn with_service(service: &str, greeting: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    packet::write(&mut out, format!("# service={service}\n"));
    out.extend_from_slice(packet::FLUSH);
    out.extend_from_slice(greeting);
    out
}
