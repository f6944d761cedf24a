//! What npm registries mean by their refusals: one-time passwords, paid plans, versions that exist.

use pak_http::{Response, refusal_text, safe, status_problem};
use pak_model::{Effect, Problem, Recovery, Result, code};
use serde_json::Value;

use crate::call::Call;

/// Phrases by which registries say that the version is there: the public one with 403, Verdaccio and Gitea with 409, Nexus with 400.
const EXISTS: &[&str] =
    &["cannot publish over", "previously published", "already exist", "already present", "does not allow updating"];
/// Phrases of a refusal for a name.
const SIMILAR: &[&str] = &["too similar", "similar to existing"];

/// The problem of an answer that is no success. `otp_given`: whether a one-time password went along.
pub(super) async fn problem(what: &str, response: Response, read_only: bool, otp_given: bool) -> Problem {
    let status = response.status().as_u16();
    if !matches!(status, 400..=405 | 409) {
        return status_problem(what, response, read_only).await;
    }
    let url = safe(response.url());
    let challenge = response.header("www-authenticate").unwrap_or_default().to_ascii_lowercase();
    let body = response.text().await;
    let said = refusal_text(&body);
    let words = said.clone().unwrap_or_default().to_lowercase();
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    let problem = match status {
        401 if challenge.contains("otp") || words.contains("one-time pass") => one_time_password(what, &body, otp_given),
        401 if challenge.contains("ipaddress") => ask(
            code::npm::ADDRESS_REFUSED,
            format!("{what}: the token may not be used from this machine's address."),
        ),
        401 => ask(code::http::UNAUTHORIZED, format!("{what}: the registry did not accept the credential (401).")),
        402 => ask(code::npm::PAYMENT_NEEDED, format!("{what}: the registry wants a paid plan for it (402).")),
        400 | 403 | 405 | 409 if !read_only && (status == 409 || has(EXISTS)) => {
            Problem::new(code::deploy::CONFLICT, format!("{what}: the registry has this version already ({status})."))
                .recovery(Recovery::LookUpFirst)
        }
        403 if has(SIMILAR) => {
            Problem::new(code::npm::NAME_TOO_SIMILAR, format!("{what}: the registry refuses the name (403)."))
        }
        403 if has(&["two-factor", "2fa", "bypass"]) => {
            ask(code::http::FORBIDDEN, format!("{what}: the registry wants two-factor authentication (403).")).next(
                "Publish with a one-time password (`--otp`), with a token that may bypass two-factor authentication, or by trusted publishing.",
            )
        }
        403 | 405 => ask(code::http::FORBIDDEN, format!("{what}: the registry does not allow it ({status}).")),
        404 => ask(code::http::NOT_FOUND, format!("{what}: the registry does not know it (404)."))
            .next("npm answers 404 also to who may not publish: check the registry's URL, the scope and the token."),
        _ => Problem::new(code::http::REFUSED, format!("{what}: the registry refused ({status}).")),
    };
    match said {
        Some(said) => problem.said(said),
        None => problem,
    }
    .effect(Effect::NothingSent)
    .about("url", url)
}

/// Nothing, or the answer's problem.
pub(super) async fn expect_success(what: &str, response: Response, call: &Call) -> Result<()> {
    if response.status().is_success() {
        return Ok(());
    }
    Err(problem(what, response, false, call.one_time_password().is_some()).await)
}

fn ask(code: pak_model::Code, message: String) -> Problem {
    Problem::new(code, message).recovery(Recovery::AskUser)
}

/// The registry wants a one-time password. Accounts without an authenticator get one through the browser.
fn one_time_password(what: &str, body: &str, given: bool) -> Problem {
    let message = if given {
        format!("{what}: the registry did not accept the one-time password.")
    } else {
        format!("{what}: the registry wants a one-time password.")
    };
    let problem = ask(code::npm::OTP_NEEDED, message);
    let document: Value = serde_json::from_str(body).unwrap_or_default();
    let address = |field: &str| {
        let text = document.get(field)?.as_str()?;
        text.starts_with("http").then(|| text.chars().filter(|c| !c.is_control()).take(500).collect::<String>())
    };
    match (address("authUrl"), address("doneUrl")) {
        (Some(auth), Some(done)) => problem.next(format!(
            "Give the code of your authenticator with `--otp` or PAK_NPM_OTP. Without an authenticator: confirm at {auth} in a browser, \
             then give as `--otp` the token that {done} answers."
        )),
        _ => problem,
    }
}
