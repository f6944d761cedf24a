//! The PyPI driver against real index servers, and the real pip on what it published.

use camino::{Utf8Path, Utf8PathBuf};
use pak_http::{Client, Policy};
use pak_model::fault::FaultPlan;
use pak_model::{Credential, Presence, Recovery, Secret, Standing, code};
use pak_platforms::endpoint::parse_url;
use pak_platforms::{Call, Endpoint};
use pak_testing::servers::{self, Running, USER};
use pak_testing::{Project, Tool};
use tokio_util::sync::CancellationToken;

use crate::conformance::publish;
use crate::fixtures::pypi::{NAME, release};

/// Installs with pip into a folder of its own and runs what was installed. `source`: from the sdist.
pub(crate) fn pip_installs(index: &str, version: &str, source: bool) -> String {
    let target = Project::new();
    let Some(pip) = pak_testing::Client::find(Tool::Pip) else { return String::new() };
    let wanted = format!("{NAME}=={version}");
    let mut arguments = vec!["install", "--quiet", "--no-cache-dir", "--no-deps", "--target", target.path().as_str()];
    arguments.extend(["--index-url", index, wanted.as_str()]);
    if source {
        // The environment of the tests has flit itself.
        arguments.extend(["--no-binary", ":all:", "--no-build-isolation"]);
    }
    pip.succeed(&arguments);
    says_hello(target.path())
}

/// Runs the module that was installed into a folder.
pub(crate) fn says_hello(folder: &Utf8Path) -> String {
    let python = pak_testing::Client::find(Tool::Python).unwrap().env("PYTHONPATH", folder.as_str());
    python.succeed(&["-c", "import pak_test_hello; print(pak_test_hello.hello())"]).trim().to_owned()
}

fn module(words: &str) -> String {
    format!("def hello():\n    return '{words}'\n")
}

fn call(running: &Running, credential: Credential) -> Call {
    let endpoint = Endpoint::parse(&running.url)
        .unwrap()
        .with_upload(parse_url(&running.upload).unwrap())
        .with_index(parse_url(&running.index).unwrap());
    // Only this server: pypiserver sends questions about unknown names on to the public index.
    let policy = Policy { origins: Some([running.url.clone()].into()), ..Policy::default() };
    Call::new(Client::new(policy, FaultPlan::none()), endpoint, Some(credential), CancellationToken::new())
}

async fn publishes_to(running: &Running) {
    let driver = pak_platforms::find("pypi").unwrap().unwrap();
    let call = call(running, running.basic());
    let folder = Project::new();
    let sub = |name: &str| -> Utf8PathBuf { folder.join(name) };
    let first = release(&sub("a"), "1.0.0", &module("first"));

    let account = driver.credentials().check(&call, None).await.unwrap();
    assert_eq!(account.name.as_deref(), Some(USER));
    let wrong = call.with_credential(Some(Credential::Basic { user: USER.into(), password: Secret::new("wrong") }));
    let problem = driver.credentials().check(&wrong, None).await.unwrap_err();
    assert_eq!((problem.code(), problem.recovery_of()), (code::http::UNAUTHORIZED, Recovery::AskUser));

    assert!(driver.lookup().versions(&call, NAME).await.unwrap().is_empty());
    let findings = driver.publish().preflight(&call, &first).await.unwrap();
    assert!(findings.is_empty(), "{findings:?}");
    let problem = publish(&*driver, &wrong, &first).await.unwrap_err();
    assert_eq!(problem.code().exit, code::Exit::Credentials, "{problem:?}");
    assert_eq!(publish(&*driver, &call, &first).await.unwrap(), 2);
    assert_eq!(publish(&*driver, &call, &first).await.unwrap(), 0, "everything is there already");

    let other = release(&sub("b"), "1.0.0", &module("other"));
    for upload in driver.publish().uploads(call.endpoint(), &other).unwrap() {
        let presence = driver.lookup().find(&call, &upload).await.unwrap();
        let Presence::Present { digests, standing: Standing::Live } = presence else { panic!("{presence:?}") };
        assert_eq!(digests.agrees(&upload.digests), Some(false));
        let problem = driver.publish().send(&call, &other, &upload).await.unwrap_err();
        assert_eq!((problem.code(), problem.recovery_of()), (code::deploy::CONFLICT, Recovery::LookUpFirst));
    }

    let second = release(&sub("c"), "1.10.0", &module("second"));
    publish(&*driver, &call, &second).await.unwrap();
    publish(&*driver, &call, &release(&sub("d"), "1.9.0", &module("between"))).await.unwrap();
    assert_eq!(driver.lookup().versions(&call, "pak-test-hello").await.unwrap(), ["1.0.0", "1.9.0", "1.10.0"]);

    assert_eq!(pip_installs(&running.index, "1.0.0", false), "first");
    assert_eq!(pip_installs(&running.index, "1.10.0", true), "second");
}

#[tokio::test(flavor = "multi_thread")]
async fn pypiserver() {
    let Some(running) = servers::pypiserver::start() else { return };
    publishes_to(&running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn devpi() {
    let Some(running) = servers::devpi::start() else { return };
    publishes_to(&running).await;
}
