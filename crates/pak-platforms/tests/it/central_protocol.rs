//! What the portal's emulation insists on, asked in its own protocol: bundles made by another zip writer, both ways of publishing,
//! files of what is held back, and a portal that is started again.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use pak_http::{Auth, Body, Client, Policy, Request, Response};
use pak_model::Digests;
use pak_model::fault::FaultPlan;
use pak_platforms::{Call, Endpoint, Staged};
use pak_sandbox::{Options, Sandbox};
use serde_json::Value;

use crate::conformance::{Fixture as _, Ground, publish};
use crate::fixtures::central::{ARTIFACT, COMPLETE, Central, GROUP};

/// What is done to a good bundle.
type Change = fn(&mut BTreeMap<String, Vec<u8>>);

const FOLDER: &str = "dev/sample/hello/1.0.0";

fn auth(ground: &Ground) -> Auth {
    // The form that older clients send; the driver sends the other one.
    Auth::bearer_or_basic(Some(&Central.credential(ground.sandbox.token())))
}

async fn ask(ground: &Ground, method: &str, path: &str) -> Response {
    let url = ground.call.endpoint().join(path).unwrap();
    let request = Request::new(method.parse().unwrap(), url).auth(auth(ground));
    ground.call.http().send(request).await.unwrap()
}

/// A bundle that the portal takes, file by file.
fn complete() -> BTreeMap<String, Vec<u8>> {
    let pom = format!(
        "<project><modelVersion>4.0.0</modelVersion><groupId>{GROUP}</groupId><artifactId>{ARTIFACT}</artifactId>\
         <version>1.0.0</version>{COMPLETE}</project>"
    );
    let mut files = BTreeMap::new();
    for (ending, content) in
        [(".pom", pom.as_str()), (".jar", "jar"), ("-sources.jar", "sources"), ("-javadoc.jar", "documentation")]
    {
        let path = format!("{FOLDER}/{ARTIFACT}-1.0.0{ending}");
        let digests = Digests::of(content.as_bytes());
        files.insert(format!("{path}.md5"), digests.md5.unwrap().into_bytes());
        files.insert(format!("{path}.sha1"), digests.sha1.unwrap().into_bytes());
        files.insert(format!("{path}.asc"), b"-----BEGIN PGP SIGNATURE-----\n".to_vec());
        files.insert(path, content.as_bytes().to_vec());
    }
    files
}

/// Uploads a bundle; the deployment's id.
async fn upload(ground: &Ground, files: &BTreeMap<String, Vec<u8>>, kind: &str) -> String {
    let mut archive = pak_build::format::zip::ZipFile::new(std::io::Cursor::new(Vec::new()), 0);
    for (path, bytes) in files {
        archive.file(path, false, bytes.as_slice()).unwrap();
    }
    let bytes = archive.finish().unwrap().into_inner();
    let head = "--b\r\nContent-Disposition: form-data; name=\"bundle\"; filename=\"b.zip\"\r\n\r\n";
    let body = Body::bytes(head).and_bytes(bytes).and_bytes("\r\n--b--\r\n");
    let path = format!("api/v1/publisher/upload?name=test&publishingType={kind}");
    let request = Request::post(ground.call.endpoint().join(&path).unwrap(), body)
        .content_type("multipart/form-data; boundary=b")
        .auth(auth(ground));
    let response = ground.call.http().send(request).await.unwrap();
    assert_eq!(response.status(), 201);
    response.text().await
}

async fn status(ground: &Ground, id: &str) -> Value {
    ask(ground, "POST", &format!("api/v1/publisher/status?id={id}")).await.json().await.unwrap()
}

