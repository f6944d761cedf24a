//! Corners of the distribution protocol, on the sandbox: tokens, resumed uploads, moving tags, how many requests it takes.

use camino::{Utf8Path, Utf8PathBuf};
use pak_http::{Client, Policy};
use pak_model::artifact::ImageBlob;
use pak_model::fault::FaultPlan;
use pak_model::plan::UndoAction;
use pak_model::{Credential, Presence, Recovery, Release, Secret, code};
use pak_platforms::protocol::oci::{Repository, Sessions};
use pak_platforms::{Call, Endpoint};
use pak_sandbox::{Fault, Kind, Sandbox};
use tokio_util::sync::CancellationToken;

use crate::conformance::publish;
use crate::fixtures::oci::{Image, call, digest_of_zeros, driver, sandbox};

fn owner(sandbox: &Sandbox) -> Credential {
    Credential::Basic { user: "sandbox".to_owned(), password: Secret::new(sandbox.token()) }
}

fn release(folder: &tempfile::TempDir, name: &str, content: &str, tags: &[&str]) -> Release {
    let path = folder.path().join(content);
    std::fs::create_dir_all(&path).unwrap();
    let path = Utf8PathBuf::from_path_buf(path).unwrap();
    Image::new(&path, content.as_bytes(), &["amd64", "arm64"]).release(name, "1.0.0", tags)
}

fn count(sandbox: &Sandbox, begins: &str, ends: &str) -> usize {
    sandbox.requests().iter().filter(|line| line.starts_with(begins) && line.ends_with(ends)).count()
}

