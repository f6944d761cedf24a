//! Answers of the container registry: the error document every client reads, and small responses.

use std::io;

use axum::body::Body;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// What a handler gives.
pub(super) type Reply = Result<Response<Body>, Refusal>;

/// A refusal in the specification's form. Boxed: it rides in every result.
#[derive(Debug)]
pub(super) struct Refusal(Box<Inner>);

#[derive(Debug)]
struct Inner {
    status: StatusCode,
    code: &'static str,
    message: String,
    detail: Value,
    challenge: Option<String>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { status, code, message: message.into(), detail: Value::Null, challenge: None }))
    }

    pub(super) fn about(mut self, detail: impl Into<Value>) -> Self {
        self.0.detail = detail.into();
        self
    }

    pub(super) fn unauthorized(challenge: &str) -> Self {
        let mut refusal = Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "authentication required");
        refusal.0.challenge = Some(challenge.to_owned());
        refusal
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", error.to_string())
    }
}

impl From<Refusal> for Response<Body> {
    fn from(Refusal(refusal): Refusal) -> Self {
        let document =
            json!({"errors": [{"code": refusal.code, "message": refusal.message, "detail": refusal.detail}]});
        let mut response = document_response(refusal.status, &document);
        if let Some(value) = refusal.challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}

/// An answer that is a JSON document.
pub(super) fn document_response(status: StatusCode, document: &Value) -> Response<Body> {
    with_headers(status, Body::from(document.to_string()), &[("content-type", "application/json".to_owned())])
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode, headers: &[(&'static str, String)]) -> Response<Body> {
    with_headers(status, Body::empty(), headers)
}

pub(super) fn with_headers(status: StatusCode, body: Body, headers: &[(&'static str, String)]) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert("docker-distribution-api-version", HeaderValue::from_static("registry/2.0"));
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}
