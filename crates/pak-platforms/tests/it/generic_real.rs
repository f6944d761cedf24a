//! The generic driver against nginx, and curl on what it published.

use camino::Utf8Path;
use pak_http::{Client, Policy};
use pak_model::fault::FaultPlan;
use pak_model::plan::UndoAction;
use pak_model::{Credential, Effect, Presence, Recovery, Release, Secret, code};
use pak_platforms::drivers::generic::GenericDriver;
use pak_platforms::{Call, Endpoint, Platform, Quirks};
use pak_testing::servers::nginx::{self, Dav};
use pak_testing::servers::{Running, USER};
use pak_testing::{Project, Tool};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

use crate::conformance::publish;
use crate::fixtures::generic::{NAME, release};

/// A driver that knows nothing of what others sent.
fn driver() -> Arc<dyn Platform> {
    GenericDriver::create(pak_platforms::find("generic").unwrap().unwrap().definition().clone())
}

fn call(running: &Running, credential: Option<Credential>) -> Call {
    let client = Client::new(Policy::default(), FaultPlan::none());
    Call::new(client, Endpoint::parse(&running.url).unwrap(), credential, CancellationToken::new())
}

fn files(folder: &Utf8Path, version: &str, variant: u8) -> Release {
    std::fs::create_dir_all(folder).unwrap();
    let files = [("hello.tar.gz", 300_000), ("SHA256SUMS", 70), ("hello world+1 ü#%.txt", 60)];
    release(folder, version, &files, variant, &["md5", "sha1", "sha256", "sha512"])
}

/// Downloads with curl and compares every file and its checksum file.
fn curl_downloads(running: &Running, driver: &dyn Platform, release: &Release) {
    let Some(curl) = pak_testing::Client::find(Tool::Curl) else { return };
    let endpoint = Endpoint::parse(&running.url).unwrap();
    let account = format!("{USER}:{}", running.password.expose());
    for upload in driver.publish().uploads(&endpoint, release).unwrap() {
        let url = driver.lookup().address(&endpoint, &upload).unwrap();
        let folder = Project::new();
        let file = folder.join("download");
        curl.succeed(&["--fail", "--silent", "--user", &account, "--output", file.as_str(), url.as_str()]);
        let artifact = release.artifact(&upload.artifact).unwrap();
        let (there, here) = (std::fs::read(&file).unwrap(), std::fs::read(&artifact.path).unwrap());
        if upload.key == artifact.id {
            assert_eq!(there, here, "{url}");
        } else {
            let digests = pak_model::Digests::of(&here);
            let hex = [digests.md5, digests.sha1, digests.sha256, digests.sha512].map(Option::unwrap);
            let text = String::from_utf8(there).unwrap();
            assert!(hex.contains(&text) && upload.size == text.len() as u64, "{url}: {text}");
        }
    }
}

async fn publishes_to(running: &Running, quirks: &Quirks) {
    let driver = driver();
    let call = call(running, Some(running.basic())).with_quirks(quirks);
    let folder = Project::new();
    let first = files(&folder.join("a"), "1.0.0", 0);
    let uploads = driver.publish().uploads(call.endpoint(), &first).unwrap();
    assert_eq!(uploads.len(), 15, "three files with four checksum files each");
    assert!(driver.publish().preflight(&call, &first).await.unwrap().is_empty());

    for credential in [None, Some(Credential::Basic { user: USER.into(), password: Secret::new("wrong") })] {
        let problem = publish(&*driver, &call.with_credential(credential), &first).await.unwrap_err();
        assert_eq!((problem.code().exit, problem.recovery_of()), (code::Exit::Credentials, Recovery::AskUser));
        assert_eq!(problem.effect_of(), Effect::NothingSent);
    }
    assert_eq!(publish(&*driver, &call, &first).await.unwrap(), 15);
    assert_eq!(publish(&*driver, &call, &first).await.unwrap(), 0, "everything is there already");
    curl_downloads(running, &*driver, &first);

    // Another process knows nothing of what this one sent.
    let stranger = self::driver();
    assert_eq!(publish(&*stranger, &call, &first).await.unwrap(), 0);
    let other = files(&folder.join("b"), "1.0.0", 1);
    let problem = publish(&*stranger, &call, &other).await.unwrap_err();
    assert_eq!(problem.code(), code::deploy::CONFLICT, "{problem:?}");

    let undo = driver.undo().unwrap();
    for upload in driver.publish().uploads(call.endpoint(), &other).unwrap() {
        let problem = undo.undo(&call, &upload, None).await.unwrap_err();
        assert_eq!(problem.code(), code::deploy::UNDO_REFUSED, "{problem:?}");
    }
    for upload in uploads.iter().rev() {
        assert_eq!(undo.undo(&call, upload, None).await.unwrap().action, UndoAction::Delete);
        assert_eq!(driver.lookup().find(&call, upload).await.unwrap(), Presence::Absent);
    }
    assert_eq!(publish(&*driver, &call, &other).await.unwrap(), 15, "the name is free again");
    curl_downloads(running, &*driver, &other);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_makes_folders() {
    let Some(running) = nginx::start(Dav::default()) else { return };
    publishes_to(&running, &Quirks::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_folders_made() {
    let Some(running) = nginx::start(Dav { makes_folders: false, ..Dav::default() }) else { return };
    publishes_to(&running, &Quirks { create_folders: Some(true), ..Quirks::default() }).await;
    let Some(running) = nginx::start(Dav { makes_folders: false, ..Dav::default() }) else { return };
    publishes_to(&running, &Quirks::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_shows_strangers_nothing() {
    let Some(running) = nginx::start(Dav { private: true, ..Dav::default() }) else { return };
    publishes_to(&running, &Quirks::default()).await;
    let driver = driver();
    let account = driver.credentials().check(&call(&running, Some(running.basic())), None).await.unwrap();
    assert!(account.note.unwrap().starts_with("accepted"));
    let wrong = Credential::Basic { user: USER.into(), password: Secret::new("wrong") };
    let problem = driver.credentials().check(&call(&running, Some(wrong)), None).await.unwrap_err();
    assert_eq!((problem.code(), problem.recovery_of()), (code::http::UNAUTHORIZED, Recovery::AskUser));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_replaces() {
    let Some(running) = nginx::start(Dav { replaces: false, ..Dav::default() }) else { return };
    publishes_to(&running, &Quirks::default()).await;
    let (driver, call) = (driver(), call(&running, Some(running.basic())));
    let folder = Project::new();
    // Somebody else is faster between looking and sending.
    let faster = files(&folder.join("a"), "2.0.0", 0);
    publish(&*driver, &call, &faster).await.unwrap();
    let late = files(&folder.join("b"), "2.0.0", 1);
    for upload in driver.publish().uploads(call.endpoint(), &late).unwrap() {
        let problem = driver.publish().send(&call, &late, &upload).await.unwrap_err();
        assert_eq!((problem.code(), problem.recovery_of()), (code::deploy::CONFLICT, Recovery::LookUpFirst));
    }
    curl_downloads(&running, &*driver, &faster);
    assert!(running.server.folder().join(format!("releases/{NAME}/2.0.0/hello.tar.gz.sha512")).is_file());
}
