//! OpenSSL, securesystemslib and in-toto.

use pak_signing::Content;
use pak_signing::dsse::{Envelope, pre_authentication_encoding};
use pak_signing::key::{PublicKey, SecretKey};
use pak_signing::statement::{self, Statement, Subject};
use pak_testing::Tool;

use crate::flips;
use crate::tool::{BYTES, CONTENT, Workplace};

const KINDS: [&str; 2] = ["-algorithm ed25519", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256"];

/// A key that OpenSSL made, in `key.pem` and `key.pub`.
fn key(openssl: &Workplace, kind: &str) -> SecretKey {
    openssl.succeed(&format!("genpkey {kind} -out key.pem"));
    openssl.succeed("pkey -in key.pem -pubout -out key.pub");
    let key = SecretKey::read(&openssl.text("key.pem")).unwrap();
    assert_eq!(&PublicKey::read(&openssl.text("key.pub")).unwrap(), key.public());
    assert_eq!(key.public().to_pem(), openssl.text("key.pub"));
    key
}

fn envelope(key: &SecretKey) -> Envelope {
    let predicate = serde_json::json!({ "passed": true });
    let mut envelope =
        Statement::new(vec![Subject::of(CONTENT)], "https://example.org/tests/v1", predicate).envelope().unwrap();
    envelope.sign(key).unwrap();
    envelope
}

#[test]
fn ours_verify_with_openssl_and_theirs_here() {
    let Some(openssl) = Workplace::with(Tool::Openssl) else { return };
    for kind in KINDS {
        let key = key(&openssl, kind);
        let envelope = envelope(&key);
        openssl.write("message", pre_authentication_encoding(&envelope.payload_type, &envelope.payload));
        openssl.write("signature", &envelope.signatures[0].bytes);
        let digest = if kind.contains("EC") { " -digest sha256" } else { "" };
        openssl
            .succeed(&format!("pkeyutl -verify -pubin -inkey key.pub -rawin{digest} -in message -sigfile signature"));
        openssl.succeed(&format!("pkeyutl -sign -inkey key.pem -rawin{digest} -in message -out theirs"));
        assert!(key.public().verifies(&openssl.read("message"), &openssl.read("theirs")));
        openssl.write("message", "other");
        assert!(!key.public().verifies(&openssl.read("message"), &openssl.read("theirs")));
    }
}

#[test]
fn flipped_bits_are_noticed() {
    let Some(openssl) = Workplace::with(Tool::Openssl) else { return };
    for kind in KINDS {
        let key = key(&openssl, kind);
        let keys = [key.public().clone()];
        let json = envelope(&key).to_json();
        // The key's name is a hint, which DSSE does not sign and nothing is concluded from.
        let hint = json.find("\"keyid\"").unwrap();
        let end = json.find(",\"sig\"").unwrap();
        flips::some_fail(
            "envelope",
            json.as_bytes(),
            |at| !(hint..end).contains(&at),
            |bytes| std::str::from_utf8(bytes).is_ok_and(|text| statement::verify(CONTENT, text, &keys).is_ok()),
        );
        flips::all_fail("file", BYTES, |bytes| statement::verify(Content { bytes, ..CONTENT }, &json, &keys).is_ok());
    }
}

/// Verifies `envelope.json` by `key.pub` and writes one of its own over the same payload.
const SECURESYSTEMSLIB: &str = r#"
import json, sys
from cryptography.hazmat.primitives.serialization import load_pem_public_key, load_pem_private_key
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey, CryptoSigner
E = json.load(open("envelope.json"))
public = SSlibKey.from_crypto(load_pem_public_key(open("key.pub", "rb").read()), keyid=E["signatures"][0]["keyid"])
envelope = Envelope.from_dict(E)
assert list(envelope.verify([public], 1)) == [public.keyid]
statement = json.loads(envelope.payload)
assert statement["_type"] == "https://in-toto.io/Statement/v1", statement
signer = CryptoSigner(load_pem_private_key(open("key.pem", "rb").read(), None), public)
own = Envelope(envelope.payload, envelope.payload_type, {})
own.sign(signer)
json.dump(own.to_dict(), open("theirs.json", "w"))
envelope.payload += b" "
try:
    envelope.verify([public], 1)
except Exception:
    print("verified, and a changed one refused")
"#;

#[test]
fn envelopes_are_exchanged_with_securesystemslib() {
    let (Some(openssl), Some(python)) = (Workplace::with(Tool::Openssl), Workplace::with(Tool::SigningPython)) else {
        return;
    };
    for kind in KINDS {
        let key = key(&openssl, kind);
        for file in ["key.pem", "key.pub"] {
            python.write(file, openssl.text(file));
        }
        python.write("envelope.json", envelope(&key).to_json());
        let output = python.call(&["-c", SECURESYSTEMSLIB]);
        assert!(output.stdout.contains("a changed one refused"), "{output}");
        let verified = statement::verify(CONTENT, &python.text("theirs.json"), &[key.public().clone()]).unwrap();
        assert_eq!(verified.signer, Some(format!("key {}", key.public().id())));
    }
}
