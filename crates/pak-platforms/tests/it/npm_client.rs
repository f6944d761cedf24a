//! npm itself against the sandbox: what it publishes, we find; what we publish, it installs.

use pak_model::plan::UndoAction;
use pak_model::{Coordinates, Digests, Presence, Upload, upload::OnConflict};
use pak_testing::Client;
use pak_testing::project::Folder;
use pak_testing::tools::Tool;

use crate::conformance::{Ground, publish};
use crate::fixtures::npm::{NAME, Npm};

/// npm, signed in at the sandbox.
fn client(ground: &Ground) -> Option<Client> {
    let client = Client::find(Tool::Npm)?;
    let base = ground.sandbox.base();
    let host = base.trim_start_matches("http:");
    let token = ground.sandbox.token();
    client.write(".npmrc", &format!("registry={base}/npm/\n{host}/npm/:_authToken={token}\n"));
    Some(client)
}

fn upload(version: &str) -> Upload {
    Upload {
        key: "theirs".to_owned(),
        coordinates: Coordinates::new("theirs", version),
        digests: Digests::default(),
        size: 0,
        artifact: "theirs".to_owned(),
        after: Vec::new(),
        on_conflict: OnConflict::Stop,
        visible: true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn npm_publishes_tags_deprecates_and_unpublishes() {
    let ground = Ground::new(&Npm).await;
    let Some(npm) = client(&ground) else { return };
    let project = Folder::new();
    project.write("index.js", "module.exports = 1;\n").write("README.md", "# Theirs\n");
    let version = |version: &str| {
        project.write("package.json", format!(r#"{{"name":"theirs","version":"{version}","main":"index.js"}}"#));
    };
    let npm = npm.directory(project.path());
    for number in ["1.0.0", "1.1.0"] {
        version(number);
        npm.succeed(&["publish"]);
    }
    let again = npm.run(&["publish"]);
    assert!(!again.success && again.stderr.contains("cannot publish over"), "{again}");
    assert_eq!(npm.succeed(&["whoami"]).trim(), "sandbox");
    assert_eq!(npm.succeed(&["view", "theirs", "version"]).trim(), "1.1.0");
    assert_eq!(npm.succeed(&["view", "theirs@1.0.0", "main"]).trim(), "index.js");

    npm.succeed(&["dist-tag", "add", "theirs@1.0.0", "old"]);
    assert!(npm.succeed(&["dist-tag", "ls", "theirs"]).contains("old: 1.0.0"));
    npm.succeed(&["dist-tag", "rm", "theirs", "old"]);
    assert!(!npm.succeed(&["dist-tag", "ls", "theirs"]).contains("old"));

    let find = |number: &'static str| {
        let ground = &ground;
        async move { ground.driver.lookup().find(&ground.call, &upload(number)).await.unwrap() }
    };
    npm.succeed(&["deprecate", "theirs@1.0.0", "use the next one"]);
    assert_eq!(npm.succeed(&["view", "theirs@1.0.0", "deprecated"]).trim(), "use the next one");
    assert!(matches!(find("1.0.0").await, Presence::Present { withdrawn: true, .. }));
    npm.succeed(&["deprecate", "theirs@1.0.0", ""]);
    assert!(matches!(find("1.0.0").await, Presence::Present { withdrawn: false, .. }));

    npm.succeed(&["unpublish", "theirs@1.1.0"]);
    assert_eq!(npm.succeed(&["view", "theirs", "version"]).trim(), "1.0.0", "latest falls back");
    assert!(matches!(find("1.1.0").await, Presence::Burnt { .. }));
    version("1.1.0");
    let burnt = npm.run(&["publish"]);
    assert!(!burnt.success, "a number is never free again: {burnt}");
    npm.succeed(&["unpublish", "theirs", "--force"]);
    assert!(matches!(find("1.0.0").await, Presence::Burnt { .. }));

    let stranger = Client::of(Tool::Npm.find().unwrap()).directory(project.path());
    let refused = stranger.run(&["publish", "--registry", &format!("{}/npm/", ground.sandbox.base())]);
    assert!(!refused.success, "nobody publishes without a token");
}

#[tokio::test(flavor = "multi_thread")]
async fn npm_installs_what_we_publish() {
    let ground = Ground::new(&Npm).await;
    let (Some(npm), Some(node)) = (client(&ground), Client::find(Tool::Node)) else { return };
    for version in ["1.0.0", "1.2.0"] {
        publish(&*ground.driver, &ground.call, &ground.release(version, 7)).await.unwrap();
    }
    let project = Folder::new();
    let (npm, node) = (npm.directory(project.path()), node.directory(project.path()));
    npm.succeed(&["install", &format!("{NAME}@^1.0.0")]);
    assert_eq!(node.succeed(&["-p", &format!("require('{NAME}')")]).trim(), "hello 7");
    let lock = std::fs::read_to_string(project.join("package-lock.json")).unwrap();
    assert!(lock.contains("sha512-") && lock.contains("hello-1.2.0.tgz"), "{lock}");
    assert!(project.join("node_modules/.bin").is_dir());
    // Once more from the lock file alone, digests checked by npm.
    npm.succeed(&["ci", "--prefer-online"]);

    let undo = ground.driver.undo().unwrap();
    let undone = undo.undo(&ground.call, &ground.visible(&ground.release("1.2.0", 7)), None).await.unwrap();
    assert_eq!(undone.action, UndoAction::Unpublish);
    assert_eq!(npm.succeed(&["view", NAME, "version", "--prefer-online"]).trim(), "1.0.0");
}
