//! The trusted root: which authorities and logs a verifier believes.

use pak_model::{Problem, Result, code};
use sigstore_trust_root::{SigstoreInstance, TrustedRoot};

/// Authorities, certificate logs and transparency logs, with the times for which they are believed.
#[derive(Debug, Clone)]
pub struct TrustRoot {
    pub(super) root: TrustedRoot,
    pub(super) is_built_in: bool,
}

impl TrustRoot {
    /// Reads a `trusted_root.json`.
    pub fn read(json: &str) -> Result<Self> {
        let root = TrustedRoot::from_json(json).map_err(|error| {
            Problem::new(code::signing::KEY_INVALID, "This is no trusted root of sigstore.").cause(&error)
        })?;
        Ok(Self { root, is_built_in: false })
    }

    /// The public services' as it was when `pak` was built.
    pub fn public() -> Result<Self> {
        let root = TrustedRoot::from_embedded(SigstoreInstance::PublicGood).map_err(|error| {
            Problem::new(code::signing::KEY_INVALID, "The built-in trusted root cannot be read.").cause(&error)
        })?;
        Ok(Self { root, is_built_in: true })
    }
}
