//! Crates made by real cargo: the checkout stays as it was, the same commit gives the same bytes.

use camino::Utf8Path;
use pak_build::{BuildRequest, ImageSettings};
use pak_model::artifact::CrateDetails;
use pak_model::{Artifact, Details, Ecosystem, Package, Result, code};
use pak_testing::project::Folder;
use pak_testing::{Client, Project};

const WORKSPACE: &str = r#"
-- Cargo.toml --
[workspace]
members = ["a", "b", "secret"]
resolver = "2"
[workspace.package]
version = "1.2.3"
license = "MIT"
-- README.md --
# Both
-- a/Cargo.toml --
[package]
name = "pak-test-a"
version.workspace = true
license.workspace = true
edition = "2021"
description = "the first"
readme = "../README.md"
-- a/src/lib.rs --
-- b/Cargo.toml --
[package]
name = "pak-test-b"
version.workspace = true
license.workspace = true
edition = "2021"
description = "the second"
publish = ["crates-io", "elsewhere"]
[dependencies]
first = { package = "pak-test-a", path = "../a", version = "1" }
[dev-dependencies]
pak-test-secret = { path = "../secret" }
[features]
extra = []
-- b/src/lib.rs --
-- secret/Cargo.toml --
[package]
name = "pak-test-secret"
version = "0.0.0"
edition = "2021"
publish = false
-- secret/src/lib.rs --
"#;

fn build(project: &Utf8Path, directory: &str, output: &Folder) -> Result<Artifact> {
    let package = Package {
        id: directory.to_owned(),
        ecosystem: Ecosystem::Cargo,
        name: format!("pak-test-{directory}"),
        version: None,
        directory: directory.to_owned(),
        manifest: format!("{directory}/Cargo.toml"),
        withheld: None,
        depends_on: Vec::new(),
        about: pak_model::package::About::default(),
    };
    let request = BuildRequest {
        project: project.to_owned(),
        package,
        output: output.path().to_owned(),
        env: pak_testing::tools::env(),
        source_date_epoch: None,
        prebuilt: Vec::new(),
        image: ImageSettings::default(),
        run_scripts: false,
    };
    Ok(pak_build::build(&request)?.remove(0))
}

fn details(artifact: &Artifact) -> &CrateDetails {
    let Details::Crate(details) = &artifact.details else { panic!("a crate") };
    details
}

/// A checkout with everything committed; none where git is not here.
fn checkout() -> Option<(Project, Client)> {
    let project = Project::from_text(WORKSPACE);
    let git = Client::of("git").directory(project.path());
    if std::process::Command::new("git").arg("--version").output().is_err() {
        return None;
    }
    git.succeed(&["init", "--quiet"]);
    git.succeed(&["add", "--all"]);
    git.succeed(&["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "all"]);
    Some((project, git))
}

#[test]
fn a_checkout_stays_as_it_was_and_gives_the_same_bytes_again() {
    let Some((project, git)) = checkout() else { return };
    let (first, second) = (Folder::new(), Folder::new());
    let one = build(project.path(), "b", &first).unwrap();
    let elsewhere = Folder::new();
    git.succeed(&["clone", "--quiet", ".", elsewhere.join("clone").as_str()]);
    let two = build(&elsewhere.join("clone"), "b", &second).unwrap();
    assert_eq!(one.digests, two.digests, "another folder, another time, the same bytes");
    assert_eq!(git.succeed(&["status", "--porcelain", "--ignored"]), "", "nothing was written into the checkout");
    let left: Vec<_> =
        first.path().read_dir_utf8().unwrap().map(|entry| entry.unwrap().file_name().to_owned()).collect();
    assert_eq!(left, ["pak-test-b-1.2.3.crate"]);

    let told = details(&one);
    assert!(!told.dirty);
    assert_eq!(told.publish_to.as_deref(), Some(&["crates-io".to_owned(), "elsewhere".to_owned()][..]));
    let needs: Vec<_> = told.publish["deps"].as_array().unwrap().iter().map(|needed| &needed["name"]).collect();
    assert_eq!(needs, ["pak-test-a"], "a development dependency without a version is no one else's business");
    let a = build(project.path(), "a", &Folder::new()).unwrap();
    assert_eq!(details(&a).publish["readme"], "# Both\n", "a readme above the package is packed with it");
}

#[test]
fn uncommitted_changes_are_told() {
    let Some((project, _git)) = checkout() else { return };
    project.write("a/src/lib.rs", "//! Changed.\n");
    assert!(details(&build(project.path(), "a", &Folder::new()).unwrap()).dirty);
}

#[test]
fn a_lock_file_is_used_and_never_rewritten() {
    let Some((project, _git)) = checkout() else { return };
    Client::of("cargo").directory(project.path()).succeed(&["generate-lockfile", "--offline"]);
    let lock = project.read("Cargo.lock");
    build(project.path(), "b", &Folder::new()).unwrap();
    assert_eq!(project.read("Cargo.lock"), lock);

    let manifest = project.read("Cargo.toml");
    project.write("Cargo.toml", manifest.replace("1.2.3", "1.3.0"));
    let stale = build(project.path(), "b", &Folder::new()).unwrap_err();
    assert_eq!(stale.code(), code::build::TOOL_FAILED);
    assert!(stale.advice().contains("Cargo.lock"), "{stale:?}");
    assert_eq!(project.read("Cargo.lock"), lock);
}

#[test]
fn a_package_that_is_not_there_is_named() {
    let project = Project::from_text(WORKSPACE);
    let manifest = project.read("a/Cargo.toml");
    project.write("a/Cargo.toml", manifest.replace("pak-test-a", "other"));
    let problem = build(project.path(), "a", &Folder::new()).unwrap_err();
    assert!([code::build::ARTIFACT_MISSING, code::build::TOOL_FAILED].contains(&problem.code()), "{problem:?}");
}
