//! Failures of the network and refusals of servers, as problems.

use std::error::Error as _;
use std::time::Duration;

use http::StatusCode;
use pak_model::{Code, Effect, Problem, Recovery, code};
use url::Url;

use crate::guard::Refused;
use crate::response::Response;
use crate::retry;
use crate::url::safe;

/// A request that got no complete answer. `read_only`: nothing could have been changed by it.
pub(crate) fn network_problem(error: &reqwest::Error, url: &Url, read_only: bool) -> Problem {
    let shown = safe(url);
    if let Some(refused) = chain(error).find_map(|cause| cause.downcast_ref::<Refused>()) {
        return refused.problem(url);
    }
    let (code, message) = if let Some(local) = local_file_error(error) {
        // The body's own file failed: the request was cut before its end, so no server can have accepted it.
        return Problem::new(code::build::ARTIFACT_INVALID, format!("The artifact could not be sent: {local}."))
            .about("url", shown);
    } else if error.is_connect() && is_tls(error) {
        (code::http::TLS, format!("No secure connection to {shown}."))
    } else if error.is_connect() {
        (code::http::UNREACHABLE, format!("{shown} cannot be reached."))
    } else if error.is_timeout() && read_only {
        (code::http::TIMEOUT, format!("{shown} did not answer in time."))
    } else if read_only {
        (code::http::UNREACHABLE, format!("The connection to {shown} broke."))
    } else {
        (code::http::ANSWER_LOST, format!("The connection to {shown} broke before the answer came."))
    };
    let problem = Problem::new(code, message).about("url", &shown);
    let problem = add_causes(problem, error);
    if error.is_connect() || read_only { problem.recovery(Recovery::RetryAfter(0)) } else { problem.answer_lost() }
}

/// The causes without reqwest's own sentence, which repeats the whole URL with its query.
fn add_causes(problem: Problem, error: &reqwest::Error) -> Problem {
    match error.source() {
        Some(source) => problem.cause(source),
        None => problem,
    }
}

fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}

fn local_file_error(error: &reqwest::Error) -> Option<String> {
    chain(error)
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .find(|cause| {
            use std::io::ErrorKind::{InvalidData, NotFound, PermissionDenied};
            matches!(cause.kind(), InvalidData | NotFound | PermissionDenied)
                && cause.raw_os_error().is_none_or(|code| code < 100)
        })
        .filter(|_| error.is_body() || error.is_request())
        .filter(|_| !error.is_connect())
        .map(ToString::to_string)
}

fn is_tls(error: &reqwest::Error) -> bool {
    chain(error).any(|cause| {
        let text = cause.to_string();
        text.contains("certificate") || text.contains("tls") || text.contains("TLS") || text.contains("handshake")
    })
}

/// What a registry says in an error body: JSON first, then plain text, then an HTML title.
pub fn refusal_text(body: &str) -> Option<String> {
    let text = match serde_json::from_str::<serde_json::Value>(body) {
        Ok(value) => json_text(&value)?,
        Err(_) => match body.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")) {
            Some((title, _)) => title.trim().to_owned(),
            None if body.trim_start().starts_with('<') => return None,
            None => body.trim().to_owned(),
        },
    };
    let short: String = text.chars().take(600).collect();
    (!short.trim().is_empty()).then_some(short)
}

fn json_text(value: &serde_json::Value) -> Option<String> {
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    if let Some(errors) = value.get("errors").and_then(|errors| errors.as_array()) {
        let parts: Vec<String> = errors
            .iter()
            .filter_map(|error| {
                let said = ["detail", "message", "description"].iter().find_map(|key| error.get(key).and_then(text));
                let code = error.get("code").and_then(text);
                match (code, said) {
                    (Some(code), Some(said)) => Some(format!("{code}: {said}")),
                    (code, said) => said.or(code),
                }
            })
            .collect();
        if !parts.is_empty() {
            return Some(parts.join("; "));
        }
    }
    ["error", "message", "reason", "detail", "title"].iter().find_map(|key| {
        let part = value.get(key)?;
        text(part).or_else(|| part.get("message").and_then(text)).or_else(|| several(part))
    })
}