fn fault(method: &str, path: &str, kind: Kind) -> Fault {
    Fault { method: Some(method.into()), path: Some(path.into()), skip: 0, times: 1, kind }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_serves_a_release_and_is_renewed_when_it_runs_out() {
    let (sandbox, folder) = sandbox().await;
    let driver = driver();
    for credential in [
        owner(&sandbox),
        Credential::Token(Secret::new(sandbox.token())),
        Credential::Basic { user: "<token>".to_owned(), password: Secret::new(sandbox.token()) },
    ] {
        let name = format!("bearer/app{}", sandbox.requests().len());
        let call = call(&sandbox.base(), Some(credential));
        let tokens = count(&sandbox, "", "/v2-token -> 200");
        publish(&*driver, &call, &release(&folder, &name, "first", &[])).await.unwrap();
        assert_eq!(count(&sandbox, "", "/v2-token -> 200"), tokens + 1, "one token for all of it");
        // As if it had run out: the registry refuses without saying anything more.
        let status = Kind::Status { status: 401, retry_after: None, body: None };
        sandbox.faults().add(fault("PUT", "/blobs/uploads/", status));
        let other = Image::new(&subfolder(&folder, &name), b"second", &["amd64"]).release(&name, "2.0.0", &[]);
        publish(&*driver, &call, &other).await.unwrap();
        assert_eq!(count(&sandbox, "", "/v2-token -> 200"), tokens + 2, "renewed once");
        assert_eq!(driver.lookup().versions(&call, &name).await.unwrap(), ["1.0.0", "2.0.0"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_apart_from_a_missing_one() {
    let (sandbox, folder) = sandbox().await;
    let release = release(&folder, "bearer/app", "content", &[]);
    let wrong = Credential::Basic { user: "sandbox".to_owned(), password: Secret::new("of-a-test") };
    for credential in [Some(wrong), None] {
        let call = call(&sandbox.base(), credential);
        let problem = publish(&*driver(), &call, &release).await.unwrap_err();
        assert_eq!(problem.code(), code::http::UNAUTHORIZED, "{problem:?}");
        assert_eq!(problem.recovery_of(), Recovery::AskUser);
        assert!(!format!("{problem:?}").contains("of-a-test"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_few_and_parallel_uploads_share_one_token() {
    let (sandbox, folder) = sandbox().await;
    let call = call(&sandbox.base(), Some(owner(&sandbox)));
    let release = release(&folder, "bearer/app", "content", &["latest"]);
    let driver = driver();
    let uploads = driver.publish().uploads(call.endpoint(), &release).unwrap();
    let blobs: Vec<_> = uploads.iter().filter(|upload| upload.coordinates.file.is_some()).collect();
    assert_eq!(blobs.len(), 3, "two configurations and a layer that both share");
    let sends = blobs.iter().map(|upload| driver.publish().send(&call, &release, upload));
    futures_util::future::try_join_all(sends).await.unwrap();
    assert_eq!(count(&sandbox, "GET", "/v2-token -> 200"), 1);
    assert_eq!(count(&sandbox, "POST", "-> 202"), 3);
    assert_eq!(count(&sandbox, "PUT", "-> 201"), 3);
    assert_eq!(count(&sandbox, "HEAD", ""), 0, "sending asks nothing that the engine has asked");
}

/// A blob of zeros in a sparse file, which costs no disk.
fn zeros(folder: &tempfile::TempDir, size: u64) -> ImageBlob {
    let path = Utf8PathBuf::from_path_buf(folder.path().join("zeros")).unwrap();
    std::fs::File::create(&path).unwrap().set_len(size).unwrap();
    ImageBlob { digest: digest_of_zeros(size), size, path, offset: 0 }
}

/// Large blobs go by PATCH; a connection that breaks costs what was under way and no more.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_blob_is_resumed_where_it_broke() {
    let (sandbox, folder) = sandbox().await;
    let blob = zeros(&folder, 48 << 20);
    let (call, sessions) = (call(&sandbox.base(), Some(owner(&sandbox))), Sessions::default());
    let repository = Repository::new(&call, &sessions, "pak-test/large").unwrap().pieces_above(1 << 20);
    // Carried out, the answer lost: asking where it stopped shows that nothing has to be sent again.
    sandbox.faults().add(fault("PATCH", "/blobs/uploads/", Kind::LostAnswer));
    repository.send_blob(&blob, None).await.unwrap();
    assert_eq!(count(&sandbox, "PATCH", ""), 1, "{:?}", sandbox.requests());
    assert!(repository.has_blob(&blob.digest).await.unwrap());
    let described = repository.read_blob(&blob.digest, blob.size).await.unwrap();
    assert_eq!(described.sha256.as_deref(), blob.digest.strip_prefix("sha256:"));
}

#[test]
fn a_large_blob_passes_in_little_memory() {
    // In a process of its own: what other tests hold at the same time is not this one's.
    let name = "oci_protocol::memory_of_a_large_blob";
    let program = std::env::current_exe().unwrap();
    let output = std::process::Command::new(program).args(["--exact", name, "--ignored"]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by a_large_blob_passes_in_little_memory, alone"]
async fn memory_of_a_large_blob() {
    let (sandbox, folder) = sandbox().await;
    let blob = zeros(&folder, 512 << 20);
    let (call, sessions) = (call(&sandbox.base(), Some(owner(&sandbox))), Sessions::default());
    for (name, one_put) in [("pak-test/whole", 1 << 30), ("pak-test/pieces", 1 << 20)] {
        let repository = Repository::new(&call, &sessions, name).unwrap().pieces_above(one_put);
        repository.send_blob(&blob, None).await.unwrap();
    }
    // The registry that receives is in this process, too.
    if let Some(peak) = peak_kib() {
        assert!(peak < 100 << 10, "sending took {peak} KiB of memory");
    }
}

/// The most memory this process ever held, where the system tells it.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_too_large_for_one_request_goes_in_pieces() {
    let (sandbox, folder) = sandbox().await;
    let blob = zeros(&folder, 150 << 20);
    let too_large = Kind::Status { status: 413, retry_after: None, body: None };
    sandbox.faults().add(fault("PUT", "/blobs/uploads/", too_large));
    // The second piece is cut half-way: what arrived of it stays.
    sandbox.faults().add(Fault { skip: 1, ..fault("PATCH", "/blobs/uploads/", Kind::CutDuring) });
    let (call, sessions) = (call(&sandbox.base(), Some(owner(&sandbox))), Sessions::default());
    let repository = Repository::new(&call, &sessions, "pak-test/pieces").unwrap();
    repository.send_blob(&blob, None).await.unwrap();
    assert_eq!(count(&sandbox, "PATCH", "-> 202"), 3, "{:?}", sandbox.requests());
    // Fetched and hashed whole, as small blobs are.
    let served = repository.read_blob(&blob.digest, 1).await.unwrap();
    assert_eq!(served.sha256.as_deref(), blob.digest.strip_prefix("sha256:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_of_the_base_image_is_mounted() {
    let (sandbox, folder) = sandbox().await;
    let call = call(&sandbox.base(), Some(owner(&sandbox)));
    publish(&*driver(), &call, &release(&folder, "team/base", "content", &[])).await.unwrap();
    let mut on_top = release(&folder, "team/app", "content", &[]);
    let host = sandbox.base().replace("http://", "");
    let pak_model::Details::Image(image) = &mut on_top.artifacts[0].details else { panic!("an image") };
    for manifest in &mut image.manifests {
        let mut document: serde_json::Value = serde_json::from_str(&manifest.text).unwrap();
        document["annotations"]["org.opencontainers.image.base.name"] = format!("{host}/team/base:1.0.0").into();
        manifest.text = document.to_string();
    }
    let upload = driver().publish().uploads(call.endpoint(), &on_top).unwrap().remove(0);
    driver().publish().send(&call, &on_top, &upload).await.unwrap();
    assert_eq!(count(&sandbox, "POST /v2/team/app/blobs/uploads/", "-> 201"), 1, "{:?}", sandbox.requests());
    assert!(matches!(driver().lookup().find(&call, &upload).await.unwrap(), Presence::Present { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moving_tag_goes_forth_and_back() {
    let (sandbox, folder) = sandbox().await;
    let call = call(&sandbox.base(), Some(owner(&sandbox)));
    let old = release(&folder, "team/app", "old", &["latest"]);
    publish(&*driver(), &call, &old).await.unwrap();
    let new = Image::new(&subfolder(&folder, "new"), b"new", &["amd64"]).release("team/app", "1.1.0", &["latest"]);
    let latest = |release: &Release| {
        let uploads = driver().publish().uploads(call.endpoint(), release).unwrap();
        uploads.into_iter().find(|upload| upload.key == "tag latest").unwrap()
    };
    publish(&*driver(), &call, &new).await.unwrap();
    let before = latest(&old).digests.sha256.unwrap();
    for replaced in [format!("sha256:{before}"), before.clone()] {
        driver().publish().send(&call, &new, &latest(&new)).await.unwrap();
        let undone = driver().undo().unwrap().undo(&call, &latest(&new), Some(&replaced)).await.unwrap();
        assert_eq!(undone.action, UndoAction::MoveTag);
        let now = driver().lookup().find(&call, &latest(&old)).await.unwrap();
        assert_eq!(now, Presence::present(pak_model::Digests::from_sha256(&*before)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_listed_page_by_page() {
    let (sandbox, folder) = sandbox().await;
    let call = call(&sandbox.base(), Some(owner(&sandbox)));
    let tags: Vec<String> = (0..120).map(|number| format!("1.{number}.0")).collect();
    let release = release(&folder, "team/app", "content", &[]);
    publish(&*driver(), &call, &release).await.unwrap();
    let uploads = driver().publish().uploads(call.endpoint(), &release).unwrap();
    let tag = uploads.last().unwrap();
    for name in &tags {
        let mut upload = tag.clone();
        upload.coordinates.version.clone_from(name);
        driver().publish().send(&call, &release, &upload).await.unwrap();
    }
    assert_eq!(driver().lookup().versions(&call, "team/app").await.unwrap().len(), 120, "1.0.0 is among them");
    assert_eq!(count(&sandbox, "GET /v2/team/app/tags/list", "-> 200"), 2);
}

#[tokio::test]
async fn preflight_says_what_registries_would_refuse() {
    type Case = (&'static str, &'static str, &'static str, &'static [&'static str], &'static [pak_model::Code]);
    let folder = tempfile::tempdir().unwrap();
    let cases: [Case; 6] = [
        ("http://127.0.0.1:1/", "Team/App", "1.0.0", &[], &[code::oci::REFERENCE_INVALID]),
        ("http://127.0.0.1:1/", "ghcr.io/team/app", "1.0.0", &[], &[code::oci::REFERENCE_INVALID]),
        ("docker.io", "app", "1.0.0", &[], &[code::oci::NAMESPACE_MISSING]),
        ("docker.io", "team/app", "1.0.0+b.1", &[], &[code::oci::TAG_INVALID]),
        ("docker.io", "team/app", "-1", &["la test"], &[code::oci::TAG_INVALID, code::oci::TAG_INVALID]),
        ("docker.io", "team/app", "1.0.0", &["latest", "latest", "1.0.0"], &[]),
    ];
    for (url, name, version, tags, expected) in cases {
        let release = Image::new(&subfolder(&folder, "image"), b"x", &["amd64"]).release(name, version, tags);
        let client = Client::new(Policy { origins: Some([].into()), ..Policy::default() }, FaultPlan::none());
        let call = Call::new(client, Endpoint::parse(url).unwrap(), None, CancellationToken::new());
        let found = driver().publish().preflight(&call, &release).await.unwrap();
        let codes: Vec<&str> = found.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(codes, expected.iter().map(|code| code.id).collect::<Vec<_>>(), "{name} {version}");
    }
}

fn subfolder(folder: &tempfile::TempDir, name: &str) -> Utf8PathBuf {
    let path = folder.path().join(name.replace('/', "-"));
    std::fs::create_dir_all(&path).unwrap();
    Utf8Path::from_path(&path).unwrap().to_owned()
}
