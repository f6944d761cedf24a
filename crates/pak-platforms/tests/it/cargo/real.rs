//! The driver on ferro-cargo-registry-server, and real cargo building and running what it published.

use pak_model::plan::UndoAction;
use pak_model::{Credential, Presence, Secret, Severity, Standing, code};
use pak_testing::servers::ferro;

use super::{call, cargo, consumer, release, workspace};
use crate::conformance::publish;

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_is_published_built_and_yanked() {
    let (Some(server), Some(client)) = (ferro::start(), cargo("")) else { return };
    let index = format!("{}/", server.url);
    client.write(".cargo/config.toml", &super::configuration(&index));
    let driver = pak_platforms::find("cargo").unwrap().unwrap();
    let call = call(&index, Some(Credential::Token(Secret::new("any"))));
    let project = workspace(&index);

    let hello = release(&project, "hello");
    let found = driver.publish().preflight(&call, &hello).await.unwrap();
    let missing: Vec<_> = found.iter().map(|finding| (finding.severity, finding.code.as_str())).collect();
    assert_eq!(missing, [(Severity::Warning, "pak::cargo::dependency_missing")], "{found:?}");
    for directory in ["base", "hello"] {
        let release = release(&project, directory);
        assert_eq!(publish(&*driver, &call, &release).await.unwrap(), 1);
        assert_eq!(publish(&*driver, &call, &release).await.unwrap(), 0, "found, not sent again");
    }
    assert_eq!(driver.publish().preflight(&call, &hello).await.unwrap(), [], "the dependency is there now");

    let consumer = consumer("1");
    let client = client.directory(consumer.path());
    assert_eq!(client.succeed(&["run", "--quiet"]), "hello 42\n");

    let account = driver.credentials().check(&call, None).await.unwrap();
    assert!(account.note.unwrap().contains("does not tell"), "this server has no accounts");

    let upload = driver.publish().uploads(call.endpoint(), &hello).unwrap().remove(0);
    for _ in 0..2 {
        let undone = driver.undo().unwrap().undo(&call, &upload, None).await.unwrap();
        assert_eq!(undone.action, UndoAction::Yank);
    }
    let presence = driver.lookup().find(&call, &upload).await.unwrap();
    assert!(matches!(presence, Presence::Present { standing: Standing::Withdrawn, .. }), "{presence:?}");
    assert_eq!(client.succeed(&["run", "--quiet"]), "hello 42\n", "a lock file keeps a yanked version");
    let fresh = super::consumer("1");
    let refused = client.directory(fresh.path()).run(&["generate-lockfile"]);
    assert!(!refused.success && refused.stderr.contains("yanked"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cargo_published_is_recognised_by_its_bytes() {
    let (Some(server), Some(client)) = (ferro::start(), cargo("")) else { return };
    let index = format!("{}/", server.url);
    client.write(".cargo/config.toml", &super::configuration(&index));
    let project = workspace(&index);
    let driver = pak_platforms::find("cargo").unwrap().unwrap();
    let call = call(&index, Some(Credential::Token(Secret::new("any"))));

    let client = client.directory(project.join("base")).env("CARGO_REGISTRIES_TESTED_TOKEN", "any");
    client.succeed(&["publish", "--registry", "tested", "--no-verify"]);
    let base = release(&project, "base");
    assert_eq!(publish(&*driver, &call, &base).await.unwrap(), 0, "the same bytes as cargo's own");

    project.write("base/src/lib.rs", "/// 43.\npub fn answer() -> u8 {\n    43\n}\n");
    let changed = release(&project, "base");
    let problem = publish(&*driver, &call, &changed).await.unwrap_err();
    assert_eq!(problem.code(), code::deploy::CONFLICT);
    let upload = driver.publish().uploads(call.endpoint(), &changed).unwrap().remove(0);
    let refused = driver.publish().send(&call, &changed, &upload).await.unwrap_err();
    assert_eq!(refused.code(), code::deploy::CONFLICT, "{refused:?}");
}
