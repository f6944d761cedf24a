//! Official clients against the embedded index: what twine and uv upload, pip and uv install.

use camino::Utf8PathBuf;
use pak_model::{Release, Secret, code};
use pak_platforms::platform::TrustedPublishing;
use pak_sandbox::identity;
use pak_testing::{Client, Project, Tool};

use crate::conformance::{Ground, publish};
use crate::fixtures::pypi::{NAME, Pypi};
use crate::pypi_real::{pip_installs, says_hello};

fn files(release: &Release) -> Vec<String> {
    release.artifacts.iter().map(|artifact| artifact.path.to_string()).collect()
}

/// The sandbox's index and upload URLs.
fn urls(ground: &Ground) -> (String, String) {
    let base = ground.sandbox.base();
    (format!("{base}/pypi/simple/"), format!("{base}/pypi/legacy/"))
}

#[tokio::test(flavor = "multi_thread")]
async fn twine_uploads_and_pip_installs() {
    let Some(twine) = Client::find(Tool::Twine) else { return };
    let ground = Ground::new(&Pypi).await;
    let (index, upload) = urls(&ground);
    let twine = twine
        .env("TWINE_REPOSITORY_URL", &upload)
        .env("TWINE_USERNAME", "__token__")
        .env("TWINE_PASSWORD", ground.sandbox.token());
    let release = ground.release("1.0.0", 1);
    let arguments =
        |files: Vec<String>| [vec!["upload".to_owned(), "--disable-progress-bar".to_owned()], files].concat();
    tokio::task::block_in_place(|| {
        twine.succeed(&arguments(files(&release)));
        twine.succeed(&arguments(files(&release)));
        let refused = twine.run(&arguments(files(&ground.release("1.0.0", 2))));
        assert!(!refused.success && refused.stdout.contains("File already exists"), "{refused}");
        let wrong = Client::find(Tool::Twine)
            .unwrap()
            .env("TWINE_REPOSITORY_URL", &upload)
            .env("TWINE_USERNAME", "__token__")
            .env("TWINE_PASSWORD", "wrong")
            .run(&arguments(files(&ground.release("2.0.0", 1))));
        assert!(!wrong.success && format!("{wrong}").contains("403"), "{wrong}");
        assert_eq!(pip_installs(&index, "1.0.0", false), "hello 1");
        assert_eq!(pip_installs(&index, "1.0.0", true), "hello 1");
    });
    // What twine uploaded is what the driver would have: nothing is left to send.
    assert_eq!(publish(&*ground.driver, &ground.call, &release).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn uv_publishes_and_installs() {
    let Some(uv) = Client::find(Tool::Uv) else { return };
    let python = Tool::Python.find().unwrap();
    let ground = Ground::new(&Pypi).await;
    let (index, upload) = urls(&ground);
    let published = ground.release("1.0.0", 1);
    let uploaded = ground.release("2.0.0", 2);
    publish(&*ground.driver, &ground.call, &published).await.unwrap();
    let target: Project = Project::new();
    let install = |version: &str, folder: &str| -> Utf8PathBuf {
        let (folder, wanted) = (target.join(folder), format!("{NAME}=={version}"));
        let fixed = ["pip", "install", "--no-cache", "--python", python.as_str(), "--default-index", &index];
        uv.succeed(&[&fixed[..], &["--target", folder.as_str(), &wanted]].concat());
        folder
    };
    tokio::task::block_in_place(|| {
        assert_eq!(says_hello(&install("1.0.0", "a")), "hello 1");
        let sender = Client::find(Tool::Uv).unwrap().env("UV_PUBLISH_TOKEN", ground.sandbox.token());
        let mut arguments = vec!["publish".to_owned(), "--publish-url".to_owned(), upload.clone()];
        arguments.extend([
            "--check-url".to_owned(),
            index.clone(),
            "--trusted-publishing".to_owned(),
            "never".to_owned(),
        ]);
        arguments.extend(files(&uploaded));
        sender.succeed(&arguments);
        sender.succeed(&arguments);
        assert_eq!(says_hello(&install("2.0.0", "b")), "hello 2");
    });
    assert_eq!(publish(&*ground.driver, &ground.call, &uploaded).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ci_identity_is_exchanged_once() {
    let ground = Ground::new(&Pypi).await;
    let trust: &dyn TrustedPublishing = ground.driver.trust().unwrap();
    let call = ground.call.with_credential(None);
    let audience = trust.audience(&call).await.unwrap();
    let identity = Secret::new(identity::issue(ground.sandbox.token(), &audience, "repo:a/b"));
    let credential = trust.exchange(&call, &identity, NAME).await.unwrap();
    let release = ground.release("1.0.0", 0);
    assert_eq!(publish(&*ground.driver, &call.with_credential(Some(credential)), &release).await.unwrap(), 2);
    let problem = trust.exchange(&call, &identity, NAME).await.unwrap_err();
    assert_eq!(problem.code(), code::pypi::IDENTITY_REFUSED);
    assert!(problem.causes().iter().any(|cause| cause.contains("invalid-reuse-token")), "{problem:?}");
    let foreign = Secret::new(identity::issue("other", &audience, "repo:a/b"));
    let problem = trust.exchange(&call, &foreign, NAME).await.unwrap_err();
    assert!(!format!("{problem:?}").contains(foreign.expose()), "identities are secrets");
}
