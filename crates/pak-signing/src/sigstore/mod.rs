//! Sigstore: signatures by an identity instead of a key. A certificate of ten minutes names who signed, a public log says when,
//! and the bundle holds all that a verifier without network needs.
//!
//! `keyless` and `with_key` sign (through `fulcio`, `rekor`), `verify` verifies, offline, against a trusted root. Called by
//! `pak security sign|attest|verify`, and by the engine for attestations that registries take.

mod fulcio;
mod keyless;
mod rekor;
mod trust;
mod verify;

use pak_model::{Problem, Result, code};
use url::Url;

pub use keyless::{Payload, keyless, with_key};
pub use sigstore_types::Bundle;
pub use trust::TrustRoot;
pub use verify::{Identity, Pattern, verify, verify_by_key};

/// The audience that identity tokens for signing must be issued for.
pub const AUDIENCE: &str = "sigstore";
/// The media type of a bundle.
pub const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// Where the services are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// The authority that certifies identities.
    pub fulcio: Url,
    /// The transparency log.
    pub rekor: Url,
}

impl Endpoints {
    /// Services at addresses; those that are not given are the public ones.
    pub fn new(fulcio: Option<&str>, rekor: Option<&str>) -> Result<Self> {
        let parse = |text: &str| {
            Url::parse(text).map_err(|error| {
                Problem::new(code::config::INVALID_VALUE, format!("`{text}` is no address of a sigstore service."))
                    .cause(&error)
            })
        };
        Ok(Self {
            fulcio: parse(fulcio.unwrap_or("https://fulcio.sigstore.dev"))?,
            rekor: parse(rekor.unwrap_or("https://rekor.sigstore.dev"))?,
        })
    }
}

/// An address below a service's, which may have a path of its own.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// What a service answered is not what it should be.
fn unexpected(message: impl Into<String>) -> Problem {
    Problem::new(code::http::UNEXPECTED, message)
}
