//! Attestations: signed once, saved with the run, published with the artifacts, and verified by whoever reads them.

use base64::Engine as _;
use pak_deploy::{Session, history, plan, run};
use pak_model::code;
use pak_model::env::Env;
use pak_model::event::RunOutcome;
use pak_model::plan::Plan;
use pak_platforms::http::Request;
use pak_sandbox::{Kind, identity};
use pak_signing::Content;
use pak_signing::sigstore::{self, Identity, Pattern, TrustRoot};
use serde_json::{Value, json};

use crate::stage::Stage;

const WORKFLOW: &str = "https://github.com/pak/sandbox/.github/workflows/release.yml@refs/heads/main";

/// A stage whose sandbox publishes with provenance.
async fn stage(targets: &[&str]) -> Stage {
    let stage = Stage::greeter().await;
    let targets = targets.iter().map(|name| format!("[environments.sandbox.{name}]\nprovenance = true\n"));
    let targets = targets.collect::<String>();
    let settings = std::fs::read_to_string(stage.project.join("pak.toml")).unwrap();
    stage.project.write("pak.toml", format!("{settings}\n{targets}"));
    stage
}

fn logged(stage: &Stage) -> usize {
    stage.writes().iter().filter(|line| line.starts_with("POST /api/v1/log/entries")).count()
}

async fn get(stage: &Stage, session: &Session, path: &str) -> Vec<u8> {
    let url = format!("{}{path}", stage.sandbox.base()).parse().unwrap();
    session.http.send(Request::get(url)).await.unwrap().bytes().await.unwrap().to_vec()
}

async fn trust(stage: &Stage, session: &Session) -> TrustRoot {
    let root = get(stage, session, "/sigstore/trusted_root.json").await;
    TrustRoot::read(std::str::from_utf8(&root).unwrap()).unwrap()
}

fn signer() -> Identity {
    let pattern = |text: &str| Pattern::new(text).unwrap();
    Identity { name: pattern(WORKFLOW), issuer: pattern(identity::ISSUER) }
}

/// Verifies what the registries show, as a stranger would.
async fn check(stage: &Stage, session: &Session) {
    let read = async |path: &str| -> Value { serde_json::from_slice(&get(stage, session, path).await).unwrap() };
    let (trust, signer) = (trust(stage, session).await, signer());

    let version = read("/npm/pak-greeter/1.0.0").await;
    let attested = &version["dist"]["attestations"];
    assert_eq!(attested["provenance"]["predicateType"], "https://slsa.dev/provenance/v1");
    assert_eq!(attested["url"], format!("{}/npm/-/npm/v1/attestations/pak-greeter@1.0.0", stage.sandbox.base()));
    let shown = read("/npm/-/npm/v1/attestations/pak-greeter@1.0.0").await;
    let bundle = shown["attestations"][0]["bundle"].to_string();
    let tarball = get(stage, session, "/npm/pak-greeter/-/pak-greeter-1.0.0.tgz").await;
    let content = Content { name: "pkg:npm/pak-greeter@1.0.0", bytes: &tarball };
    let verified = sigstore::verify(content, bundle.as_bytes(), &trust, &signer).unwrap();
    assert!(verified.notes.iter().any(|note| note.contains("slsa.dev/provenance/v1")), "{:?}", verified.notes);

    for file in ["pak_greeter-1.0.0-py3-none-any.whl", "pak_greeter-1.0.0.tar.gz"] {
        let shown = read(&format!("/pypi/integrity/pak-greeter/1.0.0/{file}/provenance")).await;
        let attestation = &shown["attestation_bundles"][0]["attestations"][0];
        let (material, envelope) = (&attestation["verification_material"], &attestation["envelope"]);
        let bundle = json!({
            "mediaType": sigstore::MEDIA_TYPE,
            "verificationMaterial": {
                "certificate": {"rawBytes": material["certificate"]}, "tlogEntries": material["transparency_entries"],
            },
            "dsseEnvelope": {
                "payloadType": "application/vnd.in-toto+json",
                "payload": envelope["statement"],
                "signatures": [{"sig": envelope["signature"]}],
            },
        });
        let bytes = get(stage, session, &format!("/pypi/files/pak-greeter/{file}")).await;
        let content = Content { name: file, bytes: &bytes };
        sigstore::verify(content, bundle.to_string().as_bytes(), &trust, &signer).unwrap();
        let statement = base64::engine::general_purpose::STANDARD.decode(envelope["statement"].as_str().unwrap());
        let statement: Value = serde_json::from_slice(&statement.unwrap()).unwrap();
        assert_eq!(statement["predicateType"], pak_model::python::PUBLISH_PREDICATE);
    }
}

