//! Sigstore's services as the sandbox emulates them: signing, verifying, every changed bit, lost answers, and the Python client
//! on the other side.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::Utf8PathBuf;
use pak_http::{Client, Policy};
use pak_model::fault::FaultPlan;
use pak_model::{Secret, code};
use pak_sandbox::{Fault, Kind, Options, Sandbox, identity};
use pak_signing::Content;
use pak_signing::key::SecretKey;
use pak_signing::sigstore::{self, AUDIENCE, Endpoints, Identity, Pattern, Payload, TrustRoot, keyless, with_key};
use pak_signing::statement::{Statement, Subject};
use pak_testing::Tool;
use serde_json::{Value, json};

const WORKFLOW: &str = "https://github.com/pak/greeter/.github/workflows/release.yml@refs/heads/main";
const FILE: Content<'_> = Content { name: "a.tgz", bytes: b"the artifact" };

struct Stage {
    sandbox: Sandbox,
    client: Client,
    folder: tempfile::TempDir,
}

impl Stage {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = Utf8PathBuf::from_path_buf(folder.path().join("sandbox")).unwrap();
        let sandbox = Sandbox::start(Options { data, port: 0 }).await.unwrap();
        Self { sandbox, client: Client::new(Policy::default(), FaultPlan::none()), folder }
    }

    fn endpoints(&self) -> Endpoints {
        let base = self.sandbox.base();
        Endpoints::new(Some(&base), Some(&format!("{base}/sigstore"))).unwrap()
    }

    fn token(&self) -> String {
        identity::issue_claims(self.sandbox.token(), AUDIENCE, identity::workflow("pak/greeter"))
    }

    async fn sign(&self, payload: Payload<'_>) -> pak_model::Result<String> {
        let bundle = keyless(&self.client, &self.endpoints(), &Secret::new(self.token()), payload).await?;
        Ok(bundle.to_json().unwrap())
    }

    async fn get(&self, path: &str) -> String {
        let url = format!("{}{path}", self.sandbox.base()).parse().unwrap();
        let body = self.client.send(pak_http::Request::get(url)).await.unwrap().bytes().await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    async fn trust(&self) -> TrustRoot {
        TrustRoot::read(&self.get("/sigstore/trusted_root.json").await).unwrap()
    }
}

fn by(name: &str, issuer: &str) -> Identity {
    Identity { name: Pattern::new(name).unwrap(), issuer: Pattern::new(issuer).unwrap() }
}

fn signer() -> Identity {
    by(WORKFLOW, identity::ISSUER)
}

fn statement() -> Vec<u8> {
    let statement = Statement::new(vec![Subject::of(FILE)], "https://example.org/claim/v1", json!({"a": 1}));
    serde_json::to_vec(&statement).unwrap()
}

#[tokio::test]
async fn a_signature_and_a_statement_name_their_signer() {
    let stage = Stage::new().await;
    let trust = stage.trust().await;
    for payload in [Payload::File(FILE.bytes), Payload::Statement(&statement())] {
        let bundle = stage.sign(payload).await.unwrap();
        let verified = sigstore::verify(FILE, bundle.as_bytes(), &trust, &signer()).unwrap();
        assert_eq!(verified.signer.unwrap(), format!("{WORKFLOW} (certified by {})", identity::ISSUER));
        assert!(verified.at.is_some());
        let notes = verified.notes.join("\n");
        assert!(notes.contains("https://github.com/pak/greeter at 5555"), "{notes}");
        let any_branch = by("https://github.com/pak/greeter/.github/workflows/release.yml@*", identity::ISSUER);
        sigstore::verify(FILE, bundle.as_bytes(), &trust, &any_branch).unwrap();
        for other in [by("https://github.com/pak/other/*", identity::ISSUER), by(WORKFLOW, "https://other.example")] {
            let problem = sigstore::verify(FILE, bundle.as_bytes(), &trust, &other).unwrap_err();
            assert_eq!(problem.code(), code::signing::KEY_UNKNOWN);
        }
        let other = Content { name: "a.tgz", bytes: b"another artifact" };
        let problem = sigstore::verify(other, bundle.as_bytes(), &trust, &signer()).unwrap_err();
        assert_eq!(problem.code(), code::signing::DIGEST_WRONG);
        // The same services with other keys are not these services.
        let stranger = Stage::new().await.trust().await;
        let problem = sigstore::verify(FILE, bundle.as_bytes(), &stranger, &signer()).unwrap_err();
        assert_eq!(problem.code(), code::signing::SIGNATURE_WRONG);
        assert!(sigstore::verify(FILE, bundle.as_bytes(), &TrustRoot::public().unwrap(), &signer()).is_err());
    }
}

