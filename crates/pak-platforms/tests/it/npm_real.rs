//! The npm driver against verdaccio, a registry that is not ours, and an installation from it with npm itself.

use pak_http::{Client as Http, Policy};
use pak_model::fault::FaultPlan;
use pak_model::plan::UndoAction;
use pak_model::{Credential, Presence, Recovery, Release, Secret, code};
use pak_platforms::{Call, Endpoint};
use pak_testing::project::Folder;
use pak_testing::tools::Tool;
use pak_testing::{Client, servers};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::conformance::publish;
use crate::fixtures::npm::{NAME, release};

fn made(folder: &Folder, version: &str, greeting: &str) -> Release {
    let path = folder.join(&format!("{version}-{greeting}"));
    std::fs::create_dir_all(&path).unwrap();
    let manifest = json!({
        "name": NAME, "version": version, "main": "index.js", "bin": "./cli.js", "license": "MIT",
        "repository": "pak-test/hello", "author": "Ann <ann@example.org>",
    });
    release(&path, &manifest, &format!("module.exports = '{greeting}';\n"))
}

#[tokio::test(flavor = "multi_thread")]
async fn verdaccio_takes_what_we_send_and_npm_installs_it() {
    let Some(server) = servers::verdaccio::start() else { return };
    let npm = pak_platforms::find("npm").unwrap().unwrap();
    let folder = Folder::new();
    let endpoint = Endpoint::parse(&server.url).unwrap();
    let http = Http::new(Policy::default(), FaultPlan::none());
    let call = Call::new(http, endpoint, Some(server.credential()), CancellationToken::new());

    let account = npm.credentials().check(&call, None).await.unwrap();
    assert_eq!(account.name.as_deref(), Some(servers::USER));

    let wrong = call.with_credential(Some(Credential::Token(Secret::new("wrong-token"))));
    let first = made(&folder, "1.0.0", "hello");
    let problem = publish(&*npm, &wrong, &first).await.unwrap_err();
    assert_eq!((problem.code(), problem.recovery_of()), (code::http::UNAUTHORIZED, Recovery::AskUser), "{problem:?}");
    assert!(npm.credentials().check(&wrong, None).await.is_err());
    let nobody = call.with_credential(None);
    assert_eq!(publish(&*npm, &nobody, &first).await.unwrap_err().recovery_of(), Recovery::AskUser);

    assert_eq!(publish(&*npm, &call, &first).await.unwrap(), 1);
    assert_eq!(publish(&*npm, &call, &first).await.unwrap(), 0, "the same bytes are done already");
    let other = made(&folder, "1.0.0", "other");
    assert_eq!(publish(&*npm, &call, &other).await.unwrap_err().code(), code::deploy::CONFLICT);
    let upload = npm.publish().uploads(call.endpoint(), &other).unwrap().remove(0);
    let problem = npm.publish().send(&call, &other, &upload).await.unwrap_err();
    assert_eq!((problem.code(), problem.recovery_of()), (code::deploy::CONFLICT, Recovery::LookUpFirst), "{problem:?}");

    let mut next = made(&folder, "2.0.0-rc.1", "soon");
    next.options.tag = Some("next".to_owned());
    publish(&*npm, &call, &next).await.unwrap();
    assert_eq!(npm.lookup().versions(&call, NAME).await.unwrap(), ["1.0.0", "2.0.0-rc.1"]);

    install(&server.url, "latest", "hello");
    install(&server.url, "next", "soon");

    let upload = npm.publish().uploads(call.endpoint(), &next).unwrap().remove(0);
    let undone = npm.undo().unwrap().undo(&call, &upload, None).await.unwrap();
    assert_eq!(undone.action, UndoAction::Unpublish);
    let presence = npm.lookup().find(&call, &upload).await.unwrap();
    assert!(!matches!(presence, Presence::Present { .. }), "{presence:?}");
    install(&server.url, "latest", "hello");
}

/// Installs in an empty project with npm and runs what was installed.
fn install(registry: &str, tag: &str, greeting: &str) {
    let (Some(npm), Some(node)) = (Client::find(Tool::Npm), Client::find(Tool::Node)) else { return };
    let project = Folder::new();
    let npm = npm.directory(project.path());
    npm.succeed(&["install", "--registry", registry, &format!("{NAME}@{tag}")]);
    let node = node.directory(project.path());
    assert_eq!(node.succeed(&["-p", &format!("require('{NAME}')")]).trim(), greeting);
    let run = npm.succeed(&["exec", "--no", "--", "hello"]);
    assert!(run.contains(greeting), "the program of the package runs: {run}");
}
