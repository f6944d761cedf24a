//! Versions of packages whose manifests give none: images, files, and what `pak.toml` lets follow another package.

use std::collections::BTreeSet;

use pak_model::{Ecosystem, Package, Problem, Result, code};

use crate::config::Config;
use crate::version_scheme::tag;

/// Gives every image and every package of files its version: `pak.toml`'s, another package's by `from:<id>`, or the project's
/// only one. Packages of other kinds get one here only by `from:<id>`.
pub(crate) fn fill(packages: &mut [Package], config: &Config) -> Result<()> {
    let has_none = |package: &Package| matches!(package.ecosystem, Ecosystem::Oci | Ecosystem::Generic);
    let others: BTreeSet<String> = packages
        .iter()
        .filter(|package| !has_none(package) && package.withheld.is_none())
        .filter_map(|package| package.version.clone())
        .collect();
    let known: Vec<(String, Option<String>)> =
        packages.iter().map(|package| (package.id.clone(), package.version.clone())).collect();
    for package in packages.iter_mut() {
        let id = &package.id;
        let set = config.packages.get(id).and_then(|settings| settings.version.as_deref());
        let follows = package.version.is_none() && set.is_some_and(|set| set.starts_with("from:"));
        if !has_none(package) && !follows {
            continue;
        }
        let version = match set.map(|set| set.strip_prefix("from:").ok_or(set)) {
            Some(Err(version)) => Ok(version.to_owned()),
            Some(Ok(source)) => follow(id, source, &known, config)?,
            None => match (others.len(), others.first()) {
                (1, Some(version)) => Ok(version.clone()),
                (0, _) => Err(format!("no version; set `version` in [packages.{id}] of pak.toml")),
                _ => Err(format!(
                    "no version, and the project has several; set `version = \"from:<package id>\"` in [packages.{id}] of pak.toml"
                )),
            },
        };
        match version {
            Ok(version) => match unfit(package.ecosystem, &version) {
                None => package.version = Some(version),
                Some(why) => {
                    let reason = format!("`{version}` {why}; set `version` in [packages.{id}] of pak.toml");
                    package.withheld.get_or_insert(reason);
                }
            },
            Err(reason) => {
                package.withheld.get_or_insert(reason);
            }
        }
    }
    Ok(())
}

/// Why a package of the kind cannot have a version.
fn unfit(ecosystem: Ecosystem, version: &str) -> Option<&'static str> {
    match ecosystem {
        // `+` is the one character of other grammars that a tag cannot have.
        Ecosystem::Oci if !tag::is_valid(version) => Some("cannot be an image's tag"),
        Ecosystem::Generic if !is_plain(version) => Some("cannot be part of a file's address"),
        _ => None,
    }
}

/// Whether a version can stand between slashes of a path or a URL.
fn is_plain(version: &str) -> bool {
    !version.is_empty()
        && !version.starts_with('.')
        && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+~".contains(&byte))
}

/// The version of the package that `from:` names, through others if need be; an error in words where it has none.
fn follow(
    id: &str,
    source: &str,
    known: &[(String, Option<String>)],
    config: &Config,
) -> Result<Result<String, String>> {
    let mut source = source;
    for _ in 0..=known.len() {
        let Some((_, version)) = known.iter().find(|(known, _)| known == source) else {
            let ids: Vec<String> = known.iter().map(|(id, _)| id.clone()).collect();
            return Err(crate::detect::unknown_package(source, &format!("`version` of [packages.{id}]"), &ids));
        };
        if let Some(version) = version {
            return Ok(Ok(version.clone()));
        }
        match config.packages.get(source).and_then(|settings| settings.version.as_deref()) {
            Some(set) => match set.strip_prefix("from:") {
                Some(next) => source = next,
                None => return Ok(Ok(set.to_owned())),
            },
            None => {
                return Ok(Err(format!(
                    "package {source} has no version before it is built; set `version` in [packages.{id}] of pak.toml"
                )));
            }
        }
    }
    let message = format!("`version` of [packages.{id}] follows itself in a circle.");
    Err(Problem::new(code::config::INVALID_VALUE, message).about("package", id))
}
