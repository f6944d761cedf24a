//! What file servers answer in their own words, played on the sandbox: the generic driver must read each for what it means.

use pak_model::{Effect, Presence, Recovery, Release, Upload, code};
use pak_platforms::Call;
use pak_sandbox::Kind;
use tokio_util::sync::CancellationToken;

use crate::conformance::{Ground, publish};
use crate::fixtures::generic::{Generic, release};

fn answers(ground: &Ground, method: &str, times: u32, status: u16, body: &str) {
    let kind = Kind::Status { status, retry_after: None, body: Some(body.to_owned()) };
    ground.fault((method, "/files/"), times, kind);
}

fn large(ground: &Ground, release: &Release) -> Upload {
    let upload = ground.uploads(release).into_iter().max_by_key(|upload| upload.size).unwrap();
    assert!(upload.size > 4096, "large enough to be asked for by HEAD");
    upload
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_read_for_what_they_mean() {
    let ground = Ground::new(&Generic).await;
    let release = ground.release("1.0.0", 0);
    let upload = large(&ground, &release);
    let there = (code::deploy::CONFLICT, Recovery::LookUpFirst, Effect::NothingSent);
    for (status, body, (code, recovery, effect)) in [
        (409, "", there),
        (400, "Repository does not allow updating assets: releases", there),
        (403, r#"{"errors":[{"status":403,"message":"Not enough permissions to overwrite artifact"}]}"#, there),
        (422, "version 1.0.0 already exists", there),
        (400, "Redeploy is not allowed", there),
        (403, r#"{"message":"403 Forbidden - Package already exists"}"#, there),
        (401, "", (code::http::UNAUTHORIZED, Recovery::AskUser, Effect::NothingSent)),
        (403, "no", (code::http::FORBIDDEN, Recovery::AskUser, Effect::NothingSent)),
        (400, "odd name", (code::http::REFUSED, Recovery::Stop, Effect::NothingSent)),
        (405, "", (code::http::REFUSED, Recovery::Stop, Effect::NothingSent)),
        (413, "", (code::http::TOO_LARGE, Recovery::Stop, Effect::NothingSent)),
        (507, "", (code::files::SPACE_EXHAUSTED, Recovery::Stop, Effect::NothingSent)),
        (502, "", (code::http::SERVER_ERROR, Recovery::LookUpFirst, Effect::MaybeSent)),
    ] {
        answers(&ground, "PUT", 1, status, body);
        let problem = ground.driver.publish().send(&ground.call, &release, &upload).await.unwrap_err();
        assert_eq!(
            (problem.code(), problem.recovery_of(), problem.effect_of()),
            (code, recovery, effect),
            "{status} {body}"
        );
        ground.sandbox.faults().clear();
    }
    assert_eq!(ground.driver.lookup().find(&ground.call, &upload).await.unwrap(), Presence::Absent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_head_is_read() {
    let ground = Ground::new(&Generic).await;
    answers(&ground, "HEAD", 0, 405, "");
    let release = ground.release("1.0.0", 0);
    publish(&*ground.driver, &ground.call, &release).await.unwrap();
    assert_eq!(publish(&*ground.driver, &ground.call, &release).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_file_costs_three_requests() {
    let ground = Ground::new(&Generic).await;
    let folder = tempfile::tempdir().unwrap();
    let folder = camino::Utf8Path::from_path(folder.path()).unwrap();
    let checksums = ["md5", "sha1", "sha256", "sha512"];
    let release = release(folder, "1.0.0", &[("a.jar", 9000), ("b.pom", 300)], 0, &checksums);
    let before = ground.requests().len();
    publish(&*ground.driver, &ground.call, &release).await.unwrap();
    // Asked for, sent, and read from the server once, which answers both whether it is there and with which bytes.
    assert_eq!(ground.requests().len() - before, 3 * 10, "{:#?}", &ground.requests()[before..]);
    assert_eq!(
        ground.requests().iter().filter(|line| line.starts_with("GET ") && line.ends_with("-> 200")).count(),
        10
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_counts_once() {
    let ground = Ground::new(&Generic).await;
    let release = ground.release("1.0.0", 0);
    publish(&*ground.driver, &ground.call, &release).await.unwrap();
    let upload = ground.uploads(&release).remove(0);
    ground.driver.lookup().find(&ground.call, &upload).await.unwrap();
    let read = ground.driver.lookup().read_back(&ground.call, &upload).await.unwrap();
    ground.fault(("GET", "/files/"), 0, Kind::WrongDigest);
    let again = ground.driver.lookup().read_back(&ground.call, &upload).await.unwrap();
    assert_eq!((read.agrees(&upload.digests), again.agrees(&upload.digests)), (Some(true), Some(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_and_settings_are_checked_before_anything_is_sent() {
    let ground = Ground::new(&Generic).await;
    let with = |path: Option<&str>, checksums: &[&str]| {
        let mut release = ground.release("1.0.0", 0);
        release.options.path = path.map(str::to_owned);
        release.options.checksums = Some(checksums.iter().map(|word| (*word).to_owned()).collect());
        release
    };
    let cut = |release: &Release| ground.driver.publish().uploads(ground.call.endpoint(), release);
    for (path, expected) in [
        ("{name}/{version}", code::files::TEMPLATE_INVALID),
        ("{file", code::files::TEMPLATE_INVALID),
        ("{owner}/{file}", code::files::TEMPLATE_INVALID),
        ("../{file}", code::files::PATH_INVALID),
        ("a//{file}", code::files::PATH_INVALID),
    ] {
        assert_eq!(cut(&with(Some(path), &[])).unwrap_err().code(), expected, "{path}");
    }
    assert_eq!(cut(&with(None, &["crc"])).unwrap_err().code(), code::files::CHECKSUM_UNKNOWN);
    let flat = with(Some("/downloads/{file}"), &[]);
    let uploads = cut(&flat).unwrap();
    assert_eq!(uploads[0].coordinates.file.as_deref(), Some("downloads/hello-a.tar.gz"));
    let findings = ground.driver.publish().preflight(&ground.call, &flat).await.unwrap();
    assert!(findings.iter().all(|finding| finding.code == code::files::FILES_COLLIDE.id) && findings.len() == 2);
    let address = ground.driver.lookup().address(ground.call.endpoint(), &uploads[0]).unwrap();
    assert_eq!(address.path(), "/files/downloads/hello-a.tar.gz");
    let mut named = with(None, &[]);
    named.package.name = "..".to_owned();
    assert_eq!(cut(&named).unwrap_err().code(), code::files::PATH_INVALID);
    assert!(ground.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checksum_file_of_the_projects_own_is_kept() {
    let ground = Ground::new(&Generic).await;
    let folder = tempfile::tempdir().unwrap();
    let folder = camino::Utf8Path::from_path(folder.path()).unwrap();
    let release = release(folder, "1.0.0", &[("a.zip", 50), ("a.zip.sha256", 80)], 0, &["sha256"]);
    let keys: Vec<String> = ground.uploads(&release).into_iter().map(|upload| upload.key).collect();
    assert_eq!(keys, ["a.zip", "a.zip.sha256", "a.zip.sha256.sha256"]);
    publish(&*ground.driver, &ground.call, &release).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_nothing_is_asked() {
    let ground = Ground::new(&Generic).await;
    let release = ground.release("1.0.0", 0);
    let endpoint = ground.driver.definition().public_endpoint().unwrap();
    let call =
        Call::new(ground.call.http().clone(), endpoint, ground.call.credential().cloned(), CancellationToken::new());
    let findings = ground.driver.publish().preflight(&call, &release).await.unwrap();
    assert_eq!(
        findings.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(),
        [code::files::ROOT_MISSING.id]
    );
    let presence = ground.driver.lookup().find(&call, &ground.visible(&release)).await.unwrap();
    assert_eq!(presence, Presence::Absent);
    let problem = ground.driver.credentials().check(&call, None).await.unwrap_err();
    assert_eq!(problem.code(), code::files::ROOT_MISSING);
}
