//! Identity tokens as a CI system issues them, for the sandbox's emulation of trusted publishing. Called by registries and tests.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// The issuer of test tokens: not a URL, so that no real registry can ever trust it.
pub const ISSUER: &str = "pak-sandbox";

/// Issues an identity token for an audience. `token` is the sandbox's own token: it takes the part of the signing key.
pub fn issue(token: &str, audience: &str, subject: &str) -> String {
    issue_claims(token, audience, json!({"sub": subject}))
}

/// The claims that GitHub makes about a job of a release workflow of a repository.
pub fn workflow(repository: &str) -> Value {
    let (owner, _) = repository.split_once('/').unwrap_or((repository, ""));
    let (workflow, commit) = (format!("{repository}/.github/workflows/release.yml@refs/heads/main"), "5".repeat(40));
    json!({
        "sub": format!("repo:{repository}:ref:refs/heads/main"),
        "repository": repository, "repository_id": "1", "repository_owner": owner, "repository_owner_id": "2",
        "repository_visibility": "public", "ref": "refs/heads/main", "sha": commit,
        "workflow": "release", "workflow_ref": workflow, "workflow_sha": commit,
        "job_workflow_ref": workflow, "job_workflow_sha": commit,
        "event_name": "push", "run_id": "3", "run_attempt": "1", "runner_environment": "github-hosted",
    })
}

/// Issues an identity token with claims of one's own; it is good for ten minutes.
pub fn issue_claims(token: &str, audience: &str, mut claims: Value) -> String {
    let now = Timestamp::now();
    let ends = now + SignedDuration::from_mins(10);
    for (claim, value) in [("iss", json!(ISSUER)), ("aud", json!(audience))] {
        claims[claim] = value;
    }
    for (claim, value) in [("iat", now), ("nbf", now), ("exp", ends)] {
        claims[claim] = json!(value.as_second());
    }
    let signed = [r#"{"alg":"HS256","typ":"JWT"}"#.to_owned(), claims.to_string()]
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .join(".");
    let signature = sign(token, &signed);
    format!("{signed}.{signature}")
}

/// The subject of an identity token, if this sandbox issued it for this audience.
pub fn accept(token: &str, audience: &str, identity: &str) -> Option<String> {
    Some(claims(token, audience, identity)?["sub"].as_str()?.to_owned())
}

/// The claims of an identity token, if this sandbox issued it for this audience and it has not run out.
pub fn claims(token: &str, audience: &str, identity: &str) -> Option<Value> {
    let (signed, signature) = identity.rsplit_once('.')?;
    if signature != sign(token, signed) {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let good = claims["iss"] == ISSUER
        && claims["aud"] == audience
        && claims["exp"].as_i64().is_some_and(|ends| Timestamp::now().as_second() < ends);
    good.then_some(claims)
}

/// A signature that only who knows the sandbox's token can make or check, which is all a rehearsal needs.
fn sign(token: &str, text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes());
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_tokens_for_the_audience_are_taken() {
        let identity = issue("key", "npm:127.0.0.1", "repo:a/b");
        assert_eq!(accept("key", "npm:127.0.0.1", &identity).as_deref(), Some("repo:a/b"));
        assert_eq!(accept("key", "pypi", &identity), None, "another audience");
        assert_eq!(accept("other", "npm:127.0.0.1", &identity), None, "another key");
        assert_eq!(accept("key", "npm:127.0.0.1", "x.y"), None);
    }
}
