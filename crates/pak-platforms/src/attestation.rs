//! What a registry takes signed statements about, and the shapes in which it takes them. The engine has them signed.

use pak_model::{Artifact, Problem, Result, code};
use serde_json::{Value, json};

/// One statement to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The artifact's id.
    pub artifact: String,
    /// The artifact's name in the statement.
    pub subject: String,
    /// The digest that the registry compares: the algorithm, and the digest in hex.
    pub digest: (&'static str, String),
    /// What is claimed.
    pub predicate: Predicate,
}

/// What is claimed of an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predicate {
    /// How it was made (SLSA provenance, version 1).
    Provenance,
    /// That the signer publishes it (PyPI's own kind).
    Publish,
}

impl Claim {
    /// A claim by SHA-256.
    pub(crate) fn by_sha256(artifact: &Artifact, subject: impl Into<String>, predicate: Predicate) -> Result<Self> {
        let digest = ("sha256", known(artifact.digests.sha256.as_ref(), artifact)?);
        Ok(Self { artifact: artifact.id.clone(), subject: subject.into(), digest, predicate })
    }
}

/// A digest that the build has worked out.
pub(crate) fn known(digest: Option<&String>, artifact: &Artifact) -> Result<String> {
    digest.cloned().ok_or_else(|| {
        let message = format!("The digests of {} are not known, so nothing can be stated of it.", artifact.id);
        Problem::new(code::build::ARTIFACT_INVALID, message).about("file", &artifact.path)
    })
}

/// A bundle in the shape of Python's index (PEP 740).
pub(crate) fn python(bundle: &str) -> Result<Value> {
    let bundle: Value = serde_json::from_str(bundle).map_err(|error| damaged().cause(&error))?;
    let at = |pointer: &str| bundle.pointer(pointer).cloned().ok_or_else(damaged);
    Ok(json!({
        "version": 1,
        "verification_material": {
            "certificate": at("/verificationMaterial/certificate/rawBytes")?,
            "transparency_entries": at("/verificationMaterial/tlogEntries")?,
        },
        "envelope": {
            "statement": at("/dsseEnvelope/payload")?,
            "signature": at("/dsseEnvelope/signatures/0/sig")?,
        },
    }))
}

fn damaged() -> Problem {
    Problem::new(
        code::signing::SIGNATURE_INVALID,
        "An attestation of the run is no sigstore bundle around a statement.",
    )
}
