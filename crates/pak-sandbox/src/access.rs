//! Who may write. Reading is free; writing wants the sandbox's token, in whichever header the ecosystem uses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};

/// The account that real clients are told to use.
pub const USER: &str = "sandbox";

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
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Access::Anonymous };
    let Ok(value) = value.to_str() else { return Access::Wrong };
    let shown = match value.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim().to_owned(),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("basic") => {
            let decoded = STANDARD.decode(rest.trim()).ok().and_then(|raw| String::from_utf8(raw).ok());
            match decoded.as_deref().and_then(|pair| pair.split_once(':')) {
                Some((_, password)) => password.to_owned(),
                None => return Access::Wrong,
            }
        }
        _ => value.to_owned(),
    };
    // The sandbox listens on loopback and guards nothing of value: a plain comparison is enough here.
    if shown == token { Access::Owner } else { Access::Wrong }
}
