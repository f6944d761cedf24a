//! Who may write. Reading is free; writing wants the sandbox's token, in whichever header the ecosystem uses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};

/// The account that real clients are told to use.
pub const USER: &str = "sandbox";

/// An account whose repositories nobody else may push to: what is to get there has to be proposed.
pub const UPSTREAM: &str = "upstream";

/// The token of [`UPSTREAM`], for tests that decide about proposals.
pub fn upstream_token(token: &str) -> String {
    format!("{UPSTREAM}-{token}")
}

/// Whose token this is. The sandbox listens on loopback and guards nothing of value: a plain comparison is enough here.
pub fn user(shown: &str, token: &str) -> Option<&'static str> {
    match shown {
        _ if shown == token => Some(USER),
        _ if shown == upstream_token(token) => Some(UPSTREAM),
        _ => None,
    }
}

/// Whether an account may push to an owner's repositories. The sandbox stands in for whatever owner a project names.
pub fn may_push(user: &str, owner: &str) -> bool {
    user == owner || (user == USER && owner != UPSTREAM)
}

/// The result of looking at a request's `Authorization`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// No credential.
    Anonymous,
    /// The right one.
    Owner,
    /// A wrong one.
    Wrong,
}

/// Checks Bearer, Basic and raw tokens (npm and OCI, twine, cargo).
pub fn check(headers: &HeaderMap, token: &str) -> Access {
    match shown(headers).map(|shown| user(&shown, token)) {
        None => Access::Anonymous,
        Some(Some(USER)) => Access::Owner,
        Some(_) => Access::Wrong,
    }
}

/// The token or password of `Authorization`; empty where it cannot be read.
pub fn shown(headers: &HeaderMap) -> Option<String> {
    let Ok(value) = headers.get(header::AUTHORIZATION)?.to_str() else { return Some(String::new()) };
    Some(match value.split_once(' ') {
        Some((scheme, rest)) if ["bearer", "token"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) => {
            rest.trim().to_owned()
        }
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("basic") => {
            let decoded = STANDARD.decode(rest.trim()).ok().and_then(|raw| String::from_utf8(raw).ok());
            decoded
                .as_deref()
                .and_then(|pair| pair.split_once(':'))
                .map(|(_, password)| password.to_owned())
                .unwrap_or_default()
        }
        _ => value.to_owned(),
    })
}
