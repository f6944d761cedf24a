//! Installs with npm and imports with node.

use pak_model::{Details, Problem, Result, code};

use super::{Answers, Check, Installation};

pub(super) fn ask(installation: &Installation<'_>) -> Answers {
    let Some(version) = installation.version_of("npm") else { return Answers::skipped("npm is not on this machine") };
    let resolvable = Check::of(resolve(installation));
    let (installable, runnable) = match &resolvable {
        Check::Passed => {
            let installable = Check::of(install(installation));
            let runnable =
                if installable == Check::Passed { import(installation) } else { Check::skipped("it is not installed") };
            (installable, runnable)
        }
        _ => (Check::skipped("it is not found"), Check::skipped("it is not installed")),
    };
    Answers { client: Some(format!("npm {version}")), resolvable, installable, runnable }
}

fn npm(installation: &Installation<'_>, args: &[&str]) -> Result<String> {
    let registry = format!("--registry={}", installation.endpoint.root);
    let output = installation
        .tool("npm")
        .args(args)
        .args([
            registry.as_str(),
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
            "--loglevel=error",
            "--fetch-retries=0",
        ])
        .run()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn resolve(installation: &Installation<'_>) -> Result<()> {
    let step = installation.step;
    let found = npm(installation, &["view", &format!("{}@{}", step.name, step.version), "version"])?;
    if found.trim() == step.version {
        return Ok(());
    }
    Err(Problem::new(code::http::NOT_FOUND, format!("npm view answered `{}`.", found.trim())))
}

fn install(installation: &Installation<'_>) -> Result<()> {
    let step = installation.step;
    installation.write("package.json", r#"{"name":"consumer","version":"0.0.0","private":true}"#)?;
    npm(installation, &["install", &format!("{}@{}", step.name, step.version)])?;
    Ok(())
}

/// Imports the package, where it has something to import.
fn import(installation: &Installation<'_>) -> Check {
    let manifest = installation.release.artifacts.iter().find_map(|artifact| match &artifact.details {
        Details::Npm(npm) => Some(&npm.manifest),
        _ => None,
    });
    let has_entry =
        manifest.is_some_and(|manifest| manifest.get("main").is_some() || manifest.get("exports").is_some());
    let index = installation.folder.join("node_modules").join(&installation.step.name).join("index.js");
    if !has_entry && !index.is_file() {
        return Check::skipped("it has nothing to import (no main, exports or index.js)");
    }
    // The name travels as an argument: it is never part of the program's text.
    let program = "import(process.argv[1]).then(() => {}, error => { console.error(String(error)); process.exit(1) })";
    Check::of(installation.tool("node").args(["-e", program, &installation.step.name]).run())
}
