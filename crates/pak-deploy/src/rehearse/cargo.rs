//! Resolves, builds and runs with cargo: a consumer crate for a library, `cargo install` for a program.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};

use super::{Answers, Check, Installation};

const REGISTRY: &str = "rehearsal";

pub(super) fn ask(installation: &Installation<'_>) -> Answers {
    let Some(client) = installation.version_of("cargo") else {
        return Answers::skipped("cargo is not on this machine");
    };
    let resolved = resolve(installation);
    let is_library = resolved.as_ref().is_ok_and(|source| has_library(source));
    let resolvable = Check::of(resolved);
    if resolvable != Check::Passed {
        let not = || Check::skipped("it is not found");
        return Answers { client: Some(client), resolvable, installable: not(), runnable: not() };
    }
    let (installable, runnable) = if is_library {
        let installable = Check::of(cargo(installation, &["build", "--quiet"]));
        let runnable = match installable {
            Check::Passed => Check::of(cargo(installation, &["run", "--quiet"])),
            _ => Check::skipped("it does not build"),
        };
        (installable, runnable)
    } else {
        let version = installation.step.version.as_str();
        let args = [
            "install",
            "--quiet",
            "--root",
            "installed",
            "--registry",
            REGISTRY,
            "--version",
            version,
            &installation.step.name,
        ];
        (Check::of(cargo(installation, &args)), Check::skipped("programs are installed and not started"))
    };
    Answers { client: Some(client), resolvable, installable, runnable }
}

fn cargo(installation: &Installation<'_>, args: &[&str]) -> Result<()> {
    let home = installation.folder.join("cargo-home");
    let mut tool = installation.tool("cargo").args(args).env("CARGO_HOME", home.as_str());
    // A rustup shim finds its toolchains through the user's home, which is another one here.
    if let Some(user_home) = installation.env.home() {
        let rustup = installation.env.get("RUSTUP_HOME").map_or_else(|| format!("{user_home}/.rustup"), str::to_owned);
        tool = tool.env("RUSTUP_HOME", &rustup);
    }
    tool.env("CARGO_TARGET_DIR", installation.folder.join("target").as_str()).run()?;
    Ok(())
}

/// Writes a consumer and fetches; gives the folder of the crate's source as cargo unpacked it.
fn resolve(installation: &Installation<'_>) -> Result<Utf8PathBuf> {
    let step = installation.step;
    let index = installation.endpoint.index.as_ref().unwrap_or(&installation.endpoint.root);
    installation.write(
        ".cargo/config.toml",
        &format!("[registries.{REGISTRY}]\nindex = \"sparse+{index}\"\n[net]\nretry = 0\n"),
    )?;
    installation.write(
        "Cargo.toml",
        &format!(
            "[package]\nname = \"consumer\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[dependencies]\n{} = {{ version = \"={}\", registry = \"{REGISTRY}\" }}\n\n[workspace]\n",
            step.name, step.version
        ),
    )?;
    installation.write(
        "src/main.rs",
        &format!("#[allow(unused_imports)]\nuse {} as _;\nfn main() {{}}\n", step.name.replace('-', "_")),
    )?;
    cargo(installation, &["fetch", "--quiet"])?;
    unpacked(&installation.folder.join("cargo-home/registry/src"), &format!("{}-{}", step.name, step.version))
        .ok_or_else(|| {
            Problem::new(code::http::NOT_FOUND, format!("cargo fetched no source of {} {}.", step.name, step.version))
        })
}

fn unpacked(sources: &Utf8Path, name: &str) -> Option<Utf8PathBuf> {
    let registries = sources.read_dir_utf8().ok()?;
    registries.flatten().map(|registry| registry.path().join(name)).find(|folder| folder.is_dir())
}

/// The published manifest names its targets explicitly.
fn has_library(source: &Utf8Path) -> bool {
    let manifest = std::fs::read_to_string(source.join("Cargo.toml")).unwrap_or_default();
    manifest.lines().any(|line| line.trim() == "[lib]") || source.join("src/lib.rs").is_file()
}
