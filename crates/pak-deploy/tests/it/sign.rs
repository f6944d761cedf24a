//! Signatures by real GnuPG, with a key that lives as long as the test.

use std::collections::BTreeMap;

use pak_deploy::{Session, plan};
use pak_model::env::Env;
use pak_model::{Artifact, Problem, Secret, code};
use pak_signing::{Content, minisign};
use pak_testing::project::Folder;
use pak_testing::{Client, Tool};

use crate::stage::Stage;

const PASSPHRASE: &str = "correct horse";

/// A keyring of its own. The agent that GnuPG starts for it ends with it.
struct Keyring {
    home: Folder,
    gpg: Client,
}

impl Keyring {
    /// An empty one, or none where GnuPG is not installed.
    fn new() -> Option<Self> {
        let home = Folder::new();
        let gpg = Client::find(Tool::Gpg)?.env("GNUPGHOME", home.path().as_str());
        // GnuPG warns of keyrings that others can read, on systems where folders have such marks.
        #[cfg(unix)]
        std::fs::set_permissions(home.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        Some(Self { home, gpg })
    }

    fn add(&self, user: &str, passphrase: &str) {
        let arguments = ["--batch", "--pinentry-mode", "loopback", "--passphrase", passphrase];
        let key = ["--quick-generate-key", user, "ed25519", "sign", "never"];
        self.gpg.succeed(&[&arguments[..], &key[..]].concat());
    }

    fn session(&self, stage: &Stage, more: &[(&str, &str)]) -> Session {
        let (mut session, _) = stage.session();
        let own = [("GNUPGHOME", self.home.path().as_str()), ("SOURCE_DATE_EPOCH", "1700000000")];
        let all = session.env.with_prefix("").chain(own).chain(more.iter().copied());
        let env = Env::new(all.map(|(name, value)| (name.to_owned(), value.to_owned())));
        session.env = env;
        session
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        if let Some(gpg) = Tool::Gpg.find() {
            let home = ["--homedir", self.home.path().as_str(), "--kill", "gpg-agent"];
            Client::of(gpg.with_file_name("gpgconf")).run(&home);
        }
    }
}

async fn files(sign: &str) -> Stage {
    let project = Folder::from_text("-- dist/app-1.0.0-linux-amd64 --\n#!/bin/sh\n-- dist/notes.txt --\nhi\n");
    let settings = "[packages.app]\necosystem = \"generic\"\nversion = \"1.0.0\"\nartifacts = [\"dist/*\"]\n";
    let target = "[environments.production.files]\nplatform = \"generic\"\nregistry = \"http://127.0.0.1:9/\"\n";
    project.write("pak.toml", format!("{settings}{sign}\n{target}"));
    Stage::of(project).await
}

async fn built(session: &Session) -> Result<BTreeMap<String, Artifact>, Problem> {
    let output = Folder::new();
    let prepared = plan::prepare(session, output.path()).await?;
    // The files outlive the folder for the checks below.
    let kept = session.project.root.join("kept");
    std::fs::create_dir_all(&kept).unwrap();
    let release = prepared.releases.into_values().next().unwrap();
    let artifacts = release.artifacts.into_iter().map(|mut artifact| {
        let path = kept.join(&artifact.id);
        std::fs::copy(&artifact.path, &path).unwrap();
        artifact.path = path;
        (artifact.id.clone(), artifact)
    });
    Ok(artifacts.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_are_made_by_the_user_s_key_and_are_the_same_each_time() {
    let Some(keyring) = Keyring::new() else { return };
    keyring.add("Test <test@example.org>", PASSPHRASE);
    let stage = files("sign = \"gpg\"").await;
    let session = keyring.session(&stage, &[("MAVEN_GPG_PASSPHRASE", PASSPHRASE)]);
    let first = built(&session).await.unwrap();
    let ids: Vec<&str> = first.keys().map(String::as_str).collect();
    assert_eq!(ids, ["app-1.0.0-linux-amd64", "app-1.0.0-linux-amd64.asc", "notes.txt", "notes.txt.asc"]);
    for (id, artifact) in &first {
        if let Some(signature) = first.get(&format!("{id}.asc")) {
            keyring.gpg.succeed(&["--verify", signature.path.as_str(), artifact.path.as_str()]);
        }
    }
    let forged = keyring.gpg.run(&[
        "--verify",
        first["notes.txt.asc"].path.as_str(),
        first["app-1.0.0-linux-amd64"].path.as_str(),
    ]);
    assert!(!forged.success, "{forged}");
    assert_eq!(built(&session).await.unwrap(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn key_files_sign_too_and_the_same_each_time() {
    let passphrase = Secret::new(PASSPHRASE);
    let (secret, public) = minisign::generate(Some(&passphrase)).unwrap();
    let stage = files("sign = \"minisign\"\nsign-key = \"release.key\"").await;
    let (mut session, _) = stage.session();
    let root = session.project.root.clone();
    let with = |more: &[(&str, &str)]| {
        let all = session.env.with_prefix("").chain([("SOURCE_DATE_EPOCH", "1700000000")]).chain(more.iter().copied());
        Env::new(all.map(|(name, value)| (name.to_owned(), value.to_owned())))
    };
    let (locked, open) = (with(&[]), with(&[("PAK_SIGNING_PASSPHRASE", PASSPHRASE)]));
    session.env = locked;
    assert_eq!(built(&session).await.unwrap_err().code(), code::build::KEY_MISSING);
    std::fs::write(root.join("release.key"), secret.expose()).unwrap();
    assert_eq!(built(&session).await.unwrap_err().code(), code::signing::KEY_LOCKED);
    session.env = open;
    let first = built(&session).await.unwrap();
    let ids: Vec<&str> = first.keys().map(String::as_str).collect();
    assert_eq!(ids, ["app-1.0.0-linux-amd64", "app-1.0.0-linux-amd64.minisig", "notes.txt", "notes.txt.minisig"]);
    let key = minisign::PublicKey::read(&public).unwrap();
    let signature = std::fs::read_to_string(&first["notes.txt.minisig"].path).unwrap();
    let content = Content { name: "notes.txt", bytes: b"hi\n" };
    minisign::verify(content, &signature, std::slice::from_ref(&key)).unwrap();
    assert!(minisign::verify(Content { bytes: b"ho\n", ..content }, &signature, &[key]).is_err());
    assert_eq!(built(&session).await.unwrap(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_of_signing_is_told() {
    let Some(keyring) = Keyring::new() else { return };
    let stage = files("sign = \"gpg\"").await;
    let missing = built(&keyring.session(&stage, &[])).await.unwrap_err();
    assert_eq!((missing.code(), missing.named("package")), (code::build::KEY_MISSING, Some("app")));
    keyring.add("One <one@example.org>", PASSPHRASE);
    let wrong = built(&keyring.session(&stage, &[("PAK_GPG_PASSPHRASE", "wrong")])).await.unwrap_err();
    assert_eq!(wrong.code(), code::build::TOOL_FAILED);
    assert!(wrong.advice().contains("PAK_GPG_PASSPHRASE"), "{}", wrong.advice());
    keyring.add("Two <two@example.org>", "");
    let several = built(&keyring.session(&stage, &[])).await.unwrap_err();
    assert!(several.message().contains("2 secret keys"), "{several}");

    let named = files("sign = \"gpg\"\nsign-key = \"two@example.org\"").await;
    assert_eq!(built(&keyring.session(&named, &[])).await.unwrap().len(), 4);
    let nobody = files("sign = \"gpg\"\nsign-key = \"three@example.org\"").await;
    assert!(built(&keyring.session(&nobody, &[])).await.unwrap_err().message().contains("three@example.org"));
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_that_have_no_signatures_are_refused_and_nothing_is_signed_unasked() {
    let stage = files("").await;
    assert_eq!(built(&stage.session().0).await.unwrap().len(), 2);
    let project = Folder::from_text("-- package.json --\n{\"name\":\"a\",\"version\":\"1.0.0\"}\n");
    project.write("pak.toml", "[packages.a]\npath = \".\"\nsign = \"gpg\"\n");
    let stage = Stage::of(project).await;
    let refused = built(&stage.session().0).await.unwrap_err();
    assert!(refused.message().contains("packages of npm do not have"), "{refused}");
}
