//! Resolves, builds and runs with cargo: a consumer crate for a library, `cargo install` for a program.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Details, Problem, Result, code};

use super::{Answers, Check, Installation};

const REGISTRY: &str = "rehearsal";

pub(super) fn ask(at: &Installation) -> Answers {
    let Some(client) = at.version_of("cargo", &["--version"]) else {
        return Answers::skipped("cargo is not on this machine");
    };
    let source = resolve(at);
    let is_library = source.as_ref().is_ok_and(|source| has_library(source));
    let resolvable = at.judge(source, &dependencies(at));
    Answers::in_turn(
        client,
        || resolvable,
        || Check::of(if is_library { cargo(at, &["build", "--quiet"]) } else { install(at) }),
        || {
            if is_library {
                Check::of(cargo(at, &["run", "--quiet"]))
            } else {
                Check::skipped("programs are installed and not started")
            }
        },
    )
}

fn cargo(at: &Installation, args: &[&str]) -> Result<()> {
    at.installer("cargo").args(args).run()?;
    Ok(())
}

fn install(at: &Installation) -> Result<()> {
    let version = at.step.version.as_str();
    let args =
        ["install", "--quiet", "--root", "installed", "--registry", REGISTRY, "--version", version, &at.step.name];
    cargo(at, &args)
}

/// Writes a consumer and fetches; gives the folder of the crate's source as cargo unpacked it.
fn resolve(at: &Installation) -> Result<Utf8PathBuf> {
    let step = &at.step;
    let index = at.endpoint.index.as_ref().unwrap_or(&at.endpoint.root);
    // What crates.io is asked for is asked of the embedded registry, which knows where it may be had.
    at.write(
        "home/cargo/config.toml",
        &format!(
            "[registries.{REGISTRY}]\nindex = \"sparse+{index}\"\n\n[source.crates-io]\nreplace-with = \"{REGISTRY}\"\n\n[net]\nretry = 0\n"
        ),
    )?;
    // Called by another name, so that a library may be called as it likes.
    at.write(
        "Cargo.toml",
        &format!(
            "[package]\nname = \"consumer\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[dependencies]\nrehearsed = {{ package = \"{}\", version = \"={}\", registry = \"{REGISTRY}\" }}\n\n[workspace]\n",
            step.name, step.version
        ),
    )?;
    at.write("src/main.rs", "#[allow(unused_imports)]\nuse rehearsed as _;\nfn main() {}\n")?;
    cargo(at, &["fetch", "--quiet"])?;
    unpacked(&at.folder.join("home/cargo/registry/src"), &format!("{}-{}", step.name, step.version)).ok_or_else(|| {
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
    let table = manifest.parse::<toml::Table>();
    table.is_ok_and(|table| table.contains_key("lib")) || source.join("src/lib.rs").is_file()
}

/// What cargo builds with it: everything but development dependencies.
fn dependencies(at: &Installation) -> Vec<String> {
    let details = at.release.artifacts.iter().find_map(|artifact| match &artifact.details {
        Details::Crate(details) => Some(details),
        _ => None,
    });
    let listed = details.and_then(|details| details.publish.get("deps")?.as_array());
    let text = |value: &serde_json::Value, key: &str| value.get(key).and_then(|text| text.as_str()).map(str::to_owned);
    let built = listed.into_iter().flatten().filter(|dependency| text(dependency, "kind").as_deref() != Some("dev"));
    built.filter_map(|dependency| text(dependency, "name")).collect()
}
