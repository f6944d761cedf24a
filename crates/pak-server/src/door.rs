//! What every request passes: it gets an id, is checked for coming from the own site, is measured, and its answer gets the headers that protect people.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method, header};

use crate::access::Arrival;
use crate::state::App;

/// Only what the server itself serves; no inline script or style; framed by nobody.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Headers of every answer.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Lets a request in.
pub(crate) async fn pass(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let arrival = Arrival::of(&request, &app.settings.proxies);
    let (id, method, path) = (arrival.id, request.method().clone(), request.uri().path().to_owned());
    request.extensions_mut().insert(arrival);
    let mut response = next.run(request).await;
    crate::metrics::count(&method, response.extensions().get(), response.status(), begun.elapsed());
    let headers = response.headers_mut();
    for (name, value) in &HEADERS {
        headers.insert(name, value.clone());
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if app.settings.is_secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        headers.insert("x-request-id", value);
    }
    let (status, time) = (response.status(), begun.elapsed());
    let reads = matches!(method, Method::GET | Method::HEAD);
    let milliseconds = time.as_secs_f64() * 1000.0;
    if status.is_server_error() {
        tracing::error!(request = %id, %method, path, status = status.as_u16(), milliseconds, "request");
    } else if reads {
        tracing::debug!(request = %id, %method, path, status = status.as_u16(), milliseconds, "request");
    } else {
        tracing::info!(request = %id, %method, path, status = status.as_u16(), milliseconds, "request");
    }
    response
}
