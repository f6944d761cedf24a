//! npm itself against the sandbox: what it publishes, we find; what we publish, it installs.

use std::collections::BTreeSet;

use pak_http::Request;
use pak_model::plan::UndoAction;
use pak_model::{Coordinates, Digests, Presence, Role, Standing, Upload, upload::OnConflict};
use pak_testing::Client;
use pak_testing::project::Folder;
use pak_testing::tools::Tool;
use serde_json::{Value, json};

use crate::conformance::{Ground, publish};
use crate::fixtures::npm::{NAME, Npm, release};

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
        role: Role::Front,
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
    assert!(matches!(find("1.0.0").await, Presence::Present { standing: Standing::Withdrawn, .. }));
    npm.succeed(&["deprecate", "theirs@1.0.0", ""]);
    assert!(matches!(find("1.0.0").await, Presence::Present { standing: Standing::Live, .. }));

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

/// What the registry holds of a version, without what only one of the two clients knows.
async fn document(ground: &Ground, version: &str) -> Value {
    let url = ground.call.endpoint().join(&format!("{}/{version}", NAME.replace('/', "%2f"))).unwrap();
    let mut document: Value = ground.call.send(Request::get(url)).await.unwrap().json().await.unwrap();
    let fields = document.as_object_mut().unwrap();
    // npm's own marks: its versions, the place it read from, what it guesses from the repository's host.
    for key in ["_nodeVersion", "_npmVersion", "_integrity", "_resolved", "_from", "bugs", "homepage"] {
        fields.remove(key);
    }
    let tarball = fields["dist"]["tarball"].as_str().unwrap().replace(&ground.sandbox.base(), "");
    fields["dist"]["tarball"] = json!(tarball);
    document.sort_all_objects();
    document
}

#[tokio::test(flavor = "multi_thread")]
async fn our_version_documents_are_npms() {
    let (ours, theirs) = (Ground::new(&Npm).await, Ground::new(&Npm).await);
    let Some(npm) = client(&theirs) else { return };
    let folder = Folder::new();
    let mut wrong = Vec::new();
    for (number, fields) in [
        json!({}),
        json!({"bin": "./cli.js", "repository": "pak-test/hello", "author": "Ann Lee <ann@example.org> (https://example.org)"}),
        json!({"bin": {"@pak-test/x": "/cli.js", "y": "../cli.js"}, "repository": {"url": "https://github.com/pak-test/hello"}}),
        json!({"bin": ["cli.js"], "repository": "gitlab:pak-test/hello", "keywords": "one, two", "man": "./m.1"}),
        json!({"scripts": {"test": "node_modules/.bin/jest", "bad": 1}, "contributors": ["A <a@example.org>", {"name": "B"}]}),
        json!({"dependencies": {"a": "^1"}, "optionalDependencies": {"o": "1"}, "bundledDependencies": ["a"]}),
        json!({"bundleDependencies": false, "keywords": ["x", "", 1], "_private": 1, "files": ["lib", ""], "types": "i.d.ts"}),
        json!({"funding": "https://example.org", "engines": {"node": ">=18"}, "exports": {".": "./index.js"}}),
        json!({"description": "Says hello", "license": "MIT", "publishConfig": {"access": "public"}, "sideEffects": false}),
    ]
    .into_iter()
    .enumerate()
    {
        let mut manifest = json!({"name": NAME, "version": format!("1.{number}.0"), "main": "index.js"});
        manifest.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let release = release(folder.path(), &manifest, "module.exports = 1;\n");
        publish(&*ours.driver, &ours.call, &release).await.unwrap_or_else(|problem| panic!("{manifest}: {problem:?}"));
        npm.succeed(&["publish", "--ignore-scripts", release.artifacts[0].path.as_str()]);
        let (ours, theirs) = (document(&ours, &release.version).await, document(&theirs, &release.version).await);
        let keys = |a: &Value| a.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        for key in keys(&ours).into_iter().chain(keys(&theirs)).collect::<BTreeSet<_>>() {
            if ours.get(&key) != theirs.get(&key) {
                wrong.push(format!("{key}: ours {:?}, npm's {:?} of {manifest}", ours.get(&key), theirs.get(&key)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
