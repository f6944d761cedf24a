//! Which crate may use which, and what third-party crates may be: the rules of `deny.toml`, without another program.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use super::root;

/// Our crates, and what each may use. `pak-testing` is for tests alone.
const MAY_USE: &[(&str, &[&str])] = &[
    ("pak-model", &[]),
    ("pak-git", &[]),
    ("pak-http", &["pak-model"]),
    ("pak-project", &["pak-model"]),
    ("pak-sandbox", &["pak-model", "pak-git"]),
    ("pak-testing", &["pak-model"]),
    ("pak-build", &["pak-model", "pak-project"]),
    ("pak-platforms", &["pak-model", "pak-http", "pak-git"]),
    ("pak-security", &["pak-model", "pak-http"]),
    ("pak-signing", &["pak-model", "pak-http"]),
    (
        "pak-deploy",
        &["pak-model", "pak-http", "pak-project", "pak-build", "pak-security", "pak-signing", "pak-platforms"],
    ),
    (
        "pak",
        &[
            "pak-model",
            "pak-http",
            "pak-project",
            "pak-build",
            "pak-security",
            "pak-signing",
            "pak-platforms",
            "pak-deploy",
            "pak-sandbox",
            "pak-server",
        ],
    ),
    (
        "pak-server",
        &["pak-model", "pak-http", "pak-project", "pak-build", "pak-security", "pak-platforms", "pak-deploy"],
    ),
];

/// What cargo knows about every crate that is built on this machine's platform.
fn packages() -> Vec<Value> {
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc starts");
    let about = String::from_utf8(rustc.stdout).expect("UTF-8");
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let output = cargo(&["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", host]);
    let metadata: Value = serde_json::from_str(&output).expect("JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn rules() -> toml::Table {
    fs::read_to_string(root().join("deny.toml")).expect("deny.toml").parse().expect("TOML")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn crates_use_each_other_in_one_direction() {
    for package in packages().iter().filter(|package| package["source"].is_null()) {
        let name = text(&package["name"]);
        let (_, allowed) = MAY_USE.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name} is new"));
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let used = text(&dependency["name"]);
            let ours = MAY_USE.iter().any(|(known, _)| *known == used);
            let for_tests = text(&dependency["kind"]) == "dev";
            assert!(!ours || for_tests || allowed.contains(&used), "{name} must not use {used}");
        }
    }
}

#[test]
fn licences_are_among_those_allowed() {
    let rules = rules();
    let allowed: Vec<spdx::Licensee> = rules["licenses"]["allow"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|licence| spdx::Licensee::parse(licence.as_str().expect("text")).expect("a licence"))
        .collect();
    let packages = packages();
    assert!(packages.len() > 100, "cargo named {} packages", packages.len());
    for package in packages {
        let (name, licence) = (text(&package["name"]), text(&package["license"]));
        // Old manifests write `/` for `OR`.
        let expression = spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX)
            .unwrap_or_else(|error| panic!("{name} has licence `{licence}`: {error}"));
        let fits = expression.evaluate(|requirement| allowed.iter().any(|licensee| licensee.satisfies(requirement)));
        assert!(fits, "{name} has licence `{licence}`, which deny.toml does not allow");
    }
}

#[test]
fn banned_crates_are_not_built() {
    // Not the lock file: it also names optional dependencies that no feature in use asks for.
    let tree = cargo(&["tree", "--workspace", "--locked", "--offline", "--prefix", "none", "--format", "{p}"]);
    let built: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(built.contains("serde"), "cargo shows the tree");
    for ban in rules()["bans"]["deny"].as_array().expect("a list") {
        let banned = ban["crate"].as_str().expect("a name");
        assert!(!built.contains(banned), "{banned} is banned: {}", ban["reason"]);
    }
}

#[test]
fn every_crate_comes_from_a_registry() {
    let lock: toml::Table = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock").parse().expect("TOML");
    for package in lock["package"].as_array().expect("packages") {
        let source = package.get("source").and_then(toml::Value::as_str).unwrap_or("registry+");
        assert!(source.starts_with("registry+"), "{} comes from {source}", package["name"]);
    }
}
