//! What the portal is asked: whether something is published, and how a deployment stands.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use pak_http::{Auth, Body, Request, status_problem};
use pak_model::{Credential, Result, Secret};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::listing::Listing;
use crate::call::Call;
use crate::drivers::maven::layout::Place;

/// How many reasons for a refusal are shown, and how much of each.
const REASONS: usize = 50;
const REASON: usize = 500;

/// The address of a question.
pub(super) fn api(call: &Call, path: &str) -> Result<Url> {
    call.endpoint().join(&format!("api/v1/publisher/{path}"))
}

/// A portal token has two halves, which are sent together in base64. A single word is one that was put together already.
pub(super) fn auth(credential: Option<&Credential>) -> Auth {
    let together = |pair: &str| Auth::Bearer(Secret::new(STANDARD.encode(pair)));
    match credential {
        None => Auth::None,
        Some(Credential::Basic { user, password }) => together(&format!("{user}:{}", password.expose())),
        Some(Credential::Token(token)) if token.expose().contains(':') => together(token.expose()),
        Some(Credential::Token(token)) => Auth::Bearer(token.clone()),
    }
}

/// Whether a component is published: the portal knows before the download root shows it.
pub(super) async fn is_published(call: &Call, place: &Place) -> Result<bool> {
    #[derive(Deserialize)]
    struct Answer {
        published: bool,
    }
    let mut url = api(call, "published")?;
    url.query_pairs_mut()
        .append_pair("namespace", &place.group)
        .append_pair("name", &place.artifact)
        .append_pair("version", &place.version);
    let response = call.send(Request::get(url).auth(auth(call.credential()))).await?;
    if !response.status().is_success() {
        let what = format!("Question whether {} {} is published", place.name(), place.version);
        return Err(status_problem(&what, response, true).await);
    }
    Ok(response.json::<Answer>().await?.published)
}

/// How a deployment stands.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deployment {
    #[serde(rename = "deploymentState")]
    pub(super) state: String,
    #[serde(default)]
    errors: Value,
}

impl Deployment {
    /// Asks for it; `None` where the portal does not know it (any more).
    pub(super) async fn ask(call: &Call, listing: &Listing, id: &str) -> Result<Option<Self>> {
        let mut url = api(call, "status")?;
        url.query_pairs_mut().append_pair("id", id);
        // A POST that changes nothing.
        let request = Request::post(url, Body::empty()).auth(auth(call.credential())).signs_in();
        let response = call.send(request).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => Ok(Some(response.json().await?)),
            _ => Err(status_problem(&format!("Status of {}", listing.label()), response, true).await),
        }
    }

    /// Why it was refused: each reason with the file or component that it is about.
    pub(super) fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        collect(&self.errors, "", &mut reasons);
        if reasons.is_empty() {
            reasons.push("The portal gives no reason; it may show one on its page of deployments.".to_owned());
        }
        reasons.truncate(REASONS);
        reasons
    }
}

/// The form of `errors` is told by examples alone: whatever is nested is walked, and texts are taken.
fn collect(value: &Value, about: &str, reasons: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let reason = if about.is_empty() { text.clone() } else { format!("{about}: {text}") };
            reasons.push(reason.chars().take(REASON).collect());
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, about, reasons)),
        Value::Object(fields) => {
            for (key, value) in fields {
                let about = if about.is_empty() { key } else { about };
                collect(value, about, reasons);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_found_in_any_form() {
        let deployment = |errors: &str| {
            let text = format!("{{\"deploymentId\":\"1\",\"deploymentState\":\"FAILED\",\"errors\":{errors}}}");
            serde_json::from_str::<Deployment>(&text).unwrap().reasons()
        };
        assert_eq!(
            deployment(r#"{"pkg:maven/a/b@1":["one","two"]}"#),
            ["pkg:maven/a/b@1: one", "pkg:maven/a/b@1: two"]
        );
        assert_eq!(deployment(r#"{"a.jar":{"message":"one"},"common":"two"}"#), ["a.jar: one", "common: two"]);
        assert_eq!(deployment(r#"["one"]"#), ["one"]);
        assert_eq!(deployment("null").len(), 1);
        assert_eq!(deployment(&format!("[{}\"x\"]", "\"x\",".repeat(1000))).len(), REASONS);
    }

    #[test]
    fn both_halves_of_a_token_go_together() {
        let shown = |credential| match auth(Some(&credential)) {
            Auth::Bearer(secret) => secret.expose().to_owned(),
            other => panic!("{other:?}"),
        };
        let password = Secret::new("b");
        assert_eq!(shown(Credential::Basic { user: "a".into(), password }), "YTpi");
        assert_eq!(shown(Credential::Token(Secret::new("a:b"))), "YTpi");
        assert_eq!(shown(Credential::Token(Secret::new("YTpi"))), "YTpi");
    }
}
