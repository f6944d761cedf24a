//! Problems as answers: `{"success": false, "error": "<sentence>", "code": "<stable.code>"}` with a fitting status. Pages render the same problem as a page.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use pak_model::Problem;
use pak_model::code::{self, Code, Exit};
use serde::Serialize;

/// What handlers fail with.
#[derive(Debug, Clone)]
pub struct ApiError(pub Problem);

/// The result of a handler.
pub type ApiResult<T> = Result<T, ApiError>;

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

/// The shape of every error.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ErrorBody {
    /// Always false.
    pub success: bool,
    /// What happened, one sentence.
    #[schema(example = "There is no project `my-package`.")]
    pub error: String,
    /// A stable code; `docs/reference/errors.md` lists them.
    #[schema(example = "pak::server::not_found")]
    pub code: String,
    /// What to do next.
    pub next: String,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = self.0;
        let status = status(problem.code());
        if status.is_server_error() {
            // What the database or the system said is for the administrator, not for whoever asked.
            tracing::error!(code = problem.code().id, causes = ?problem.report().causes, "{}", problem.message());
        }
        let body = ErrorBody {
            success: false,
            error: problem.message().to_owned(),
            code: problem.code().id.to_owned(),
            next: problem.report().help,
        };
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let pak_model::Recovery::RetryAfter(milliseconds) = problem.recovery_of() {
            let seconds = milliseconds.div_ceil(1000).max(1);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Said(problem));
        response
    }
}

/// The problem behind an answer, for the pages and the log.
#[derive(Debug, Clone)]
pub struct Said(pub Problem);

/// The status of a code.
pub fn status(code: Code) -> StatusCode {
    use code::server as s;
    let special = [
        (s::SIGN_IN, StatusCode::UNAUTHORIZED),
        (s::WRONG_CREDENTIALS, StatusCode::UNAUTHORIZED),
        (s::SIGNATURE, StatusCode::UNAUTHORIZED),
        (s::FORBIDDEN, StatusCode::FORBIDDEN),
        (s::NOT_FOUND, StatusCode::NOT_FOUND),
        (s::METHOD, StatusCode::METHOD_NOT_ALLOWED),
        (s::INPUT_FORM, StatusCode::BAD_REQUEST),
        (s::INPUT_TYPE, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (s::TOO_LARGE, StatusCode::PAYLOAD_TOO_LARGE),
        (s::CONFLICT, StatusCode::CONFLICT),
        (s::NAME_TAKEN, StatusCode::CONFLICT),
        (s::STATE, StatusCode::CONFLICT),
        (s::RATE_LIMIT, StatusCode::TOO_MANY_REQUESTS),
        (s::BUSY, StatusCode::SERVICE_UNAVAILABLE),
        (s::STOPPING, StatusCode::SERVICE_UNAVAILABLE),
        (code::access::KEY_REFUSED, StatusCode::UNAUTHORIZED),
        (code::access::DEVICE_PENDING, StatusCode::BAD_REQUEST),
        (code::access::LAST_ADMINISTRATOR, StatusCode::CONFLICT),
        (s::TIMEOUT, StatusCode::GATEWAY_TIMEOUT),
    ];
    if let Some((_, status)) = special.iter().find(|(known, _)| *known == code) {
        return *status;
    }
    match code.exit {
        Exit::Usage | Exit::Findings => StatusCode::UNPROCESSABLE_ENTITY,
        Exit::Credentials => StatusCode::FORBIDDEN,
        Exit::Refused | Exit::PartlyPublished | Exit::Interrupted => StatusCode::CONFLICT,
        Exit::Internal | Exit::Ok => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Nothing here, or nothing one may see.
pub fn not_found(what: impl std::fmt::Display) -> Problem {
    Problem::new(code::server::NOT_FOUND, format!("There is no {what}."))
}

/// What a stranger wrote, fit for a message: without control characters, and no longer than this many characters.
pub(crate) fn shown(text: &str, longest: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(longest).collect()
}

/// A field that cannot be used.
pub fn invalid(field: &'static str, why: impl std::fmt::Display) -> Problem {
    Problem::new(code::server::INPUT, format!("`{field}` {why}.")).about("field", field)
}
