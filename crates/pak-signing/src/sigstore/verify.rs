//! Verifying a bundle, offline: the certificate, its timestamp, the log's proof and promise, the signature, and who signed.

use pak_model::{Problem, Result, code};
use sigstore_types::{Bundle, DerPublicKey, SignatureContent};
use sigstore_verify::{
    Error, PublicKeyVerificationPolicy, SubjectAltName, VerificationPolicy, VerificationResult, Verifier,
};

use super::TrustRoot;
use crate::key::PublicKey;
use crate::statement::Statement;
use crate::verify::{Content, Kind, Verified};

/// A bundle longer than this is none.
const LIMIT: usize = 64 << 20;

/// Text, with `*` for any part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// A pattern that says something: `*` alone fits everybody, and is refused.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        if text.chars().all(|char| char == '*') {
            return Err(Problem::new(code::config::INVALID_VALUE, format!("`{text}` names nobody."))
                .next("Name the identity that must have signed, with `*` for a part of it at most."));
        }
        Ok(Self(text))
    }

    fn fits(&self, text: &str) -> bool {
        let mut parts = self.0.split('*');
        let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
        let mut parts: Vec<&str> = parts.collect();
        let Some(last) = parts.pop() else { return rest.is_empty() };
        for part in parts {
            let Some(at) = rest.find(part) else { return false };
            rest = rest.get(at + part.len()..).unwrap_or_default();
        }
        rest.ends_with(last)
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who must have signed. Without this nothing is verified: anybody can get a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate's name: a workflow's address, an e-mail address.
    pub name: Pattern,
    /// Who vouches for it: the issuer of the identity token.
    pub issuer: Pattern,
}

/// Verifies a bundle that was signed by an identity.
pub fn verify(content: Content<'_>, bundle: &[u8], trust: &TrustRoot, expected: &Identity) -> Result<Verified> {
    let bundle = read(bundle)?;
    let proven = Verifier::new(&trust.root)
        .and_then(|verifier| verifier.verify(content.bytes, &bundle, &VerificationPolicy::any_identity()))
        .map_err(|error| refusal(content, &error))?;
    check_heads(&bundle)?;
    let (name, issuer) = (proven.identity().map(SubjectAltName::as_str), proven.issuer());
    let signer = match (name, issuer) {
        (Some(name), Some(issuer)) if expected.name.fits(name) && expected.issuer.fits(issuer) => {
            format!("{} (certified by {})", name.escape_debug(), issuer.escape_debug())
        }
        _ => {
            let shown = |found: Option<&str>| found.unwrap_or("nobody").escape_debug().to_string();
            let message = format!(
                "{} is signed by {} (certified by {}), not by {} (certified by {}).",
                content.name,
                shown(name),
                shown(issuer),
                expected.name,
                expected.issuer
            );
            return Err(Problem::new(code::signing::KEY_UNKNOWN, message).about("file", content.name));
        }
    };
    verified(content, &bundle, trust, &proven, signer)
}

/// Verifies a bundle that was signed by a key.
pub fn verify_by_key(content: Content<'_>, bundle: &[u8], trust: &TrustRoot, key: &PublicKey) -> Result<Verified> {
    let bundle = read(bundle)?;
    let policy = PublicKeyVerificationPolicy::new(DerPublicKey::from_bytes(key.der()));
    let proven = Verifier::new(&trust.root)
        .and_then(|verifier| verifier.verify(content.bytes, &bundle, &policy))
        .map_err(|error| refusal(content, &error))?;
    check_heads(&bundle)?;
    verified(content, &bundle, trust, &proven, format!("key {}", key.id()))
}

fn read(bundle: &[u8]) -> Result<Bundle> {
    let invalid = || Problem::new(code::signing::SIGNATURE_INVALID, "This is no sigstore bundle.");
    let text = std::str::from_utf8(bundle).ok().filter(|text| text.len() <= LIMIT).ok_or_else(invalid)?;
    Bundle::from_json(text).map_err(|error| invalid().cause(&error))
}

/// The proof must be about the very tree whose head the log signed.
fn check_heads(bundle: &Bundle) -> Result<()> {
    let proofs = bundle.verification_material.tlog_entries.iter().filter_map(|entry| entry.inclusion_proof.as_ref());
    for proof in proofs {
        let head = proof.checkpoint.checkpoint().map(sigstore_types::Checkpoint::tree_size);
        if head.is_some_and(|size| size != proof.tree_size) {
            let message = "The proof of the log entry is about another size of the log than the log signed.";
            return Err(Problem::new(code::signing::SIGNATURE_WRONG, message));
        }
    }
    Ok(())
}

fn verified(
    content: Content<'_>,
    bundle: &Bundle,
    trust: &TrustRoot,
    proven: &VerificationResult,
    signer: String,
) -> Result<Verified> {
    let mut verified = Verified::new(Kind::Sigstore, signer, content).at(proven.integrated_time());
    if let SignatureContent::DsseEnvelope(envelope) = &bundle.content {
        for note in Statement::read(envelope.payload.as_bytes())?.check(content)? {
            verified = verified.note(note);
        }
    }
    let claims = proven.certificate().map(|certificate| &certificate.ci_claims);
    if let Some(repository) = claims.and_then(|claims| claims.source_repository_uri.as_deref()) {
        let commit = claims.and_then(|claims| claims.source_repository_digest.as_deref()).unwrap_or("no commit named");
        verified =
            verified.note(format!("the certificate names {} at {}", repository.escape_debug(), commit.escape_debug()));
    }
    for entry in &bundle.verification_material.tlog_entries {
        verified = verified.note(format!("in the transparency log at {}", entry.log_index.get()));
    }
    if trust.is_built_in {
        verified =
            verified.note("the trusted root is the one built in; keys that were withdrawn since are not known to it");
    }
    Ok(verified)
}

fn refusal(content: Content<'_>, error: &Error) -> Problem {
    let name = content.name;
    let (code, message) = match error {
        Error::ArtifactMismatch(_) => (code::signing::DIGEST_WRONG, format!("The bundle is not about this {name}.")),
        Error::InvalidBundle(_) | Error::Bundle(_) | Error::UnsupportedBundle(_) => {
            (code::signing::SIGNATURE_INVALID, "The sigstore bundle cannot be judged.".to_owned())
        }
        Error::InvalidTrustRoot(_) => (code::signing::KEY_INVALID, "The trusted root cannot be used.".to_owned()),
        _ => (code::signing::SIGNATURE_WRONG, format!("The sigstore bundle does not prove who signed {name}.")),
    };
    Problem::new(code, message).about("file", name).cause(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_texts() {
        let fits = |pattern: &str, text: &str| Pattern::new(pattern).unwrap().fits(text);
        assert!(fits("a@example.org", "a@example.org"));
        assert!(!fits("a@example.org", "a@example.org.evil.example"));
        assert!(fits("https://x/o/r/*", "https://x/o/r/w.yml@refs/tags/v1"));
        assert!(!fits("https://x/o/r/*", "https://x/o/r2/w.yml"));
        assert!(fits("*/release.yml@refs/tags/*", "https://x/o/r/release.yml@refs/tags/v1"));
        assert!(!fits("a*ba", "aba."));
        assert!(!fits("ab*ba", "aba"), "the parts may not overlap");
        assert!(Pattern::new("").is_err() && Pattern::new("**").is_err());
    }
}