fn only(session: Session) -> Session {
    Session { only: Some(vec!["npm".into(), "pypi".into()]), ..session }
}

fn codes(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().flat_map(|step| &step.findings).map(|finding| finding.code.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn attestations_are_published_with_what_they_are_about() {
    let stage = stage(&["npm", "pypi"]).await;
    let session = only(stage.session().0);
    let planned = plan::prepare(&session, &stage.project.join("out")).await.unwrap();
    assert_eq!(codes(&planned.plan).iter().filter(|code| **code == code::deploy::ATTESTED.id).count(), 2);
    assert_eq!(logged(&stage), 0, "a plan signs nothing");
    let report = run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Success, "{:?}", report.problem());
    assert_eq!(logged(&stage), 3, "one for each file");
    check(&stage, &session).await;

    let again = run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    assert_eq!(again.outcome, RunOutcome::Success);
    assert_eq!(logged(&stage), 3, "what is published already is not signed again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_found_with_its_attestation() {
    let stage = stage(&["docker"]).await;
    let session = Session { only: Some(vec!["docker".into()]), ..stage.session().0 };
    let report = run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Success, "{:?}", report.problem());
    let read = async |path: &str| -> Value { serde_json::from_slice(&get(&stage, &session, path).await).unwrap() };
    let image = get(&stage, &session, "/v2/pak-greeter/manifests/1.0.0").await;
    let digest = pak_model::Digests::of(&image).sha256.unwrap();
    let referrers = read(&format!("/v2/pak-greeter/referrers/sha256:{digest}")).await;
    assert_eq!(referrers["manifests"][0]["artifactType"], sigstore::MEDIA_TYPE, "{referrers}");
    let manifest = referrers["manifests"][0]["digest"].as_str().unwrap();
    let manifest = read(&format!("/v2/pak-greeter/manifests/{manifest}")).await;
    let bundle = manifest["layers"][0]["digest"].as_str().unwrap();
    let bundle = get(&stage, &session, &format!("/v2/pak-greeter/blobs/{bundle}")).await;
    let (trust, signer) = (trust(&stage, &session).await, signer());
    sigstore::verify(Content { name: "the image", bytes: &image }, &bundle, &trust, &signer).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_run_sends_the_attestations_that_were_made() {
    let stage = stage(&["npm", "pypi"]).await;
    let busy = Kind::Status { status: 422, retry_after: None, body: None };
    stage.fault("PUT", "/npm/", 0, busy.clone());
    stage.fault("POST", "/pypi/legacy/", 0, busy);
    let session = only(stage.session().0);
    let report = run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    assert_ne!(report.outcome, RunOutcome::Success);
    let before = stage.sandbox.requests().len();
    stage.sandbox.faults().clear();
    // The first answer is lost on the way: what is there is found by the artifact's digest, attestation or not.
    stage.fault("PUT", "/npm/", 1, Kind::LostAnswer);
    let session = stage.session().0;
    let resumed = run::resume(&session, &history::unfinished(&session).unwrap()).await.unwrap();
    assert_eq!(resumed.outcome, RunOutcome::Success, "{:?}", resumed.problem());
    let later = stage.sandbox.requests().split_off(before);
    assert!(!later.iter().any(|line| line.contains("/api/")), "signed again: {later:?}");
    check(&stage, &session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_identity_the_plan_is_blocked() {
    let stage = stage(&["npm", "pypi"]).await;
    let (session, _) = stage.session();
    let address = |driver: &str| pak_sandbox::serve::addresses(&stage.sandbox.base(), driver).unwrap();
    let (npm, _, _) = address("npm");
    let (cargo, _, index) = address("cargo");
    let index = index.unwrap();
    let settings = [
        format!("[environments.ci.npm]\nregistry = \"{npm}\"\nprovenance = true"),
        format!("[environments.ci.cargo]\nregistry = \"{cargo}\"\nindex = \"{index}\"\nprovenance = true"),
    ];
    stage.project.write("pak.toml", format!("[project]\nname = \"greeter\"\n{}\n", settings.join("\n")));
    let project = pak_project::Project::open(stage.project.path(), &Env::default(), None).unwrap();
    let session = Session { project, environment: "ci".to_owned(), embedded: None, ..session };
    let planned = plan::prepare(&session, &stage.project.join("out")).await.unwrap();
    let codes = codes(&planned.plan);
    for expected in [code::signing::IDENTITY_MISSING, code::deploy::ATTESTATION_UNFIT] {
        assert!(codes.contains(&expected.id), "{codes:?}");
    }
    assert!(run::deploy(&session, None, &|_| Ok(())).await.is_err());
    assert_eq!(logged(&stage), 0);
}