async fn is_served(ground: &Ground, path: &str) -> bool {
    ask(ground, "GET", &format!("maven2/{path}")).await.status().is_success()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_is_told_with_the_file_it_is_about() {
    let ground = Ground::new(&Central).await;
    let cases: &[(Change, &str, &str)] = &[
        (|files| drop(files.remove(&jar("md5"))), "hello-1.0.0.jar", "Missing md5 checksum"),
        (|files| drop(files.insert(jar("sha1"), b"00".to_vec())), "hello-1.0.0.jar", "Invalid sha1 checksum"),
        (|files| drop(files.remove(&jar("asc"))), "hello-1.0.0.jar", "Missing signature"),
        (|files| drop(files.insert(jar("asc"), b"x".to_vec())), "hello-1.0.0.jar.asc", "Invalid signature"),
        (|files| files.retain(|path, _| !path.contains("javadoc")), "pkg:maven/dev.sample/hello@1.0.0", "Javadocs"),
        (|files| files.retain(|path, _| !path.contains(".pom")), "pkg:maven/dev.sample/hello@1.0.0", "Missing POM"),
        (|files| drop(files.insert("a.jar".into(), Vec::new())), "a.jar", "File path 'a.jar' is not valid"),
        (|files| files.clear(), "bundle", "no component"),
        (
            |files| {
                *files = files.iter().map(|(path, bytes)| (path.replace("1.0.0", "2.0.0"), bytes.clone())).collect();
            },
            "pkg:maven/dev.sample/hello@2.0.0",
            "version in the POM is 1.0.0",
        ),
    ];
    for (change, about, words) in cases {
        let mut files = complete();
        change(&mut files);
        let id = upload(&ground, &files, "AUTOMATIC").await;
        let status = status(&ground, &id).await;
        assert_eq!(status["deploymentState"], "FAILED", "{words}: {status}");
        let reasons = status["errors"][about].as_array().unwrap_or_else(|| panic!("{words}: {status}"));
        assert!(reasons.iter().any(|reason| reason.as_str().unwrap().contains(words)), "{words}: {status}");
    }
    assert!(!is_served(&ground, &jar("")).await);
}

/// The jar's path, or that of a file about it.
fn jar(ending: &str) -> String {
    let dot = if ending.is_empty() { "" } else { "." };
    format!("{FOLDER}/{ARTIFACT}-1.0.0.jar{dot}{ending}")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_checked_is_published_by_itself_where_that_was_asked() {
    let ground = Ground::new(&Central).await;
    let id = upload(&ground, &complete(), "AUTOMATIC").await;
    assert_eq!(status(&ground, &id).await["deploymentState"], "PUBLISHED");
    assert!(is_served(&ground, &jar("asc")).await);
    let again = upload(&ground, &complete(), "USER_MANAGED").await;
    let status = status(&ground, &again).await;
    assert!(status["errors"].to_string().contains("already exists"), "{status}");
    // Another tool published it, without the checksums that the driver gives: its bytes are compared.
    let release = ground.release("1.0.0", 0);
    let problem = publish(&*ground.driver, &ground.call, &release).await.unwrap_err();
    assert_eq!(problem.code(), pak_model::code::deploy::CONFLICT, "{problem:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_back_is_shown_to_its_owner_alone() {
    let ground = Ground::new(&Central).await;
    let release = ground.release("1.0.0", 0);
    let upload = ground.visible(&release);
    let receipt = ground.driver.publish().send(&ground.call, &release, &upload).await.unwrap();
    let id = receipt.reference.unwrap();
    let owned = format!("api/v1/publisher/deployment/{id}/download/{}", jar("sha256"));
    let expected = release.artifact("hello-1.0.0.jar").unwrap().digests.sha256.clone().unwrap();
    assert_eq!(ask(&ground, "GET", &owned).await.text().await, expected);
    let any = format!("api/v1/publisher/deployments/download/{}", jar(""));
    assert_eq!(ask(&ground, "GET", &any).await.text().await, "hello 0");
    let request = Request::get(ground.call.endpoint().join(&owned).unwrap());
    assert_eq!(ground.call.http().send(request).await.unwrap().status(), 401);
    assert!(!is_served(&ground, &jar("")).await);
    assert!(receipt.url.unwrap().ends_with("/artifact/dev.sample/hello/1.0.0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_is_started_again_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = Utf8PathBuf::from_path_buf(folder.path().join("portal")).unwrap();
    let release = Central.release(&Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap(), "1.0.0", 0);
    let driver = pak_platforms::find("maven-central").unwrap().unwrap();
    let stage = driver.stage().unwrap();
    let mut reference = None;
    for round in ["first", "second"] {
        let sandbox = Sandbox::start(Options { data: data.clone(), port: 0 }).await.unwrap();
        let base = Endpoint::parse(&format!("{}/central/", sandbox.base())).unwrap();
        let downloads = base.join("maven2/").unwrap();
        let client = Client::new(Policy::default(), FaultPlan::none());
        let credential = Some(Central.credential(sandbox.token()));
        let call =
            Call::new(client, base.with_index(downloads), credential, tokio_util::sync::CancellationToken::new());
        let upload = driver.publish().uploads(call.endpoint(), &release).unwrap().remove(0);
        match reference.take() {
            None => reference = driver.publish().send(&call, &release, &upload).await.unwrap().reference,
            Some(name) => {
                assert_eq!(stage.state(&call, &upload, &name).await.unwrap(), Staged::Ready, "{round}");
                stage.promote(&call, &upload, &name).await.unwrap();
                let served = driver.lookup().read_back(&call, &upload).await.unwrap();
                assert_eq!(served.agrees(&upload.digests), Some(true));
            }
        }
    }
}
