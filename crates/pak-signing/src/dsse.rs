//! DSSE envelopes: a payload, its type, and one or more signatures over both. Called for statements, and for small files whole.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use pak_model::{Problem, Result, code};
use serde::{Deserialize, Serialize};

use crate::key::{PublicKey, SecretKey};

/// An envelope longer than this is none.
const LIMIT: usize = 64 << 20;
/// The type of a payload that is a file as it is.
pub const FILE: &str = "application/octet-stream";

/// An envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// How the payload is to be read.
    pub payload_type: String,
    /// What is signed.
    pub payload: Vec<u8>,
    /// By whom.
    pub signatures: Vec<Signature>,
}

/// A signature of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// A hint which key it is by. It is not signed, and nothing is concluded from it.
    pub key: Option<String>,
    /// The signature's bytes.
    pub bytes: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    payload: String,
    payload_type: String,
    signatures: Vec<WrittenSignature>,
}

#[derive(Serialize, Deserialize)]
struct WrittenSignature {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keyid: Option<String>,
    sig: String,
}

/// What is signed: type and payload with their lengths, so that no other pair gives the same bytes.
pub fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

impl Envelope {
    /// An envelope without signatures.
    pub fn new(payload_type: impl Into<String>, payload: impl Into<Vec<u8>>) -> Self {
        Self { payload_type: payload_type.into(), payload: payload.into(), signatures: Vec::new() }
    }

    /// Reads an envelope.
    pub fn read(json: &[u8]) -> Result<Self> {
        let invalid = |text: &str| Problem::new(code::signing::SIGNATURE_INVALID, text);
        if json.len() > LIMIT {
            return Err(invalid("The DSSE envelope is too large."));
        }
        let written: Written =
            serde_json::from_slice(json).map_err(|error| invalid("This is no DSSE envelope.").cause(&error))?;
        // The specification lets writers choose between the two alphabets.
        let decode = |text: &str| STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok();
        let payload =
            decode(&written.payload).ok_or_else(|| invalid("The payload of the DSSE envelope is no base64."))?;
        let signatures = written
            .signatures
            .into_iter()
            .map(|one| Some(Signature { key: one.keyid.filter(|key| !key.is_empty()), bytes: decode(&one.sig)? }));
        let signatures: Option<Vec<_>> = signatures.collect();
        let signatures = signatures.ok_or_else(|| invalid("A signature of the DSSE envelope is no base64."))?;
        Ok(Self { payload_type: written.payload_type, payload, signatures })
    }

    /// The envelope on one line, as `.jsonl` files have it.
    pub fn to_json(&self) -> String {
        let signatures = self.signatures.iter();
        let written = Written {
            payload: STANDARD.encode(&self.payload),
            payload_type: self.payload_type.clone(),
            signatures: signatures
                .map(|one| WrittenSignature { keyid: one.key.clone(), sig: STANDARD.encode(&one.bytes) })
                .collect(),
        };
        // Strings and lists of strings cannot fail to be written.
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// Adds a signature; one of the same key is replaced.
    pub fn sign(&mut self, key: &SecretKey) -> Result<()> {
        let id = key.public().id();
        let bytes = key.sign(&pre_authentication_encoding(&self.payload_type, &self.payload))?;
        self.signatures.retain(|one| one.key.as_deref() != Some(&id));
        self.signatures.push(Signature { key: Some(id), bytes });
        Ok(())
    }

    /// The ids of those given keys that signed it: at least one, or a problem.
    pub fn verify(&self, keys: &[PublicKey]) -> Result<Vec<String>> {
        if self.signatures.is_empty() {
            return Err(Problem::new(code::signing::UNSIGNED, "The DSSE envelope has no signature."));
        }
        let message = pre_authentication_encoding(&self.payload_type, &self.payload);
        let signed = |key: &&PublicKey| self.signatures.iter().any(|one| key.verifies(&message, &one.bytes));
        let signers: Vec<String> = keys.iter().filter(signed).map(PublicKey::id).collect();
        if !signers.is_empty() {
            return Ok(signers);
        }
        let named = self.signatures.iter().filter_map(|one| one.key.as_deref());
        let known = named.clone().find(|id| keys.iter().any(|key| key.id() == **id));
        Err(match known {
            Some(id) => {
                let message = format!("The DSSE envelope names the key {id}, whose signature does not fit.");
                Problem::new(code::signing::SIGNATURE_WRONG, message)
            }
            None => {
                let named: Vec<_> = named.map(|id| id.escape_debug().to_string()).collect();
                let named = if named.is_empty() { "which is not named".to_owned() } else { named.join(", ") };
                let message = format!("None of the keys given signed the DSSE envelope, but the key {named}.");
                Problem::new(code::signing::KEY_UNKNOWN, message)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_the_one_of_the_specification() {
        let encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn every_signer_is_named_and_strangers_are_not() {
        let keys: Vec<_> = (0..3).map(|_| SecretKey::generate().unwrap().0).collect();
        let mut envelope = Envelope::new(FILE, b"payload");
        envelope.sign(&keys[0]).unwrap();
        envelope.sign(&keys[1]).unwrap();
        envelope.sign(&keys[1]).unwrap();
        assert_eq!(envelope.signatures.len(), 2);
        let envelope = Envelope::read(envelope.to_json().as_bytes()).unwrap();
        let public: Vec<_> = keys.iter().map(|key| key.public().clone()).collect();
        assert_eq!(envelope.verify(&public).unwrap(), [public[0].id(), public[1].id()]);
        assert_eq!(envelope.verify(&public[2..]).unwrap_err().code(), code::signing::KEY_UNKNOWN);
        let mut changed = envelope.clone();
        changed.payload_type.push('x');
        assert_eq!(changed.verify(&public).unwrap_err().code(), code::signing::SIGNATURE_WRONG);
        let none = Envelope { signatures: Vec::new(), ..envelope };
        assert_eq!(none.verify(&public).unwrap_err().code(), code::signing::UNSIGNED);
    }
}
