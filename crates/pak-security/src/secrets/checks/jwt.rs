//! JSON Web Tokens: a header that says `alg`, claims that may say when the token ends.

use jiff::Timestamp;
use serde_json::Value;

use super::{Verdict, base64};

/// Larger ones are not read.
const MOST: usize = 16 << 10;

/// Reads a token of three parts.
pub(in crate::secrets) fn json_web_token(token: &[u8]) -> Verdict {
    if token.len() > MOST {
        return Verdict::No;
    }
    let mut parts = token.split(|byte| *byte == b'.');
    let read = |part: Option<&[u8]>| -> Option<Value> { serde_json::from_slice(&base64(part?)?).ok() };
    let Some(header) = read(parts.next()) else { return Verdict::No };
    let Some(algorithm) = header.get("alg").and_then(Value::as_str) else { return Verdict::No };
    if algorithm == "none" {
        return Verdict::Refuted;
    }
    let Some(claims) = read(parts.next()) else { return Verdict::No };
    // The token of the standard's introduction page, in every tutorial.
    if claims.get("name").and_then(Value::as_str) == Some("John Doe")
        && claims.get("sub").and_then(Value::as_str) == Some("1234567890")
    {
        return Verdict::Refuted;
    }
    match claims.get("exp").and_then(Value::as_i64) {
        Some(end) if end < Timestamp::now().as_second() => Verdict::Expired,
        _ => Verdict::Likely,
    }
}
