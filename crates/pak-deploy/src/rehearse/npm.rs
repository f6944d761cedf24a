//! Installs with npm and imports with node.

use pak_model::artifact::NpmDetails;
use pak_model::{Details, Problem, Result, code};

use super::{Answers, Check, Installation};

/// On Windows npm is a script, which is not found by its bare name.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

pub(super) fn ask(at: &Installation) -> Answers {
    let Some(version) = at.version_of(NPM, &["--version"]) else {
        return Answers::skipped("npm is not on this machine");
    };
    Answers::in_turn(
        format!("npm {version}"),
        || Check::of(resolve(at)),
        || at.judge(install(at), &dependencies(at)),
        || import(at),
    )
}

fn npm(at: &Installation, args: &[&str]) -> Result<String> {
    let registry = format!("--registry={}", at.endpoint.root);
    let output = at
        .installer(NPM)
        .args(args)
        .args([registry.as_str(), "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"])
        // Otherwise addresses of tarballs in the public registry are turned into ones in the embedded one.
        .args(["--replace-registry-host=never", "--fetch-retries=0"])
        .run()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn wanted(at: &Installation) -> String {
    format!("{}@{}", at.step.name, at.step.version)
}

fn resolve(at: &Installation) -> Result<()> {
    let found = npm(at, &["view", &wanted(at), "version"])?;
    if found.trim() == at.step.version {
        return Ok(());
    }
    Err(Problem::new(code::http::NOT_FOUND, format!("npm view answered `{}`.", found.trim())))
}

fn install(at: &Installation) -> Result<()> {
    at.write("package.json", r#"{"name":"consumer","version":"0.0.0","private":true}"#)?;
    npm(at, &["install", &wanted(at)])?;
    Ok(())
}

fn details(at: &Installation) -> Option<&NpmDetails> {
    at.release.artifacts.iter().find_map(|artifact| match &artifact.details {
        Details::Npm(npm) => Some(npm),
        _ => None,
    })
}

/// What npm installs with it: dependencies, and peers that are not optional.
fn dependencies(at: &Installation) -> Vec<String> {
    let Some(NpmDetails { manifest, .. }) = details(at) else { return Vec::new() };
    let tables = ["dependencies", "peerDependencies"].iter().filter_map(|table| manifest.get(table)?.as_object());
    tables
        .flatten()
        .map(|(name, range)| match range.as_str().and_then(|range| range.strip_prefix("npm:")) {
            // An alias: what is fetched has another name.
            Some(real) => real.rfind('@').filter(|at| *at > 0).and_then(|at| real.get(..at)).unwrap_or(real).to_owned(),
            None => name.clone(),
        })
        .collect()
}

/// Imports the package, where it has something to import.
fn import(at: &Installation) -> Check {
    if let Some(why) = nothing_to_import(at) {
        return Check::skipped(why);
    }
    // The name travels as an argument: it is never part of the program's text. A package that starts timers or servers when
    // imported would keep the process alive.
    let program =
        "import(process.argv[1]).then(() => process.exit(0), error => { console.error(error); process.exit(1) })";
    let check = Check::of(at.quick("node").args(["--input-type=commonjs", "-e", program, &at.step.name]).run());
    match &check {
        Check::Failed { why } if wants_a_browser(why) => Check::skipped("it runs in a browser only"),
        _ => check,
    }
}

fn nothing_to_import(at: &Installation) -> Option<&'static str> {
    let manifest = &details(at)?.manifest;
    let text = |key: &str| manifest.get(key).and_then(|value| value.as_str());
    match manifest.get("exports") {
        Some(serde_json::Value::Object(exports)) => {
            let only_parts = exports.keys().all(|key| key.starts_with("./"));
            return only_parts.then_some("it exports parts of itself only, and nothing under its own name");
        }
        Some(_) => return None,
        None => {}
    }
    let is_other = |main: &str| {
        let name = main.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').is_some_and(|(_, ending)| !matches!(ending, "js" | "cjs" | "mjs" | "node"))
    };
    match text("main") {
        Some(main) if is_other(main) => Some("its main is not a program"),
        Some(_) => None,
        None if at.folder.join("node_modules").join(&at.step.name).join("index.js").is_file() => None,
        None => Some("it has nothing to import (no main, exports or index.js)"),
    }
}

fn wants_a_browser(said: &str) -> bool {
    ["window", "document", "navigator", "self", "HTMLElement", "localStorage"]
        .iter()
        .any(|name| said.contains(&format!("ReferenceError: {name} is not defined")))
}
