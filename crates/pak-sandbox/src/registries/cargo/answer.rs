//! Answers of the cargo registry: JSON, refusals as cargo reads them, and index files with a tag for caches.

use std::io;

use axum::body::Body;
use axum::response::{IntoResponse, Json};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};
use sha2::Digest as _;

/// What a handler gives.
pub(super) type Answer = Result<Response<Body>, Refusal>;

/// A refusal: its status and the sentence cargo shows.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    text: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    pub(super) fn forbidden(text: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, text)
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }
}

impl From<io::Error> for Refusal {
    /// A name that cannot be stored was never published.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidInput => Self::not_found(),
            _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        (self.status, Json(json!({"errors": [{"detail": self.text}]}))).into_response()
    }
}

/// A JSON document.
pub(super) fn say(value: &Value) -> Response<Body> {
    Json(value).into_response()
}

/// A file of the index, or "you have it already".
pub(super) fn with_tag(text: String, headers: &HeaderMap) -> Response<Body> {
    let tag = format!("\"{}\"", hex::encode(sha2::Sha256::digest(&text)));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known.is_some_and(|known| known.contains(&tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        text.into_response()
    };
    if let Ok(value) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}