/// An answer that is no success, taken apart: for drivers whose protocol gives some statuses or words a meaning of its own.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// The registry's own words, where it has some.
    pub said: Option<String>,
    url: String,
    wait: Option<Duration>,
}

impl Refusal {
    /// Reads the answer.
    pub async fn of(response: Response) -> Self {
        let status = response.status();
        let url = safe(response.url());
        let wait = retry::retry_after(response.headers(), jiff::Timestamp::now());
        Self { status, said: refusal_text(&response.text().await), url, wait }
    }

    /// The problem by the status alone.
    ///
    /// A 5xx on a request that may have changed something counts as a lost answer: gateways answer so after the work was done.
    pub fn problem(self, what: &str, read_only: bool) -> Problem {
        let (code, sentence): (Code, &str) = match self.status.as_u16() {
            401 => (code::http::UNAUTHORIZED, "did not accept the credential"),
            402 => (code::http::FORBIDDEN, "wants a paid plan"),
            403 => (code::http::FORBIDDEN, "does not allow it"),
            404 | 410 => (code::http::NOT_FOUND, "does not know it"),
            408 | 504 => (code::http::TIMEOUT, "took too long"),
            413 => (code::http::TOO_LARGE, "finds it too large"),
            429 => (code::http::RATE_LIMITED, "asks to slow down"),
            500..=599 => (code::http::SERVER_ERROR, "failed"),
            _ => (code::http::REFUSED, "refused"),
        };
        let wait = self.wait;
        let problem = self.explain(code, format!("{what}: the registry {sentence}"));
        match self.status.as_u16() {
            401..=403 => problem.recovery(Recovery::AskUser),
            429 => problem.retry_after(wait.unwrap_or(Duration::from_mins(1))).effect(Effect::NothingSent),
            408 | 500..=599 if !read_only => problem.answer_lost(),
            408 | 500..=599 => problem.retry_after(wait.unwrap_or(Duration::from_secs(1))),
            _ => problem,
        }
    }

    /// A problem of the caller's own sentence (without its full stop), with the status, the address and the registry's words.
    pub fn explain(&self, code: Code, sentence: impl std::fmt::Display) -> Problem {
        let problem = Problem::new(code, format!("{sentence} ({}).", shown(self.status))).about("url", &self.url);
        match &self.said {
            Some(said) => problem.said(said),
            None => problem,
        }
    }
}

/// GitLab's sentences: a list, or lists by field.
fn several(value: &serde_json::Value) -> Option<String> {
    let sentences: Vec<String> = match value {
        serde_json::Value::String(text) => return Some(text.clone()),
        serde_json::Value::Array(parts) => {
            parts.iter().filter_map(serde_json::Value::as_str).map(str::to_owned).collect()
        }
        serde_json::Value::Object(fields) => {
            let list = |value| several(value).filter(|_| !value.is_object());
            fields.iter().filter_map(|(field, value)| Some(format!("{field}: {}", list(value)?))).collect()
        }
        _ => Vec::new(),
    };
    (!sentences.is_empty()).then(|| sentences.join("; "))
}

/// A refusal by its status, with the registry's own words. Drivers handle what their protocol gives a meaning first.
pub async fn status_problem(what: &str, response: Response, read_only: bool) -> Problem {
    Refusal::of(response).await.problem(what, read_only)
}

fn shown(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::refusal_text;

    #[test]
    fn the_registries_words_are_found_wherever_they_are() {
        for (body, expected) in [
            (r#"{"error":"nope"}"#, Some("nope")),
            (r#"{"errors":[{"detail":"a"},{"code":"B","message":"b"}]}"#, Some("a; B: b")),
            (r#"{"error":{"message":"deep"}}"#, Some("deep")),
            (r#"{"message":["one","two"]}"#, Some("one; two")),
            (r#"{"message":{"path":["is taken"],"odd":{"x":{}}}}"#, Some("path: is taken")),
            ("<html><title> 400 Bad </title>", Some("400 Bad")),
            ("<html>x", None),
            ("  plain \n", Some("plain")),
            ("", None),
            ("{}", None),
        ] {
            assert_eq!(refusal_text(body).as_deref(), expected, "{body}");
        }
    }
}
