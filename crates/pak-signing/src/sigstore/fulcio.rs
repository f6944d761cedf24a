//! The certificate authority: an identity token and a proof that the key is held, against a certificate.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use pak_http::{Body, Client, Request, status_problem};
use pak_model::{Problem, Result, Secret, code};
use serde::Deserialize;
use serde_json::{Value, json};
use sigstore_types::DerCertificate;
use sigstore_verify::crypto::KeyPair;
use url::Url;

use super::keyless::failed;
use super::{below, unexpected};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    signed_certificate_embedded_sct: Certified,
}

#[derive(Deserialize)]
struct Certified {
    chain: Chain,
}

#[derive(Deserialize)]
struct Chain {
    certificates: Vec<String>,
}

/// Has a key certified for the identity of a token.
pub(super) async fn certify(client: &Client, fulcio: &Url, token: &Secret, key: &KeyPair) -> Result<DerCertificate> {
    let proof = key.sign(subject(token)?.as_bytes()).map_err(failed)?;
    let public = key.public_key_der().map_err(failed)?;
    let body = json!({
        "credentials": {"oidcIdentityToken": token.expose()},
        "publicKeyRequest": {
            "publicKey": {"algorithm": "ECDSA", "content": public.to_pem()},
            "proofOfPossession": proof.to_base64(),
        },
    });
    // A certificate that is lost on its way is asked for again: it is good for minutes, and for this key alone.
    let request = Request::post(below(fulcio, "api/v2/signingCert"), Body::bytes(body.to_string()))
        .content_type("application/json")
        .accept("application/json")
        .signs_in();
    let response = client.send(request).await?;
    if !response.status().is_success() {
        return Err(status_problem("Asking for a signing certificate", response, true).await);
    }
    let answer: Answer = response.json().await?;
    let leaf = answer.signed_certificate_embedded_sct.chain.certificates.into_iter().next().unwrap_or_default();
    let leaf = DerCertificate::from_pem(&leaf)
        .map_err(|error| unexpected("The authority did not answer with a certificate.").cause(&error))?;
    let certified = sigstore_verify::crypto::parse_certificate_info(&leaf)
        .map_err(|error| unexpected("The authority's certificate cannot be read.").cause(&error))?;
    if certified.public_key != public {
        return Err(unexpected("The authority certified another key than it was asked to."));
    }
    Ok(leaf)
}

/// What is signed to show that the key is held: the token's address where it has one, else its subject.
fn subject(token: &Secret) -> Result<String> {
    let payload =
        token.expose().split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok());
    let claims: Option<Value> = payload.and_then(|payload| serde_json::from_slice(&payload).ok());
    let claim = |name: &str| claims.as_ref()?.get(name)?.as_str().map(str::to_owned);
    claim("email").or_else(|| claim("sub")).ok_or_else(|| {
        Problem::new(code::signing::IDENTITY_INVALID, "The identity token is no JSON web token with a subject.")
    })
}

/// A key or certificate as the log wants it: PEM, in base64 once more.
pub(super) fn wrapped(pem: &str) -> String {
    STANDARD.encode(pem)
}
