//! RSA signatures of PKCS #1 v1.5 where no library in use makes them: SSH's with SHA-512, and Alpine's with SHA-1.

use pak_model::{Problem, Result, code};
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::{BigUint, Pkcs1v15Sign, RsaPrivateKey};
use sha1::Sha1;
use sha2::{Digest as _, Sha512};

/// The digests, with what stands before them in a signature (RFC 8017, 9.2).
#[derive(Debug, Clone, Copy)]
pub(crate) enum Digest {
    Sha1,
    Sha512,
}

impl Digest {
    fn of(self, bytes: &[u8]) -> (&'static [u8], Vec<u8>) {
        match self {
            Self::Sha1 => (
                &[0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14],
                Sha1::digest(bytes).to_vec(),
            ),
            Self::Sha512 => (
                &[
                    0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05,
                    0x00, 0x04, 0x40,
                ],
                Sha512::digest(bytes).to_vec(),
            ),
        }
    }
}

/// A key of its numbers: modulus, public and private exponent, and the two primes.
pub(crate) fn key(n: BigUint, e: BigUint, d: BigUint, primes: Vec<BigUint>) -> Result<RsaPrivateKey> {
    RsaPrivateKey::from_components(n, e, d, primes)
        .map_err(|error| Problem::new(code::signing::KEY_INVALID, "The RSA key is damaged.").cause(&error))
}

/// A key from a PEM file: `PRIVATE KEY` or `RSA PRIVATE KEY`.
pub(crate) fn read(text: &str) -> Result<RsaPrivateKey> {
    let key = match crate::key::pem(text) {
        Some(("PRIVATE KEY", der)) => RsaPrivateKey::from_pkcs8_der(&der).ok(),
        Some(("RSA PRIVATE KEY", der)) => RsaPrivateKey::from_pkcs1_der(&der).ok(),
        _ => None,
    };
    key.ok_or_else(|| Problem::new(code::signing::KEY_INVALID, "This is no secret RSA key in PEM form."))
}

/// A signature, the same each time.
pub(crate) fn sign(key: &RsaPrivateKey, digest: Digest, bytes: &[u8]) -> Result<Vec<u8>> {
    let (prefix, hashed) = digest.of(bytes);
    let scheme = Pkcs1v15Sign { hash_len: Some(hashed.len()), prefix: prefix.into() };
    key.sign(scheme, &hashed)
        .map_err(|error| Problem::new(code::signing::SIGN_FAILED, "The RSA key does not sign.").cause(&error))
}
