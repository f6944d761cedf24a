//! Trusted publishing: identity tokens of the sandbox's own CI become tokens that live half an hour.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse as _;
use http::{HeaderMap, Response, StatusCode, header};
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, say};
use crate::identity;
use crate::registries::Shared;

const LIFE_MS: i64 = 30 * 60 * 1000;
const PREFIX: &str = "cio_tp_";

/// `POST /trusted_publishing/tokens`.
pub(super) async fn exchange(State(shared): State<Shared>, Json(body): Json<Value>) -> Answer {
    let identity = body["jwt"].as_str().unwrap_or_default();
    if identity::accept(&shared.token, "127.0.0.1", identity).is_none() {
        return Err(Refusal::bad("Failed to decode JWT"));
    }
    let token = format!("{PREFIX}{}", uuid::Uuid::new_v4().simple());
    let ends = jiff::Timestamp::now().as_millisecond() + LIFE_MS;
    shared.store.write(&key(&token), ends.to_string().as_bytes())?;
    Ok(say(&json!({"token": token})))
}

/// `DELETE /trusted_publishing/tokens`.
pub(super) async fn revoke(State(shared): State<Shared>, headers: HeaderMap) -> Answer {
    let gone = match shown(&headers) {
        Some(token) => shared.store.remove(&key(token))?,
        None => false,
    };
    if !gone {
        return Err(Refusal::forbidden("authentication failed"));
    }
    let response: Response<Body> = StatusCode::NO_CONTENT.into_response();
    Ok(response)
}

/// Whether the request shows a token of this kind that is still good.
pub(super) fn is_valid(shared: &Shared, headers: &HeaderMap) -> bool {
    let ends = shown(headers).and_then(|token| shared.store.read(&key(token)).ok().flatten());
    let ends = ends.and_then(|bytes| String::from_utf8(bytes).ok()).and_then(|text| text.parse::<i64>().ok());
    ends.is_some_and(|ends| ends > jiff::Timestamp::now().as_millisecond())
}

fn shown(headers: &HeaderMap) -> Option<&str> {
    let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    token.strip_prefix(PREFIX)?.chars().all(|c| c.is_ascii_alphanumeric()).then_some(token)
}

fn key(token: &str) -> String {
    format!("cargo/trusted/{token}")
}
