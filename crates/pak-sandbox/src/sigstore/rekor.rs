//! The emulated transparency log: checks what it is given, keeps it for ever, proves that it has it.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::keys::{from_pem, signed, signed_digest};
use super::{Refusal, Services, certificate, tree};
use crate::store::Store;

const FILE: &str = "sigstore/log.json";
const TREE: u64 = 1;
/// The log's name in its checkpoints.
const ORIGIN: &str = "pak-sandbox";

/// What is in the log.
#[derive(Serialize, Deserialize)]
pub(super) struct Log {
    entries: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    body: String,
    time: i64,
}

/// What became of a proposed entry.
pub(super) enum Added {
    New(usize),
    Known(usize),
}

impl Log {
    pub(super) fn load(store: &Store) -> io::Result<Self> {
        match store.read(FILE)? {
            Some(bytes) => Ok(serde_json::from_slice(&bytes)?),
            // Verifiers written in Go take an entry numbered 0 for one without a number, so the first one is nobody's.
            None => Ok(Self { entries: vec![Entry { body: r#"{"kind":"beginning"}"#.to_owned(), time: 0 }] }),
        }
    }

    /// Takes an entry in, if it is what it says.
    pub(super) fn add(&mut self, store: &Store, proposed: &Value) -> Result<Added, Refusal> {
        let body = match (proposed["kind"].as_str(), proposed["apiVersion"].as_str()) {
            (Some("hashedrekord"), Some("0.0.1")) => hashed(&proposed["spec"]),
            (Some("dsse"), Some("0.0.1")) => enveloped(&proposed["spec"]),
            _ => return Err(bad("this kind of entry is not supported")),
        }?
        .to_string();
        if let Some(at) = self.entries.iter().position(|entry| entry.body == body) {
            return Ok(Added::Known(at));
        }
        self.entries.push(Entry { body, time: jiff::Timestamp::now().as_second() });
        store.write(FILE, &serde_json::to_vec(self).map_err(io::Error::from)?)?;
        Ok(Added::New(self.entries.len() - 1))
    }

    /// An entry as it is kept.
    pub(super) fn body(&self, index: usize) -> Option<&str> {
        Some(&self.entries.get(index)?.body)
    }

    /// The entry's id: the tree's and the hash of the entry.
    pub(super) fn id(&self, index: usize) -> Option<String> {
        let entry = self.entries.get(index)?;
        Some(format!("{TREE:016x}{}", hex::encode(tree::leaf(entry.body.as_bytes()))))
    }

    /// The entry of an id, with or without the tree's part.
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        (0..self.entries.len())
            .find(|index| self.id(*index).is_some_and(|full| full == id || full.get(16..) == Some(id)))
    }

    /// An entry as clients are told of it, with its proofs.
    pub(super) fn shown(&self, services: &Services, index: usize) -> Result<Value, Refusal> {
        let missing = || Refusal(StatusCode::NOT_FOUND, "entry not found".to_owned());
        let (entry, id) = self.entries.get(index).zip(self.id(index)).ok_or_else(missing)?;
        let leaves: Vec<tree::Hash> = self.entries.iter().map(|entry| tree::leaf(entry.body.as_bytes())).collect();
        let root = tree::root(&leaves);
        let log = hex::encode(services.log.id());
        let body = STANDARD.encode(&entry.body);
        // The names are in the order that canonical JSON has them in.
        let promised = json!({"body": body, "integratedTime": entry.time, "logID": log, "logIndex": index});
        let promise = services.log.sign(promised.to_string().as_bytes())?;
        let proof = json!({
            "checkpoint": checkpoint(services, leaves.len(), &root)?,
            "hashes": tree::proof(&leaves, index).iter().map(hex::encode).collect::<Vec<_>>(),
            "logIndex": index,
            "rootHash": hex::encode(root),
            "treeSize": leaves.len(),
        });
        let mut shown = promised;
        shown["verification"] = json!({"inclusionProof": proof, "signedEntryTimestamp": STANDARD.encode(promise)});
        Ok(json!({id: shown}))
    }
}

/// The signed head of the tree.
fn checkpoint(services: &Services, size: usize, root: &tree::Hash) -> io::Result<String> {
    let head = format!("{ORIGIN} - {TREE}\n{size}\n{}\n", STANDARD.encode(root));
    let signature = services.log.sign(head.as_bytes())?;
    let hinted = [services.log.id().get(..4).unwrap_or_default(), &signature].concat();
    Ok(format!("{head}\n\u{2014} {ORIGIN} {}\n", STANDARD.encode(hinted)))
}

fn bad(text: &str) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, text.to_owned())
}

fn decoded(value: &Value) -> Result<Vec<u8>, Refusal> {
    let bytes = value.as_str().and_then(|text| STANDARD.decode(text).ok());
    bytes.ok_or_else(|| bad("a field is not base64"))
}

/// The public key that a PEM document, encoded once more, holds or certifies.
fn verifier(value: &Value) -> Result<Vec<u8>, Refusal> {
    let text = String::from_utf8(decoded(value)?).map_err(|_| bad("the key is not PEM"))?;
    let key = from_pem("PUBLIC KEY", &text)
        .or_else(|| from_pem("CERTIFICATE", &text).and_then(|der| certificate::public_key(&der)));
    key.ok_or_else(|| bad("the key is neither a public key nor a certificate"))
}

/// `hashedrekord`: a signature over something of which the hash is known.
fn hashed(spec: &Value) -> Result<Value, Refusal> {
    let (hash, signature) = (&spec["data"]["hash"], &spec["signature"]);
    if hash["algorithm"] != "sha256" {
        return Err(bad("only sha256 is supported"));
    }
    let digest = hex::decode(hash["value"].as_str().unwrap_or_default()).map_err(|_| bad("the hash is not hex"))?;
    let key = verifier(&signature["publicKey"]["content"])?;
    if !signed_digest(&key, &digest, &decoded(&signature["content"])?) {
        return Err(bad("verifying signature: invalid signature when validating ASN.1 encoded signature"));
    }
    Ok(json!({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": {
        "data": {"hash": {"algorithm": "sha256", "value": hash["value"]}},
        "signature": {"content": signature["content"], "publicKey": {"content": signature["publicKey"]["content"]}},
    }}))
}

