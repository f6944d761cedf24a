//! Identity tokens as a CI system issues them, for the sandbox's emulation of trusted publishing. Called by registries and tests.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::Digest as _;

/// The issuer of test tokens: not a URL, so that no real registry can ever trust it.
pub const ISSUER: &str = "pak-sandbox";

/// Issues an identity token for an audience. `token` is the sandbox's own token: it takes the part of the signing key.
pub fn issue(token: &str, audience: &str, subject: &str) -> String {
    let claims = serde_json::json!({"iss": ISSUER, "aud": audience, "sub": subject});
    let signed = [r#"{"alg":"pak-test","typ":"JWT"}"#.to_owned(), claims.to_string()]
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .join(".");
    let signature = sign(token, &signed);
    format!("{signed}.{signature}")
}

/// The subject of an identity token, if this sandbox issued it for this audience.
pub fn accept(token: &str, audience: &str, identity: &str) -> Option<String> {
    let (signed, signature) = identity.rsplit_once('.')?;
    if signature != sign(token, signed) {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&payload).ok()?;
    let is = |claim: &str, value: &str| claims.get(claim).and_then(|found| found.as_str()) == Some(value);
    if is("iss", ISSUER) && is("aud", audience) { Some(claims.get("sub")?.as_str()?.to_owned()) } else { None }
}

/// Stands in for a real signature: only who knows the sandbox's token can make it, which is all a rehearsal needs.
fn sign(token: &str, text: &str) -> String {
    let digest = sha2::Sha256::new().chain_update(token).chain_update(text).finalize();
    URL_SAFE_NO_PAD.encode(digest)
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
