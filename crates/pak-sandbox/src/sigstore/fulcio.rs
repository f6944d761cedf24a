//! The emulated certificate authority: an identity token and a proof that the key is held, against a certificate of ten minutes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Value, json};

use super::certificate::{self, Subject};
use super::keys::{from_pem, pem, signed};
use super::{Refusal, Services, der};
use crate::identity;

/// The audience of identity tokens for signing.
const AUDIENCE: &str = "sigstore";

/// `POST /api/v2/signingCert`.
pub(super) fn certify(
    services: &Services,
    token: &str,
    bearer: Option<&str>,
    request: &Value,
) -> Result<Value, Refusal> {
    // The older way to hand the token over is a header.
    let identity = request["credentials"]["oidcIdentityToken"].as_str().or(bearer).unwrap_or_default();
    let refuse = |text: &str| Refusal(StatusCode::UNAUTHORIZED, text.to_owned());
    let claims = identity::claims(token, AUDIENCE, identity)
        .ok_or_else(|| refuse("There was an error processing the identity token"))?;
    let subject = Subject::of(&claims).ok_or_else(|| refuse("The identity token names nobody"))?;
    let public = held_key(request, claims["email"].as_str(), claims["sub"].as_str())?;
    let leaf = certificate::issue(&services.authority, &services.certificates, &public, &subject)?;
    let chain = [leaf, services.root.clone()].map(|der| pem("CERTIFICATE", &der));
    Ok(json!({"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}}))
}

/// The public key of a request whose sender has shown to hold the private one.
fn held_key(request: &Value, email: Option<&str>, subject: Option<&str>) -> Result<Vec<u8>, Refusal> {
    let bad = |text: &str| Refusal(StatusCode::BAD_REQUEST, text.to_owned());
    if let Some(encoded) = request["certificateSigningRequest"].as_str() {
        let decoded = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let request = decoded.and_then(|text| from_pem("CERTIFICATE REQUEST", &text));
        return request
            .and_then(|der| key_of_request(&der))
            .ok_or_else(|| bad("The certificate signing request could not be parsed"));
    }
    let asked = &request["publicKeyRequest"];
    let public = asked["publicKey"]["content"].as_str().and_then(|text| from_pem("PUBLIC KEY", text));
    let public = public.ok_or_else(|| bad("The public key supplied in the request could not be parsed"))?;
    let proof = asked["proofOfPossession"].as_str().and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
    // Clients sign the address where the token has one, else the subject.
    if [email, subject].into_iter().flatten().any(|signs| signed(&public, signs.as_bytes(), &proof)) {
        Ok(public)
    } else {
        Err(bad("The signature supplied in the request could not be verified"))
    }
}

/// The key of a PKCS#10 request that is signed by itself.
fn key_of_request(request: &[u8]) -> Option<Vec<u8>> {
    let parts = der::parts(request)?;
    let [content, _, signature] = parts[..] else { return None };
    let public = der::read(content.content)?.get(2)?.whole;
    let (_, signature) = signature.content.split_first()?;
    signed(public, content.whole, signature).then(|| public.to_vec())
}
