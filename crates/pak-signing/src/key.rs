//! Plain keys in PEM files, as `openssl genpkey` and `openssl pkey -pubout` write them: Ed25519, ECDSA P-256, and RSA for
//! verifying. Used by DSSE and whatever else has no key format of its own.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
    RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pak_model::{Digests, Problem, Result, Secret, code};

/// One block of a PEM file: its label and its bytes. Only the first is read.
pub fn pem(text: &str) -> Option<(&str, Vec<u8>)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    let body: String = body.split_ascii_whitespace().collect();
    Some((label, STANDARD.decode(body).ok()?))
}

/// A PEM block.
pub fn to_pem(label: &str, bytes: &[u8]) -> String {
    let body = STANDARD.encode(bytes);
    let lines = body.as_bytes().chunks(64).map(|line| format!("{}\n", String::from_utf8_lossy(line)));
    format!("-----BEGIN {label}-----\n{}-----END {label}-----\n", lines.collect::<String>())
}

/// The algorithms of plain keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Signatures are the same each time.
    Ed25519,
    /// ECDSA on P-256 with SHA-256. Signatures hold randomness.
    P256,
    /// RSA, PKCS #1 v1.5 with SHA-256: verified only.
    Rsa,
}

impl Algorithm {
    /// Each with its object identifier as it stands in keys.
    const ALL: [(Self, &[u8]); 3] = [
        (Self::Ed25519, &[0x06, 0x03, 0x2b, 0x65, 0x70]),
        (Self::P256, &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]),
        (Self::Rsa, &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]),
    ];

    fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Ed25519 => &ED25519,
            Self::P256 => &ECDSA_P256_SHA256_ASN1,
            Self::Rsa => &RSA_PKCS1_2048_8192_SHA256,
        }
    }
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    algorithm: Algorithm,
    der: Vec<u8>,
}

impl PublicKey {
    /// Reads a PEM file with a `PUBLIC KEY`.
    pub fn read(text: &str) -> Result<Self> {
        match pem(text) {
            Some(("PUBLIC KEY", der)) => Self::from_der(der),
            _ => Err(Problem::new(code::signing::KEY_INVALID, "This is no public key in PEM form.")),
        }
    }

    /// Takes a `SubjectPublicKeyInfo`.
    pub fn from_der(der: Vec<u8>) -> Result<Self> {
        // The identifier stands right at the beginning, before the key itself.
        let head = der.get(..der.len().min(32)).unwrap_or_default();
        let known = Algorithm::ALL.into_iter().find(|(_, oid)| head.windows(oid.len()).any(|window| window == *oid));
        let algorithm = known.map(|(algorithm, _)| algorithm);
        let usable = |algorithm: &Algorithm| UnparsedPublicKey::new(algorithm.verification(), &der).parse().is_ok();
        let Some(algorithm) = algorithm.filter(usable) else {
            let message = "The public key is neither Ed25519, nor ECDSA on P-256, nor RSA of at least 2048 bits.";
            return Err(Problem::new(code::signing::KEY_INVALID, message));
        };
        Ok(Self { algorithm, der })
    }

    /// Which algorithm the key is for.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The `SubjectPublicKeyInfo`.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The key's file.
    pub fn to_pem(&self) -> String {
        to_pem("PUBLIC KEY", &self.der)
    }

    /// What the key is known by: the SHA-256 of its `SubjectPublicKeyInfo`, in hex.
    pub fn id(&self) -> String {
        Digests::of(&self.der).sha256.unwrap_or_default()
    }

    /// Whether a signature over a message is by this key.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.algorithm.verification(), &self.der).verify(message, signature).is_ok()
    }
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

/// A secret key.
pub struct SecretKey {
    pair: Pair,
    public: PublicKey,
}

impl SecretKey {
    /// Reads a PEM file with a `PRIVATE KEY` or `EC PRIVATE KEY`.
    pub fn read(text: &str) -> Result<Self> {
        let invalid = |message: &str| Problem::new(code::signing::KEY_INVALID, message);
        let (label, der) = pem(text).ok_or_else(|| invalid("This is no secret key in PEM form."))?;
        match label {
            "PRIVATE KEY" | "EC PRIVATE KEY" => {}
            "ENCRYPTED PRIVATE KEY" => {
                return Err(invalid("Secret keys in PEM form that are locked by a passphrase are not read.")
                    .next("Sign with minisign, OpenPGP or SSH, whose locked keys are read; or keep the unlocked key in your CI's secrets."));
            }
            _ => return Err(invalid("This is no secret key in PEM form.")),
        }
        let pair = Ed25519KeyPair::from_pkcs8(&der)
            .map(Pair::Ed25519)
            .or_else(|_| EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_ASN1_SIGNING, &der).map(Pair::P256));
        Self::new(pair.map_err(|_| invalid("The secret key is neither Ed25519 nor ECDSA on P-256."))?)
    }

    /// A new Ed25519 key, and its file.
    pub fn generate() -> Result<(Self, Secret)> {
        let failed = |_| Problem::new(code::signing::SIGN_FAILED, "No key can be made.");
        let pair = Ed25519KeyPair::generate().map_err(failed)?;
        let der = pair.to_pkcs8v1().map_err(failed)?;
        Ok((Self::new(Pair::Ed25519(pair))?, Secret::new(to_pem("PRIVATE KEY", der.as_ref()))))
    }

    fn new(pair: Pair) -> Result<Self> {
        let der: Result<PublicKeyX509Der<'_>, _> = match &pair {
            Pair::Ed25519(pair) => pair.public_key().as_der(),
            Pair::P256(pair) => pair.public_key().as_der(),
        };
        let der = der.map_err(|_| Problem::new(code::signing::KEY_INVALID, "The secret key has no public half."))?;
        let public = PublicKey::from_der(der.as_ref().to_vec())?;
        Ok(Self { pair, public })
    }

    /// Its public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let signature = match &self.pair {
            Pair::Ed25519(pair) => pair.try_sign(message),
            Pair::P256(pair) => pair.sign(&SystemRandom::new(), message),
        };
        let failed = |_| Problem::new(code::signing::SIGN_FAILED, "The key does not sign.");
        Ok(signature.map_err(failed)?.as_ref().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let (key, file) = SecretKey::generate().unwrap();
        let signature = key.sign(b"message").unwrap();
        assert_eq!(SecretKey::read(file.expose()).unwrap().sign(b"message").unwrap(), signature);
        let public = PublicKey::read(&key.public().to_pem()).unwrap();
        assert!(public.verifies(b"message", &signature));
        assert!(!public.verifies(b"messagf", &signature));
        assert!(!public.verifies(b"message", &signature[..63]));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let certificate = to_pem("CERTIFICATE", b"x");
        for text in
            ["", "-----BEGIN PUBLIC KEY-----", "-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----", &certificate]
        {
            assert!(PublicKey::read(text).is_err(), "{text}");
            assert!(SecretKey::read(text).is_err(), "{text}");
        }
    }
}