#[tokio::test]
async fn a_key_of_ones_own_is_entered_too() {
    let stage = Stage::new().await;
    let pair = sigstore_key();
    let endpoints = stage.endpoints();
    for payload in [Payload::File(FILE.bytes), Payload::Statement(&statement())] {
        let bundle = with_key(&stage.client, &endpoints.rekor, &pair, payload).await.unwrap().to_json().unwrap();
        let trust = stage.trust().await;
        let verified = sigstore::verify_by_key(FILE, bundle.as_bytes(), &trust, pair.public()).unwrap();
        assert_eq!(verified.signer.unwrap(), format!("key {}", pair.public().id()));
        assert!(sigstore::verify_by_key(FILE, bundle.as_bytes(), &trust, sigstore_key().public()).is_err());
        assert!(sigstore::verify(FILE, bundle.as_bytes(), &trust, &signer()).is_err(), "it names no identity");
    }
    let other = SecretKey::generate().unwrap().0;
    let problem = with_key(&stage.client, &endpoints.rekor, &other, Payload::File(b"x")).await.unwrap_err();
    assert_eq!(problem.code(), code::signing::KEY_INVALID);
}

fn sigstore_key() -> SecretKey {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
    let random = aws_lc_rs::rand::SystemRandom::new();
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
    SecretKey::read(&pak_signing::key::to_pem("PRIVATE KEY", der.as_ref())).unwrap()
}

/// Every place of a bundle that is believed, as a JSON pointer below the log entry or the whole bundle.
fn believed(bundle: &Value) -> Vec<String> {
    let entry = "/verificationMaterial/tlogEntries/0";
    let mut places = vec!["/verificationMaterial/certificate/rawBytes".to_owned()];
    places.extend(["/messageSignature/signature", "/messageSignature/messageDigest/digest"].map(str::to_owned));
    places.extend(["/dsseEnvelope/payload", "/dsseEnvelope/signatures/0/sig"].map(str::to_owned));
    let fields = ["logId/keyId", "inclusionPromise/signedEntryTimestamp", "canonicalizedBody"];
    places.extend(fields.map(|field| format!("{entry}/{field}")));
    places.extend(["rootHash", "hashes/0", "hashes/1"].map(|field| format!("{entry}/inclusionProof/{field}")));
    places.retain(|place| bundle.pointer(place).is_some());
    places
}

#[tokio::test]
async fn every_changed_bit_is_seen() {
    let stage = Stage::new().await;
    for _ in 0..3 {
        stage.sign(Payload::File(b"others before")).await.unwrap();
    }
    let trust = stage.trust().await;
    let verify = |content: Content<'_>, bundle: &Value| {
        sigstore::verify(content, bundle.to_string().as_bytes(), &trust, &signer())
    };
    for payload in [Payload::File(FILE.bytes), Payload::Statement(&statement())] {
        let bundle: Value = serde_json::from_str(&stage.sign(payload).await.unwrap()).unwrap();
        verify(FILE, &bundle).unwrap();
        for bit in 0..FILE.bytes.len() * 8 {
            let mut bytes = FILE.bytes.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(verify(Content { name: "a.tgz", bytes: &bytes }, &bundle).is_err(), "artifact, bit {bit}");
        }
        let places = believed(&bundle);
        assert!(places.len() >= 8, "{places:?}");
        for place in places {
            let mut bytes = STANDARD.decode(bundle.pointer(&place).unwrap().as_str().unwrap()).unwrap();
            // One bit of every byte: all of them take minutes in a debug build, and were tried.
            for index in 0..bytes.len() {
                bytes[index] ^= 1 << (index % 8);
                let mut changed = bundle.clone();
                *changed.pointer_mut(&place).unwrap() = json!(STANDARD.encode(&bytes));
                assert!(verify(FILE, &changed).is_err(), "{place}, byte {index}");
                bytes[index] ^= 1 << (index % 8);
            }
        }
        let entry = "/verificationMaterial/tlogEntries/0";
        for number in ["logIndex", "integratedTime", "inclusionProof/logIndex", "inclusionProof/treeSize"] {
            let place = format!("{entry}/{number}");
            let value: u64 = bundle.pointer(&place).unwrap().as_str().unwrap().parse().unwrap();
            for bit in 0..40 {
                let mut changed = bundle.clone();
                *changed.pointer_mut(&place).unwrap() = json!((value ^ (1 << bit)).to_string());
                assert!(verify(FILE, &changed).is_err(), "{number}, bit {bit}");
            }
        }
        // The signed head: all of it but the signer's name, which is a word beside the signature.
        let place = format!("{entry}/inclusionProof/checkpoint/envelope");
        let head = bundle.pointer(&place).unwrap().as_str().unwrap().to_owned();
        let (text, signature) = head.split_once("\n\n").unwrap();
        let at = text.len() + 2 + signature.rfind(' ').unwrap() + 1;
        for index in (0..text.len()).chain(at..head.len() - 3) {
            let mut bytes = head.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            let mut changed = bundle.clone();
            *changed.pointer_mut(&place).unwrap() = json!(String::from_utf8(bytes).unwrap());
            assert!(verify(FILE, &changed).is_err(), "checkpoint, byte {index}");
        }
        // What is left out is not proven either.
        for part in [format!("{entry}/inclusionPromise"), format!("{entry}/inclusionProof")] {
            let (parent, name) = part.rsplit_once('/').unwrap();
            let mut changed = bundle.clone();
            changed.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
            assert!(verify(FILE, &changed).is_err(), "without {name}");
        }
        let mut changed = bundle.clone();
        *changed.pointer_mut("/verificationMaterial/tlogEntries").unwrap() = json!([]);
        assert!(verify(FILE, &changed).is_err(), "without the log");
    }
}

