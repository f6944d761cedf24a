//! Answers of the git server, and the bodies it is sent.

use std::io::{self, Read as _};

use axum::body::Body;
use flate2::read::GzDecoder;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;

/// What a handler gives. A failure is the machine's own.
pub(super) type Reply = io::Result<Response<Body>>;

/// The largest body taken, as sent and unpacked.
const LIMIT: usize = 256 << 20;

/// An answer of git's.
pub(super) fn of(content_type: &'static str, bytes: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// An answer for people.
pub(super) fn plain(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = of("text/plain", format!("{text}\n").into_bytes());
    *response.status_mut() = status;
    response
}

/// There is no such place.
pub(super) fn unknown() -> Response<Body> {
    plain(StatusCode::NOT_FOUND, "Repository not found.")
}

/// The challenge after which git shows its password.
pub(super) fn unauthorized() -> Response<Body> {
    let mut response = plain(StatusCode::UNAUTHORIZED, "The sandbox's token is the password, with any user.");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"sandbox\""));
    response
}

/// A failure of the store, or a body that cannot be read.
pub(super) fn failed(error: &io::Error) -> Response<Body> {
    let status = match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    plain(status, &error.to_string())
}

/// A request's body. Git packs long questions.
pub(super) async fn body(request: Request<Body>) -> io::Result<Vec<u8>> {
    let packed = request.headers().get(header::CONTENT_ENCODING).is_some_and(|value| value == "gzip");
    let too_large = || io::Error::new(io::ErrorKind::InvalidData, "the request is too large");
    let mut body = request.into_body();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| io::Error::new(io::ErrorKind::UnexpectedEof, error.to_string()))?;
        if let Some(data) = frame.data_ref() {
            bytes.extend_from_slice(data);
        }
        if bytes.len() > LIMIT {
            return Err(too_large());
        }
    }
    if !packed {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    GzDecoder::new(bytes.as_slice()).take(LIMIT as u64 + 1).read_to_end(&mut unpacked)?;
    if unpacked.len() > LIMIT { Err(too_large()) } else { Ok(unpacked) }
}
