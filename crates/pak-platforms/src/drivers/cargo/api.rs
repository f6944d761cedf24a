//! The web API's manners: how a token is shown, and what its errors mean.

use pak_http::{Auth, Response, refusal_text, safe, status_problem};
use pak_model::{Credential, Problem, Recovery, code};
use serde_json::Value;

use crate::call::Call;

/// Cargo's registries want the token alone; crates.io wants the short-lived ones of trusted publishing as Bearer.
pub(super) fn auth(call: &Call) -> Auth {
    call.auth_or(|credential| match credential {
        None => Auth::None,
        Some(Credential::Token(token)) if token.expose().starts_with("cio_tp_") => Auth::Bearer(token.clone()),
        Some(Credential::Token(token)) => Auth::Raw(token.clone()),
        Some(Credential::Basic { user, password }) => Auth::Basic(user.clone(), password.clone()),
    })
}

/// What a document says in `errors`. Some registries send them with status 200.
pub(super) fn errors(document: &Value) -> Option<String> {
    document.get("errors")?.as_array().filter(|errors| !errors.is_empty())?;
    refusal_text(&document.to_string()).or_else(|| Some("an error without a text".to_owned()))
}

/// A refusal of a write. "It is there already" becomes a conflict, which the engine decides by digest.
pub(super) async fn refusal(what: &str, response: Response) -> Problem {
    let status = response.status().as_u16();
    if !matches!(status, 400 | 409 | 422) {
        return status_problem(what, response, false).await;
    }
    let url = safe(response.url());
    let said = refusal_text(&response.text().await);
    refused(what, said.unwrap_or_default(), status == 409).about("url", url)
}

/// A refusal by its text, whatever the status was.
pub(super) fn refused(what: &str, said: String, conflict: bool) -> Problem {
    let lower = said.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    let exists = has(&["already uploaded", "already exists", "already been published", "already published"]);
    if exists || (conflict && !has(&["collides", "conflict"])) {
        return Problem::new(code::deploy::CONFLICT, format!("{what}: the registry has this version already."))
            .said(said)
            .recovery(Recovery::LookUpFirst);
    }
    let problem = Problem::new(code::http::REFUSED, format!("{what}: the registry refused.")).said(said);
    if has(&["verified email", "verify your email"]) {
        return problem
            .recovery(Recovery::AskUser)
            .next("Verify the e-mail address in the account's settings on the registry's pages, then run `pak deploy resume`.");
    }
    problem
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_are_found_only_where_there_are_some() {
        assert_eq!(errors(&json!({"errors": [{"detail": "no"}]})).as_deref(), Some("no"));
        assert_eq!(errors(&json!({"errors": [{}]})).as_deref(), Some("an error without a text"));
        assert_eq!(errors(&json!({"errors": []})), None);
        assert_eq!(errors(&json!({"warnings": {}})), None);
    }

    #[test]
    fn an_existing_version_is_told_from_other_refusals() {
        for (said, conflict, expected) in [
            ("crate version `1.0.0` is already uploaded", false, code::deploy::CONFLICT),
            ("crate version already exists: a 1.0.0", true, code::deploy::CONFLICT),
            ("", true, code::deploy::CONFLICT),
            ("crate name conflict: `A` collides with existing `a`", true, code::http::REFUSED),
            ("missing or empty metadata fields: license", false, code::http::REFUSED),
        ] {
            assert_eq!(refused("a 1.0.0", said.to_owned(), conflict).code(), expected, "{said}");
        }
    }
}
