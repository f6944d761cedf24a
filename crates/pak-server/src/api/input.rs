//! Bodies and queries as types: strict JSON, unknown fields refused, and an error that names what is wrong.

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use pak_model::{Problem, code};
use serde::de::DeserializeOwned;

use crate::error::{ApiError, not_found, shown};
use crate::state::App;

/// A JSON body.
#[derive(Debug, Clone)]
pub struct Input<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Input<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            // Also what keeps other sites' forms out: a browser asks before it sends JSON across origins.
            return Err(
                Problem::new(code::server::INPUT_TYPE, "The body is not declared as `application/json`.").into()
            );
        }
        let bytes = read(request, app).await?;
        // A list would be taken for an object's fields in their order.
        if bytes.trim_ascii_start().first() == Some(&b'[') {
            return Err(Problem::new(code::server::INPUT, "The body is a list; it must be an object.").into());
        }
        parse(&bytes).map(Self)
    }
}

/// A body's bytes, up to the router's limit.
pub async fn read(request: Request, app: &App) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, app).await.map_err(|rejection| {
        if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
            return Problem::new(code::server::TOO_LARGE, "The body is larger than 1 MiB.").into();
        }
        Problem::new(code::server::INPUT_FORM, "The body could not be read to its end.").into()
    })
}

/// JSON as a type.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| {
        let code = if error.is_data() { code::server::INPUT } else { code::server::INPUT_FORM };
        let why = if std::str::from_utf8(bytes).is_err() { "it is not UTF-8".to_owned() } else { error.to_string() };
        Problem::new(code, format!("The body cannot be used: {why}.")).into()
    })
}

/// A query string as a type.
#[derive(Debug, Clone)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Query::from_request_parts(parts, app).await.map(|Query(value)| Self(value)).map_err(|rejection| {
            Problem::new(code::server::INPUT, format!("The query cannot be used: {}.", rejection.body_text())).into()
        })
    }
}

/// The parts of a path as a type. What does not fit is an address that leads nowhere.
#[derive(Debug, Clone)]
pub struct Place<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Place<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let path = shown(parts.uri.path(), 200);
        Path::from_request_parts(parts, app)
            .await
            .map(|Path(value)| Self(value))
            .map_err(|_| not_found(format!("page `{path}`")).into())
    }
}
