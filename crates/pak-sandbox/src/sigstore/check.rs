//! What registries check of an attestation before they take it: that this sandbox's services certified and logged it, and that
//! it is about the file it comes with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Services, certificate, keys, rekor};
use crate::registries::Shared;

/// The statement of a signed envelope, if its signer was certified here and the log has it; else the reason to refuse it.
pub(crate) fn statement(
    shared: &Shared,
    envelope: &Envelope<'_>,
    certificate: &[u8],
    logged: &Value,
) -> Result<Value, String> {
    let services = Services::open(shared).map_err(|error| error.to_string())?;
    if !certificate::is_by(certificate, &services.authority.public) {
        return Err("the signing certificate was not issued by a trusted authority".to_owned());
    }
    let key = certificate::public_key(certificate).ok_or("the signing certificate is malformed")?;
    let message = rekor::encoded_before_signing(envelope.kind, envelope.payload);
    if !keys::signed(&key, &message, envelope.signature) {
        return Err("the signature is not the certificate's".to_owned());
    }
    // Protobuf's JSON writes 64-bit numbers as text.
    let index = logged["logIndex"].as_str().and_then(|text| text.parse::<usize>().ok());
    let index = index.ok_or("there is no log entry")?;
    let log = rekor::Log::load(&shared.store).map_err(|error| error.to_string())?;
    let known = log.shown(&services, index).map_err(|refusal| refusal.1)?;
    let body = known.as_object().and_then(|known| known.values().next()).map(|entry| &entry["body"]);
    if body != Some(&logged["canonicalizedBody"]) {
        return Err("the log entry is not in the log".to_owned());
    }
    let logs = body.and_then(Value::as_str).and_then(|body| STANDARD.decode(body).ok());
    let logs: Value = logs.and_then(|body| serde_json::from_slice(&body).ok()).unwrap_or_default();
    if logs["spec"]["signatures"][0]["signature"] != STANDARD.encode(envelope.signature) {
        return Err("the log entry is of another signature".to_owned());
    }
    serde_json::from_slice(envelope.payload).map_err(|_| "the statement is not JSON".to_owned())
}

/// A signed envelope, taken apart.
pub(crate) struct Envelope<'a> {
    /// The payload's type.
    pub(crate) kind: &'a str,
    /// The statement.
    pub(crate) payload: &'a [u8],
    /// The signature over both.
    pub(crate) signature: &'a [u8],
}

/// Whether a statement has a subject of this name with this digest.
pub(crate) fn is_about(statement: &Value, name: &str, algorithm: &str, digest: &str) -> bool {
    let mut subjects = statement["subject"].as_array().into_iter().flatten();
    subjects.any(|subject| subject["name"] == name && subject["digest"][algorithm] == digest)
}
