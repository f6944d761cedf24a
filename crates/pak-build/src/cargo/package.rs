//! Runs `cargo package` so that the checkout stays as it is.
//!
//! What was found to matter (cargo 1.95): a missing `Cargo.lock` is not created by `cargo package`, a stale one is
//! rewritten unless `--locked` is given; a package that needs a sibling which no registry has yet can only be packed
//! together with that sibling, which cargo then offers to its resolver by an overlay registry in the target folder.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};
use serde::Deserialize;

use crate::request::BuildRequest;
use crate::toolchain::Tool;

const INSTALL: &str = "Install Rust with its cargo, or build the .crate elsewhere and name it under `artifacts`.";

/// What `cargo metadata --no-deps` says; it reads manifests and writes nothing.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Member>,
    workspace_root: Utf8PathBuf,
}

#[derive(Deserialize)]
struct Member {
    name: String,
    version: String,
    manifest_path: Utf8PathBuf,
    publish: Option<Vec<String>>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    kind: Option<String>,
    req: String,
    path: Option<Utf8PathBuf>,
    /// The index of its registry; none for crates.io.
    registry: Option<String>,
}

/// Packs the package and gives the `.crate` in the output folder.
pub(super) fn package(request: &BuildRequest) -> Result<Utf8PathBuf> {
    let metadata = metadata(request)?;
    let Some(member) = metadata.packages.iter().find(|member| member.name == request.package.name) else {
        return Err(Problem::new(
            code::build::ARTIFACT_MISSING,
            format!("cargo finds no package `{}` in {}.", request.package.name, request.package.directory),
        ));
    };
    let target = request.output.join("cargo-target");
    let locked = metadata.workspace_root.join("Cargo.lock").is_file();
    run(request, &arguments(&metadata, member, &target, locked), locked)?;

    let file = format!("{}-{}.crate", member.name, member.version);
    let made = request.output.join(&file);
    let moved = std::fs::rename(target.join("package").join(&file), &made);
    moved.map_err(|error| super::unreadable(&target.join("package").join(&file), &error))?;
    // Only working files of cargo are left in it; failing to remove them harms nothing.
    let _ = std::fs::remove_dir_all(&target);
    Ok(made)
}

fn metadata(request: &BuildRequest) -> Result<Metadata> {
    let output = Tool::new("cargo", INSTALL, &request.env)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .directory(&request.directory())
        .run()?;
    serde_json::from_slice(&output.stdout)
        .map_err(|error| Problem::new(code::build::TOOL_FAILED, "`cargo metadata` cannot be understood.").cause(&error))
}

fn arguments(metadata: &Metadata, member: &Member, target: &Utf8Path, locked: bool) -> Vec<String> {
    // Uncommitted changes are a finding of the plan, told from what cargo writes into the crate, and no failure here.
    let mut arguments: Vec<String> =
        ["package", "--no-verify", "--allow-dirty", "--target-dir"].map(String::from).into();
    arguments.push(target.to_string());
    if locked {
        arguments.push("--locked".into());
    }
    let together = siblings(metadata, member);
    arguments.extend(overlaid(&together, member).into_iter().flatten());
    for sibling in &together {
        arguments.extend(["--package".into(), sibling.name.clone()]);
    }
    arguments
}

/// Which registry cargo lays the packages packed together over. It must be the one their dependencies on each other
/// name, and cargo wants to be told when `publish` lists differ.
fn overlaid(together: &[&Member], member: &Member) -> Option<[String; 2]> {
    if together.len() == 1 {
        return None;
    }
    let mut between = together.iter().flat_map(|member| &member.dependencies).filter(|needed| needed.path.is_some());
    if let Some(index) = between.find_map(|needed| needed.registry.as_ref()) {
        return Some(["--index".into(), index.clone()]);
    }
    let names = member.publish.as_ref()?;
    let name = names.iter().find(|name| *name == "crates-io").or(names.first())?;
    Some(["--registry".into(), name.clone()])
}