fn fault(path: &str, times: u32, kind: Kind) -> Fault {
    Fault { method: Some("POST".into()), path: Some(path.into()), skip: 0, times, kind }
}

#[tokio::test]
async fn lost_answers_are_found_again() {
    let stage = Stage::new().await;
    for times in [1, 2] {
        stage.sandbox.faults().add(fault("/api/v1/log/entries", times, Kind::LostAnswer));
        stage.sandbox.faults().add(fault("/api/v2/signingCert", 1, Kind::LostAnswer));
        let bundle = stage.sign(Payload::File(FILE.bytes)).await.unwrap();
        sigstore::verify(FILE, bundle.as_bytes(), &stage.trust().await, &signer()).unwrap();
    }
    let log: Value = serde_json::from_str(&stage.get("/api/v1/log/entries?logIndex=2").await).unwrap();
    let proof = &log.as_object().unwrap().values().next().unwrap()["verification"]["inclusionProof"];
    assert_eq!(proof["treeSize"], 3, "two signatures, two entries after the first, however often they were sent");
    let busy = Kind::Status { status: 503, retry_after: None, body: None };
    stage.sandbox.faults().add(fault("/api/v1/log/entries", 1, busy));
    stage.sign(Payload::File(FILE.bytes)).await.unwrap();
}

#[tokio::test]
async fn who_is_not_certified_signs_nothing() {
    let stage = Stage::new().await;
    let foreign = identity::issue("another key", AUDIENCE, "mallory");
    let elsewhere = identity::issue(stage.sandbox.token(), "pypi", "mallory");
    for token in [foreign, elsewhere, "no token".to_owned()] {
        let payload = Payload::File(FILE.bytes);
        let problem =
            keyless(&stage.client, &stage.endpoints(), &Secret::new(token.clone()), payload).await.unwrap_err();
        let said = serde_json::to_string(&problem.report()).unwrap();
        assert!(!said.contains(&token), "the token is repeated: {said}");
    }
    assert!(!stage.sandbox.requests().iter().any(|line| line.contains("log/entries")));
}

/// Runs sigstore's Python client with the sandbox's trust.
async fn python(stage: &Stage, arguments: &[&str]) -> (bool, String) {
    let program = Tool::Sigstore.find().unwrap();
    let config = stage.folder.path().join("trust.json");
    std::fs::write(&config, stage.get("/sigstore/trust_config.json").await).unwrap();
    let mut command = Command::new(program);
    command.arg("--trust-config").arg(&config).args(arguments).env_clear();
    command.env("HOME", stage.folder.path()).current_dir(stage.folder.path());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_client_verifies_ours() {
    if Tool::Sigstore.require_or_skip().is_none() {
        return;
    }
    let stage = Stage::new().await;
    let path = |name: &str| stage.folder.path().join(name);
    std::fs::write(path("a.tgz"), FILE.bytes).unwrap();
    for payload in [Payload::File(FILE.bytes), Payload::Statement(&statement())] {
        std::fs::write(path("a.sigstore.json"), stage.sign(payload).await.unwrap()).unwrap();
        let verify = ["verify", "identity", "--offline", "--bundle", "a.sigstore.json", "--cert-oidc-issuer"];
        let asked = |name: &'static str| [&verify[..], &[identity::ISSUER, "--cert-identity", name, "a.tgz"]].concat();
        let (good, said) = python(&stage, &asked(WORKFLOW)).await;
        assert!(good, "{said}");
        let (good, said) = python(&stage, &asked("https://github.com/mallory/x")).await;
        assert!(!good, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ours_verifies_the_python_clients() {
    if Tool::Sigstore.require_or_skip().is_none() {
        return;
    }
    let stage = Stage::new().await;
    let path = |name: &str| stage.folder.path().join(name);
    std::fs::write(path("a.tgz"), FILE.bytes).unwrap();
    let token = stage.token();
    let sign = ["sign", "--identity-token", &token, "--bundle", "a.sigstore.json", "a.tgz"];
    let (good, said) = python(&stage, &sign).await;
    assert!(good, "{said}");
    let bundle = std::fs::read(path("a.sigstore.json")).unwrap();
    let verified = sigstore::verify(FILE, &bundle, &stage.trust().await, &signer()).unwrap();
    assert!(verified.signer.unwrap().starts_with(WORKFLOW));
}
