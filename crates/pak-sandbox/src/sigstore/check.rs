//! What registries check of an attestation before they take it: that this sandbox's services certified its signer and logged
//! it, and that it is about the file it comes with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Services, certificate, keys, rekor};
use crate::registries::Shared;

/// An attestation that holds.
pub(crate) struct Attested {
    /// The statement.
    pub(crate) statement: Value,
    /// The name in the signer's certificate.
    pub(crate) signer: String,
}

impl Attested {
    /// Whether the statement has a subject of this name with this digest.
    pub(crate) fn is_about(&self, name: &str, algorithm: &str, digest: &str) -> bool {
        let mut subjects = self.statement["subject"].as_array().into_iter().flatten();
        subjects.any(|subject| subject["name"] == name && subject["digest"][algorithm] == digest)
    }
}

/// The statement in a bundle, or why it is refused.
pub(crate) fn bundle(shared: &Shared, bundle: &Value) -> Result<Attested, String> {
    let (material, envelope) = (&bundle["verificationMaterial"], &bundle["dsseEnvelope"]);
    let one = &material["certificate"]["rawBytes"];
    let certificate =
        if one.is_null() { &material["x509CertificateChain"]["certificates"][0]["rawBytes"] } else { one };
    let parts = [certificate, &envelope["payload"], &envelope["signatures"][0]["sig"]];
    let kind = envelope["payloadType"].as_str().unwrap_or_default();
    check(shared, kind, parts, &material["tlogEntries"][0])
}

/// The statement in an attestation as PyPI takes them, or why it is refused.
pub(crate) fn attestation(shared: &Shared, attestation: &Value) -> Result<Attested, String> {
    let (material, envelope) = (&attestation["verification_material"], &attestation["envelope"]);
    let parts = [&material["certificate"], &envelope["statement"], &envelope["signature"]];
    check(shared, "application/vnd.in-toto+json", parts, &material["transparency_entries"][0])
}

fn check(shared: &Shared, kind: &str, parts: [&Value; 3], logged: &Value) -> Result<Attested, String> {
    let decoded = parts.map(|part| part.as_str().and_then(|text| STANDARD.decode(text).ok()));
    let [Some(certificate), Some(payload), Some(signature)] = decoded else {
        return Err("the attestation is incomplete".to_owned());
    };
    let services = Services::open(shared).map_err(|error| error.to_string())?;
    if !certificate::is_by(&certificate, &services.authority.public) {
        return Err("the signing certificate was not issued by a trusted authority".to_owned());
    }
    let key = certificate::public_key(&certificate).ok_or("the signing certificate is malformed")?;
    if !keys::signed(&key, &rekor::encoded_before_signing(kind, &payload), &signature) {
        return Err("the signature is not by the certificate's key".to_owned());
    }
    // Protobuf's JSON writes 64-bit numbers as text.
    let index = logged["logIndex"].as_str().and_then(|text| text.parse::<usize>().ok());
    let log = rekor::Log::load(&shared.store).map_err(|error| error.to_string())?;
    let body = index.and_then(|index| log.body(index)).ok_or("the log has no such entry")?;
    if logged["canonicalizedBody"] != STANDARD.encode(body) {
        return Err("the log has another entry there".to_owned());
    }
    let entry: Value = serde_json::from_str(body).unwrap_or_default();
    if entry["spec"]["signatures"][0]["signature"] != STANDARD.encode(&signature) {
        return Err("the log entry is of another signature".to_owned());
    }
    let statement = serde_json::from_slice(&payload).map_err(|_| "the statement is not JSON")?;
    Ok(Attested { statement, signer: certificate::name(&certificate).unwrap_or_default() })
}