/// The package and every workspace member that it needs, directly or not, as published (a development dependency
/// without a version is left out by cargo). In the order of their names.
fn siblings<'a>(metadata: &'a Metadata, member: &'a Member) -> Vec<&'a Member> {
    let by_folder: BTreeMap<&Utf8Path, &Member> =
        metadata.packages.iter().filter_map(|member| Some((member.manifest_path.parent()?, member))).collect();
    let mut found = BTreeMap::from([(member.name.as_str(), member)]);
    let mut open = vec![member];
    while let Some(next) = open.pop() {
        for dependency in &next.dependencies {
            let published = dependency.kind.as_deref() != Some("dev") || dependency.req != "*";
            let Some(path) = dependency.path.as_deref().filter(|_| published) else { continue };
            if let Some(sibling) = by_folder.get(path)
                && found.insert(&sibling.name, sibling).is_none()
            {
                open.push(sibling);
            }
        }
    }
    found.into_values().collect()
}

/// With a lock file everything is decided and cargo needs no network if it has the crates at hand; without one it must
/// ask for the newest versions, and only a machine without a network falls back on what it has.
fn run(request: &BuildRequest, arguments: &[String], locked: bool) -> Result<()> {
    let attempt = |offline: bool| {
        Tool::new("cargo", INSTALL, &request.env)
            .args(arguments)
            .args(offline.then_some("--offline"))
            .directory(&request.directory())
            .run()
            .map(|_| ())
    };
    match attempt(locked) {
        Ok(()) => Ok(()),
        Err(first) => attempt(!locked).map_err(|second| explain(if locked { second } else { first }, request)),
    }
}

fn explain(problem: Problem, request: &BuildRequest) -> Problem {
    let stale = problem.causes().iter().any(|cause| cause.contains("--locked"));
    let problem = problem.about("package", &request.package.id);
    if stale {
        problem.next("Cargo.lock is out of date: run `cargo update --workspace`, look at the change, commit it.")
    } else {
        problem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"workspace_root":"/w","packages":[
              {"name":"a","version":"1.0.0","manifest_path":"/w/a/Cargo.toml","publish":["k","crates-io"],"dependencies":[
                {"kind":null,"req":"^1","path":"/w/b"},{"kind":"dev","req":"*","path":"/w/d"},{"kind":null,"req":"^1","path":null}]},
              {"name":"b","version":"1.0.0","manifest_path":"/w/b/Cargo.toml","publish":null,"dependencies":[
                {"kind":"build","req":"^1","path":"/w/c"}]},
              {"name":"c","version":"1.0.0","manifest_path":"/w/c/Cargo.toml","publish":null,"dependencies":[
                {"kind":"dev","req":"^1","path":"/w/a"}]},
              {"name":"d","version":"1.0.0","manifest_path":"/w/d/Cargo.toml","publish":null,"dependencies":[]}]}"#;

    #[test]
    fn siblings_are_followed_and_unversioned_development_dependencies_are_not() {
        let metadata: Metadata = serde_json::from_str(JSON).unwrap();
        let arguments = arguments(&metadata, &metadata.packages[0], Utf8Path::new("/o"), true).join(" ");
        assert_eq!(
            arguments,
            "package --no-verify --allow-dirty --target-dir /o --locked --registry crates-io --package a --package b --package c"
        );
        let with = |index: &str| {
            index.replace(
                r#""kind":"build","req":"^1","path":"/w/c"}"#,
                r#""kind":null,"req":"^1","path":"/w/c","registry":"sparse+http://127.0.0.1/"}"#,
            )
        };
        let elsewhere: Metadata = serde_json::from_str(&with(JSON)).unwrap();
        let elsewhere = super::arguments(&elsewhere, &elsewhere.packages[1], Utf8Path::new("/o"), false).join(" ");
        assert!(
            elsewhere.contains("--index sparse+http://127.0.0.1/ --package a --package b --package c"),
            "{elsewhere}"
        );
        let alone = super::arguments(&metadata, &metadata.packages[3], Utf8Path::new("/o"), false).join(" ");
        assert_eq!(alone, "package --no-verify --allow-dirty --target-dir /o --package d");
    }
}
