//! Pull requests as GitHub, GitLab and Gitea offer them, for the repositories of the embedded git server. One set of
//! repositories and proposals; each forge's API is a way to look at it.
//!
//! The account `sandbox` may push to every repository but those of `upstream`, which it has to fork; `upstream` decides there.

mod git;
mod gitlab;
mod hub;
mod proposals;
mod repositories;

use axum::Router;
use http::{HeaderMap, StatusCode};

use self::proposals::Proposals;
use self::repositories::Repositories;
use super::Shared;
use crate::access;

/// The routes, below `/forge/`.
pub(super) fn router(shared: &Shared) -> Router {
    Router::new()
        .nest("/forge/github/api/v3", hub::router(shared, hub::Kind::GitHub))
        .nest("/forge/gitea/api/v1", hub::router(shared, hub::Kind::Gitea))
        .nest("/forge/gitlab/api", gitlab::router(shared))
}

/// Who asks: `None` for nobody. A wrong token is refused by all forges alike.
fn user(shared: &Shared, headers: &HeaderMap) -> Result<Option<&'static str>, StatusCode> {
    // GitLab's are headers of their own.
    let own = ["private-token", "job-token"].iter().find_map(|name| headers.get(*name)?.to_str().ok());
    let Some(token) = own.map(str::to_owned).or_else(|| access::shown(headers)) else { return Ok(None) };
    access::user(&token, &shared.token).map(Some).ok_or(StatusCode::UNAUTHORIZED)
}

/// Whether an account may push to a repository.
fn may_push(user: Option<&str>, repository: &str) -> bool {
    user.is_some_and(|user| access::may_push(user, owner(repository)))
}

/// Everything before the last `/` of a path.
fn owner(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(owner, _)| owner)
}

/// A path's last part.
fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// A time as the APIs write it.
fn time(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
