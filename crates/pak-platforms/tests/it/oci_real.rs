//! The driver on Debian's docker-registry, which we did not write, with skopeo as the judge of what it published.

use camino::Utf8PathBuf;
use pak_model::plan::UndoAction;
use pak_model::release::Attestation;
use pak_model::{Credential, Presence, Recovery, Release, Secret, code};
use pak_testing::servers::{Running, USER, docker_registry};
use pak_testing::{Client, Tool};

use crate::conformance::publish;
use crate::fixtures::oci::{Image, call, digest_of_zeros, driver};

fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
    (folder, path)
}

fn reference(registry: &Running, tag: &str) -> String {
    format!("docker://{}/team/app:{tag}", registry.url.replace("http://", ""))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_published_pulled_and_taken_back() {
    let (Some(registry), Some(skopeo)) = (docker_registry::start(), Client::find(Tool::Skopeo)) else { return };
    let (_guard, folder) = folder();
    let call = call(&registry.url, Some(registry.basic()));
    let release = Image::new(&folder, b"hello", &["amd64", "arm64"]).release("team/app", "1.0.0+b.1", &["latest"]);
    let account = driver().credentials().check(&call, Some("team/app")).await.unwrap();
    assert_eq!(account.name.as_deref(), Some(USER));
    assert!(driver().lookup().versions(&call, "team/app").await.unwrap().is_empty());
    let sent = publish(&*driver(), &call, &release).await.unwrap();
    assert_eq!(sent, 8, "three blobs, three manifests, two tags");
    assert_eq!(publish(&*driver(), &call, &release).await.unwrap(), 0, "nothing is sent twice");
    assert_eq!(driver().lookup().versions(&call, "team/app").await.unwrap(), ["latest", "1.0.0_b.1"]);

    let account = format!("{USER}:{}", registry.password.expose());
    let pak_model::Details::Image(image) = &release.artifacts[0].details else { panic!("an image") };
    for tag in ["1.0.0_b.1", "latest"] {
        let raw = ["inspect", "--tls-verify=false", "--creds", &account, "--raw", &reference(&registry, tag)];
        assert_eq!(skopeo.succeed(&raw), image.manifests.last().unwrap().text, "served byte for byte");
    }
    let target = format!("dir:{folder}/pulled");
    let from = reference(&registry, "1.0.0_b.1");
    let copy =
        ["--insecure-policy", "copy", "--all", "--src-tls-verify=false", "--src-creds", &account, &from, &target];
    skopeo.succeed(&copy);
    for blob in &image.blobs {
        let hex = blob.digest.trim_start_matches("sha256:");
        let pulled = std::fs::read(folder.join("pulled").join(hex)).unwrap();
        assert_eq!(pak_model::Digests::of(&pulled).sha256.as_deref(), Some(hex));
    }

    take_back(&registry, &call, &release).await;
    let gone = ["inspect", "--tls-verify=false", "--creds", &account, &from];
    assert!(!skopeo.run(&gone).success, "skopeo does not find it any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn attestations_are_listed_under_a_tag_where_the_registry_lists_nothing() {
    let Some(registry) = docker_registry::start() else { return };
    let (_guard, folder) = folder();
    let call = call(&registry.url, Some(registry.basic()));
    let mut release = Image::new(&folder, b"hello", &["amd64"]).release("team/app", "1.0.0", &[]);
    let attested = |text: &str| Attestation { artifact: release.artifacts[0].id.clone(), bundle: text.to_owned() };
    release.attestations = vec![attested("{\"one\":1}"), attested("{\"two\":2}")];
    let driver = driver();
    let sent = publish(&*driver, &call, &release).await.unwrap();
    let plain = Release { attestations: Vec::new(), ..release.clone() };
    let uploads = |release: &Release| driver.publish().uploads(call.endpoint(), release).unwrap();
    assert_eq!(
        sent,
        u32::try_from(uploads(&plain).len()).unwrap() + 7,
        "bundles, their manifests, two places in a list, one empty configuration"
    );
    assert_eq!(publish(&*driver, &call, &release).await.unwrap(), 0, "nothing is sent twice");
    assert_eq!(driver.lookup().versions(&call, "team/app").await.unwrap(), ["1.0.0"], "the list is no version");

    let (uploads, undo) = (uploads(&release), driver.undo().unwrap());
    let listed = |key: &str| uploads.iter().find(|upload| upload.key.starts_with(key)).unwrap();
    assert!(driver.lookup().read_back(&call, listed("referrer")).await.unwrap().sha256.is_some());
    for upload in uploads.iter().rev() {
        undo.undo(&call, upload, None).await.unwrap_or_else(|problem| panic!("{}: {problem:?}", upload.key));
    }
    for upload in uploads.iter().filter(|upload| upload.coordinates.file.is_none()) {
        assert_eq!(driver.lookup().find(&call, upload).await.unwrap(), Presence::Absent, "{}", upload.key);
    }
}

/// docker-registry deletes by digest alone; a second tag of the same image must survive the first one's removal.
async fn take_back(registry: &Running, call: &pak_platforms::Call, release: &pak_model::Release) {
    let (driver, undo) = (driver(), driver());
    let undo = undo.undo().unwrap();
    let uploads = driver.publish().uploads(call.endpoint(), release).unwrap();
    let of = |key: &str| uploads.iter().find(|upload| upload.key == key).unwrap();
    let (latest, version) = (of("tag latest"), of("tag 1.0.0_b.1"));
    let undone = undo.undo(call, latest, None).await.unwrap();
    assert_eq!(undone.action, UndoAction::Delete, "{undone:?}");
    assert_eq!(driver.lookup().find(call, latest).await.unwrap(), Presence::Absent);
    let still = driver.lookup().find(call, version).await.unwrap();
    assert_eq!(still, Presence::present(version.digests.clone()), "the other tag is untouched");
    for upload in uploads.iter().rev() {
        for _ in 0..2 {
            undo.undo(call, upload, None).await.unwrap_or_else(|problem| panic!("{}: {problem:?}", upload.key));
        }
    }
    for upload in uploads.iter().filter(|upload| upload.coordinates.file.is_none()) {
        assert_eq!(driver.lookup().find(call, upload).await.unwrap(), Presence::Absent, "{}", upload.key);
    }
    assert!(driver.lookup().versions(call, "team/app").await.unwrap().is_empty(), "{}", registry.server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_understood() {
    let Some(registry) = docker_registry::start() else { return };
    let (_guard, folder) = folder();
    let release = Image::new(&folder, b"hello", &["amd64"]).release("team/app", "1.0.0", &[]);
    let wrong = Credential::Basic { user: USER.to_owned(), password: Secret::new("of-a-test") };
    for credential in [Some(wrong), None] {
        let call = call(&registry.url, credential);
        let problem = publish(&*driver(), &call, &release).await.unwrap_err();
        assert_eq!(problem.code(), code::http::UNAUTHORIZED, "{problem:?}");
        assert_eq!(problem.recovery_of(), Recovery::AskUser);
        assert_eq!(driver().credentials().check(&call, None).await.unwrap_err().code(), code::http::UNAUTHORIZED);
    }
    let call = call(&registry.url, Some(registry.basic()));
    let uploads = driver().publish().uploads(call.endpoint(), &release).unwrap();
    let tag = uploads.last().unwrap();
    let problem = driver().publish().send(&call, &release, tag).await.unwrap_err();
    assert_eq!(problem.code(), code::http::REFUSED, "{problem:?}");
    assert!(problem.causes().join(" ").contains("MANIFEST_BLOB_UNKNOWN"), "{problem:?}");

    publish(&*driver(), &call, &release).await.unwrap();
    let other = Image::new(&folder, b"other", &["amd64"]).release("team/app", "1.0.0", &[]);
    let problem = publish(&*driver(), &call, &other).await.unwrap_err();
    assert_eq!(problem.code(), code::deploy::CONFLICT, "{problem:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_layer_goes_in_resumable_pieces() {
    use pak_model::artifact::ImageBlob;
    use pak_platforms::protocol::oci::{Repository, Sessions};

    let Some(registry) = docker_registry::start() else { return };
    let (_guard, folder) = folder();
    let path = folder.join("large");
    let size = 48 << 20;
    std::fs::File::create(&path).unwrap().set_len(size).unwrap();
    let digest = digest_of_zeros(size);
    let blob = ImageBlob { digest: digest.clone(), size, path, offset: 0 };
    let (call, sessions) = (call(&registry.url, Some(registry.basic())), Sessions::default());
    let repository = Repository::new(&call, &sessions, "team/large").unwrap().pieces_above(1 << 20);
    repository.send_blob(&blob, None).await.unwrap();
    let told = repository.read_blob(&digest, size).await.unwrap();
    assert_eq!(told.sha256.as_deref(), digest.strip_prefix("sha256:"));
}