/// `dsse`: a signed envelope. The log keeps hashes of it and of what is in it.
fn enveloped(spec: &Value) -> Result<Value, Refusal> {
    let content = &spec["proposedContent"];
    let text = content["envelope"].as_str().ok_or_else(|| bad("no envelope"))?;
    let envelope: Value = serde_json::from_str(text).map_err(|_| bad("the envelope is not JSON"))?;
    let payload = decoded(&envelope["payload"])?;
    let message = encoded_before_signing(envelope["payloadType"].as_str().unwrap_or_default(), &payload);
    let verifiers = content["verifiers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut signatures = Vec::new();
    for signature in envelope["signatures"].as_array().into_iter().flatten() {
        let bytes = decoded(&signature["sig"])?;
        let by = verifiers.iter().find(|key| verifier(key).is_ok_and(|key| signed(&key, &message, &bytes)));
        let by = by.ok_or_else(|| bad("no verifier has made a signature of the envelope"))?;
        signatures.push(json!({"signature": STANDARD.encode(bytes), "verifier": by}));
    }
    if signatures.is_empty() {
        return Err(bad("the envelope is not signed"));
    }
    let hash = |bytes: &[u8]| json!({"algorithm": "sha256", "value": hex::encode(Sha256::digest(bytes))});
    Ok(json!({"apiVersion": "0.0.1", "kind": "dsse", "spec": {
        "envelopeHash": hash(text.as_bytes()), "payloadHash": hash(&payload), "signatures": signatures,
    }}))
}

/// What the signature of an envelope is over.
pub(super) fn encoded_before_signing(kind: &str, payload: &[u8]) -> Vec<u8> {
    [format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).as_bytes(), payload].concat()
}
