//! What stands before every handler: a request from another site's page is turned away, and one too many is told to come later.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::Method;

use super::rate_limit::{Allowance, Subject};
use super::{Arrival, Caller, Identity, caller, presented_key, same_origin};
use crate::error::ApiError;
use crate::state::App;

/// Checks where a request comes from and counts it.
pub(crate) async fn stand(State(app): State<App>, request: Request, next: Next) -> Response {
    // A request with an API key was made by a program: no browser adds one by itself.
    if presented_key(request.headers()).is_none() {
        let base = app.settings.base.origin().ascii_serialization();
        if let Err(problem) = same_origin::check(request.method(), request.headers(), Some(&base)) {
            return ApiError(problem).into_response();
        }
    }
    if app.settings.rate_limit == 0 || is_free(request.uri().path()) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    // A key or cookie that is worth nothing is the handler's to refuse; here it is nobody's.
    let caller = caller::identify(&app, &mut parts).await.ok().flatten();
    let Some(arrival) = parts.extensions.get::<Arrival>().cloned() else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    let subject = subject(&parts.method, parts.uri.path(), caller.as_ref(), &arrival);
    match app.limiter.take(&app.store, subject, app.now()).await {
        Ok(allowance) => told(next.run(Request::from_parts(parts, body)).await, allowance),
        Err((problem, allowance)) => told(ApiError(problem).into_response(), Some(allowance)),
    }
}

fn told(mut response: Response, allowance: Option<Allowance>) -> Response {
    if let Some(allowance) = allowance {
        allowance.write(response.headers_mut());
    }
    response
}

/// What is not counted: what a page is made of, and what watches over the server.
fn is_free(path: &str) -> bool {
    path.starts_with("/assets/") || ["/health", "/ready", "/metrics"].contains(&path)
}

fn subject(method: &Method, path: &str, caller: Option<&Caller>, arrival: &Arrival) -> Subject {
    let door = ["/auth", "/setup", "/register", "/reset", "/verify"]
        .iter()
        .any(|door| path.strip_prefix(door).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    // A command line that waits to be let in asks every two seconds; it guesses nothing.
    if door && !method.is_safe() && path != "/auth/device/token" {
        return Subject::Door(arrival.address);
    }
    match caller.map(|caller| &caller.identity) {
        Some(Identity::Key { key, .. }) => Subject::Key(*key),
        Some(Identity::Session(found)) => Subject::User(found.person.id),
        Some(Identity::Machine) => Subject::Machine,
        None => Subject::Address(arrival.address),
    }
}
