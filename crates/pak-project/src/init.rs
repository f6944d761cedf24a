//! `pak init`: a commented `pak.toml` for what was found, which is valid as it is.

use std::fmt::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Ecosystem, Package, Problem, Result, code};

use crate::config::{self, PROJECT_FILE};
use crate::detect::Detection;

/// The text of a `pak.toml` for a project of this name.
pub fn render(name: &str, detection: &Detection) -> String {
    let mut text = String::new();
    // Writing into a text cannot fail.
    let _ = write_all(&mut text, name, detection);
    text
}

/// Writes it into the project's root, and returns its path. A file that is there already stays, unless `force`.
pub fn create(root: &Utf8Path, text: &str, force: bool) -> Result<Utf8PathBuf> {
    let path = root.join(PROJECT_FILE);
    // A broken link is a file in the way too.
    if !force && path.symlink_metadata().is_ok() {
        return Err(Problem::new(code::config::EXISTS, format!("{path} is there already.")).about("file", path));
    }
    config::replace(&path, text)?;
    Ok(path)
}

fn write_all(text: &mut String, name: &str, detection: &Detection) -> fmt::Result {
    writeln!(
        text,
        "# What pak publishes from this project, and where to.\n\
         # `pak config schema` lists every key; `pak config explain <key>` says where a value comes from.\n\n\
         [project]\n\
         name = {}\n\
         # environment = \"production\"  # where `pak deploy` goes when --environment is not given\n\
         # exclude = [\"examples/**\"]    # folders whose manifests are not looked at",
        quoted(name)
    )?;
    let (entries, others): (Vec<&Package>, Vec<&Package>) =
        detection.packages.iter().partition(|package| has_entry(package));
    if detection.packages.is_empty() {
        writeln!(
            text,
            "\n# No package was found. Name one by its folder:\n# [packages.example]\n# path = \"path/to/package\""
        )?;
    }
    for package in entries {
        writeln!(text)?;
        write_package(text, package)?;
    }
    writeln!(
        text,
        "\n# Files that people download are a package too, once something has built them:\n\
         # [packages.downloads]\n\
         # ecosystem = \"generic\"\n\
         # artifacts = [\"dist/*.tar.gz\", \"dist/*.zip\"]"
    )?;
    if !others.is_empty() {
        writeln!(text, "\n# Found, but not published:")?;
        for package in others {
            let reason = package.withheld.as_deref().unwrap_or_default();
            writeln!(text, "# - {} ({}): {}", comment(&package.label()), comment(&package.manifest), comment(reason))?;
        }
    }
    write_environments(text, detection)
}

/// Images that only lack a version get an entry to set it in.
fn has_entry(package: &Package) -> bool {
    package.manifest != PROJECT_FILE && (package.withheld.is_none() || package.ecosystem == Ecosystem::Oci)
}

fn write_package(text: &mut String, package: &Package) -> fmt::Result {
    writeln!(text, "# {}: {}", package.ecosystem, comment(&package.label()))?;
    writeln!(text, "[packages.{}]\npath = {}", package.id, quoted(&package.manifest))?;
    if package.ecosystem == Ecosystem::Oci {
        writeln!(text, "# name = \"team/image\"          # default: the folder's name")?;
        match &package.withheld {
            Some(reason) => writeln!(text, "# Not published yet: {}", comment(reason))?,
            None => writeln!(text, "# version = \"from:<package>\"   # default: the version of the other packages")?,
        }
    }
    if package.ecosystem == Ecosystem::Maven {
        writeln!(text, "# sign = \"gpg\"                # Maven Central wants every file signed")?;
    }
    writeln!(text, "# publish = false              # leaves it out")
}

fn write_environments(text: &mut String, detection: &Detection) -> fmt::Result {
    let holds = |ecosystem: &Ecosystem| {
        detection.packages.iter().any(|package| package.ecosystem == *ecosystem && has_entry(package))
    };
    let found: Vec<Ecosystem> = Ecosystem::ALL.iter().copied().filter(holds).collect();
    if !found.is_empty() {
        writeln!(
            text,
            "\n# `pak deploy` publishes to these, each the public registry unless it says otherwise. Tokens stay out of this\n\
             # file: they come from the variables and files named, or from `pak credential add <target>`."
        )?;
    }
    for ecosystem in found {
        let Some(target) = ecosystem.default_platform() else { continue };
        let (settings, tokens) = match ecosystem {
            Ecosystem::Npm => (
                "# registry = \"https://npm.example.org/\"\n\
                 # tag = \"latest\"\n\
                 # access = \"public\"            # for packages with a scope",
                "PAK_NPM_TOKEN, or .npmrc",
            ),
            Ecosystem::Python => (
                "# registry = \"https://python.example.org/\"\n\
                 # upload = \"https://python.example.org/upload/\"\n\
                 # index = \"https://python.example.org/simple/\"",
                "PAK_PYPI_TOKEN, or .pypirc",
            ),
            Ecosystem::Cargo => (
                "# index = \"sparse+https://crates.example.org/index/\"",
                "PAK_CARGO_TOKEN, or cargo's credentials.toml",
            ),
            Ecosystem::Oci => (
                "# registry = \"https://images.example.org/\"\n\
                 # repository = \"team/image\"    # default: the package's name\n\
                 # tags = [\"latest\"]            # tags beside the version; they move",
                "PAK_DOCKER_USERNAME and PAK_DOCKER_PASSWORD, or docker's config.json",
            ),
            Ecosystem::Maven => (
                "# Any other Maven repository has a target of its own:\n\
                 # [environments.production.maven]\n\
                 # registry = \"https://maven.example.org/releases/\"",
                "PAK_CENTRAL_USERNAME and PAK_CENTRAL_PASSWORD, or Maven's settings.xml",
            ),
            Ecosystem::Generic => continue,
        };
        writeln!(text, "\n[environments.production.{target}]\n{settings}\n# token: {tokens}")?;
    }
    writeln!(
        text,
        "\n# The environment `sandbox` needs no settings: `pak deploy --environment sandbox` does everything for real, but with\n\
         # registries of pak's own on this machine. Nothing leaves it."
    )
}

/// A text as a TOML value.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A manifest's words inside a comment: a line break in a name must not become a line of settings.
fn comment(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}
