//! Real cargo on the sandbox: publish, search, add, build, run, yank.

use camino::Utf8PathBuf;
use pak_sandbox::{Fault, Kind, Options, Sandbox};
use pak_testing::Client;
use pak_testing::project::Folder;

use super::{cargo, consumer, workspace};

struct Place {
    sandbox: Sandbox,
    data: Folder,
}

impl Place {
    async fn start() -> Self {
        let data = Folder::new();
        Self { sandbox: sandbox(data.path().to_owned()).await, data }
    }

    fn index(&self) -> String {
        format!("{}/cargo/index/", self.sandbox.base())
    }

    fn client(&self) -> Option<Client> {
        Some(cargo(&self.index())?.env("CARGO_REGISTRIES_TESTED_TOKEN", self.sandbox.token()))
    }
}

async fn sandbox(data: Utf8PathBuf) -> Sandbox {
    Sandbox::start(Options { data, port: 0 }).await.unwrap()
}

const PUBLISH: &[&str] = &["publish", "--registry", "tested", "--no-verify"];

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_is_published_and_used() {
    let place = Place::start().await;
    let Some(client) = place.client() else { return };
    let project = workspace(&place.index());
    // A slow index: cargo waits for the first package before it sends the second.
    place.sandbox.faults().add(Fault {
        method: None,
        path: None,
        skip: 0,
        times: 0,
        kind: Kind::SlowIndex { ms: 1500 },
    });
    let client = client.directory(project.path());
    client.succeed(&["publish", "--registry", "tested", "--workspace"]);
    place.sandbox.faults().clear();

    assert!(client.succeed(&["search", "--registry", "tested", "pak-test"]).contains("pak-test-base = \"1.0.0\""));
    assert!(client.succeed(&["info", "--registry", "tested", "pak-test-hello"]).contains("for tests"));
    assert!(client.succeed(&["owner", "--registry", "tested", "--list", "pak-test-base"]).contains("sandbox"));

    let consumer = consumer("=1.0.0");
    let client = client.directory(consumer.path());
    client.succeed(&["add", "--registry", "tested", "pak-test-base"]);
    assert_eq!(client.succeed(&["run", "--quiet"]), "hello 42\n");

    client.succeed(&["yank", "--registry", "tested", "pak-test-hello@1.0.0"]);
    let fresh = super::consumer("1");
    let client = client.directory(fresh.path());
    assert!(!client.run(&["generate-lockfile"]).success, "a yanked version is not chosen");
    client.succeed(&["yank", "--undo", "--registry", "tested", "pak-test-hello@1.0.0"]);
    client.succeed(&["generate-lockfile"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_reach_the_user_in_the_words_of_the_public_registry() {
    let place = Place::start().await;
    let Some(client) = place.client() else { return };
    let project = workspace(&place.index());
    let client = client.directory(project.join("base"));
    client.succeed(PUBLISH);
    let again = client.run(PUBLISH);
    assert!(!again.success && again.stderr.contains("already"), "{again}");

    let manifest = project.read("base/Cargo.toml");
    project.write("base/Cargo.toml", manifest.replace("1.0.0", "1.1.0").replace("license = \"MIT\"\n", ""));
    let bare = client.run(PUBLISH);
    assert!(!bare.success && bare.stderr.contains("missing or empty metadata fields: license"), "{bare}");

    project.write("base/Cargo.toml", manifest.replace("1.0.0", "1.1.0").replace("pak-test-base", "Pak_Test_Base"));
    let twin = client.run(PUBLISH);
    assert!(!twin.success && twin.stderr.contains("previously named `pak-test-base`"), "{twin}");

    project.write("base/Cargo.toml", manifest.replace("1.0.0", "1.1.0"));
    let stranger = client.env("CARGO_REGISTRIES_TESTED_TOKEN", "stranger").run(PUBLISH);
    assert!(!stranger.success && stranger.stderr.contains("authentication failed"), "{stranger}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_outlives_the_process() {
    let place = Place::start().await;
    let Some(client) = place.client() else { return };
    let project = workspace(&place.index());
    client.directory(project.path()).succeed(&["publish", "--registry", "tested", "--no-verify", "--workspace"]);

    let Place { sandbox: first, data } = place;
    let base = first.base();
    drop(first);
    let again = sandbox(data.path().to_owned()).await;
    assert_ne!(again.base(), base, "it listens elsewhere now");
    let client = cargo(&format!("{}/cargo/index/", again.base())).unwrap();
    let consumer = consumer("1");
    assert_eq!(client.directory(consumer.path()).succeed(&["run", "--quiet"]), "hello 42\n");
}
