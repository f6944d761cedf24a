//! Keys of the emulated services: made at first use, kept in the store.

use std::io;

use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;

use crate::store::Store;

/// One P-256 key.
pub(super) struct Key {
    pair: EcdsaKeyPair,
    /// The public half as SubjectPublicKeyInfo.
    pub(super) public: Vec<u8>,
}

impl Key {
    /// The key of a service.
    pub(super) fn open(store: &Store, service: &str) -> io::Result<Self> {
        let file = format!("sigstore/{service}.pk8");
        let pkcs8 = match store.read(&file)? {
            Some(bytes) => bytes,
            None => {
                let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new());
                let made = made.map_err(broken)?.as_ref().to_vec();
                store.write(&file, &made)?;
                made
            }
        };
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8).map_err(broken)?;
        let public = pair.public_key().as_der().map_err(broken)?.as_ref().to_vec();
        Ok(Self { pair, public })
    }

    /// Signs (ECDSA over SHA-256, DER).
    pub(super) fn sign(&self, message: &[u8]) -> io::Result<Vec<u8>> {
        Ok(self.pair.sign(&SystemRandom::new(), message).map_err(broken)?.as_ref().to_vec())
    }

    /// The log id of a key: the hash of its public half.
    pub(super) fn id(&self) -> [u8; 32] {
        sha2::Sha256::digest(&self.public).into()
    }
}

fn broken(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("a key of the emulated sigstore: {error}"))
}

/// Whether a public key (SubjectPublicKeyInfo, P-256) signed a message.
pub(super) fn signed(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public).verify(message, signature).is_ok()
}

/// Whether a public key signed a message of which the SHA-256 is known.
pub(super) fn signed_digest(public: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    Digest::import_less_safe(digest, &SHA256).is_ok_and(|digest| {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public).verify_digest(&digest, signature).is_ok()
    })
}

/// A PEM document.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// The bytes of the first PEM document with this label.
pub(super) fn from_pem(label: &str, text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}
