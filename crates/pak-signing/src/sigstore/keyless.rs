//! Signing: a signature (or signed statement), entered into the log, in a bundle.

use pak_http::Client;
use pak_model::{Problem, Result, Secret, code};
use serde_json::json;
use sigstore_bundle::BundleV03;
use sigstore_bundle::VerificationMaterialV03 as Material;
use sigstore_types::bundle::{MessageDigest, MessageSignature};
use sigstore_types::{
    Bundle, DsseEnvelope, DsseSignature, HashAlgorithm, KindVersion, PayloadBytes, SignatureBytes, SignatureContent,
};
use sigstore_verify::crypto::{KeyPair, sha256};
use url::Url;

use super::{Endpoints, fulcio, rekor};
use crate::key::{Algorithm, SecretKey, to_pem};
use crate::statement::PAYLOAD_TYPE;

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub enum Payload<'a> {
    /// A file.
    File(&'a [u8]),
    /// An in-toto statement, as JSON.
    Statement(&'a [u8]),
}

/// Signs by the identity of a token. The key lives no longer than this call.
pub async fn keyless(
    client: &Client,
    endpoints: &Endpoints,
    identity: &Secret,
    payload: Payload<'_>,
) -> Result<Bundle> {
    let key = KeyPair::generate_ecdsa_p256().map_err(failed)?;
    let certificate = fulcio::certify(client, &endpoints.fulcio, identity, &key).await?;
    let sign = |message: &[u8]| key.sign(message).map_err(failed);
    // Verifiers compare the text in the log with one that they write themselves: it has to end with a line break.
    let verifier = to_pem("CERTIFICATE", certificate.as_bytes());
    enter(client, &endpoints.rekor, payload, &sign, &verifier, Material::Certificate(certificate)).await
}

/// Signs by a key of one's own (ECDSA on P-256), and enters it into the log.
pub async fn with_key(client: &Client, log: &Url, key: &SecretKey, payload: Payload<'_>) -> Result<Bundle> {
    if key.public().algorithm() != Algorithm::P256 {
        let message = "The transparency log takes signatures by ECDSA keys on P-256, and the key is of another kind.";
        return Err(Problem::new(code::signing::KEY_INVALID, message));
    }
    let sign = |message: &[u8]| key.sign(message).map(SignatureBytes::new);
    let material = Material::PublicKey { hint: key.public().id() };
    enter(client, log, payload, &sign, &key.public().to_pem(), material).await
}

async fn enter(
    client: &Client,
    log: &Url,
    payload: Payload<'_>,
    sign: &(dyn Fn(&[u8]) -> Result<SignatureBytes> + Sync),
    verifier: &str,
    material: Material,
) -> Result<Bundle> {
    let verifier = fulcio::wrapped(verifier);
    let (content, signature, kind, spec) = match payload {
        Payload::File(bytes) => {
            let (digest, signature) = (sha256(bytes), sign(bytes)?);
            let spec = json!({
                "data": {"hash": {"algorithm": "sha256", "value": digest.to_hex()}},
                "signature": {"content": signature.to_base64(), "publicKey": {"content": verifier}},
            });
            let digest = MessageDigest::new(HashAlgorithm::Sha2256, digest.into());
            let content = MessageSignature::new(signature.clone()).with_message_digest(digest);
            (SignatureContent::MessageSignature(content), signature, KindVersion::HashedRekordV001, spec)
        }
        Payload::Statement(json) => {
            let signature = sign(&sigstore_types::pae(PAYLOAD_TYPE, json))?;
            let by = DsseSignature::new(signature.clone(), sigstore_types::KeyId::default());
            let envelope = DsseEnvelope::new(PAYLOAD_TYPE, PayloadBytes::from_bytes(json), by);
            let text = serde_json::to_string(&envelope).map_err(failed)?;
            let spec = json!({"proposedContent": {"envelope": text, "verifiers": [verifier]}});
            (SignatureContent::DsseEnvelope(envelope), signature, KindVersion::DsseV001, spec)
        }
    };
    let proposed = json!({"apiVersion": kind.version(), "kind": kind.kind(), "spec": spec});
    let entry = rekor::enter(client, log, &proposed, kind, &signature.to_base64()).await?;
    Ok(BundleV03::new(material, content).with_tlog_entry(entry).into_bundle())
}

/// The library that signs failed.
pub(super) fn failed(error: impl std::error::Error + 'static) -> Problem {
    Problem::new(code::signing::SIGN_FAILED, "Signing failed.").cause(&error)
}
