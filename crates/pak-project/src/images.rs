//! Names and versions of images, which no manifest of theirs gives.

use std::collections::BTreeSet;

use pak_model::{Ecosystem, Package, Problem, Result, code};

use crate::config::Config;
use crate::version_scheme::tag;

/// Gives every image its version: `pak.toml`'s, another package's by `from:<id>`, or the project's only one.
pub(crate) fn versions(packages: &mut [Package], config: &Config) -> Result<()> {
    let others: BTreeSet<String> = packages
        .iter()
        .filter(|package| package.ecosystem != Ecosystem::Oci && package.withheld.is_none())
        .filter_map(|package| package.version.clone())
        .collect();
    let known: Vec<(String, Option<String>)> =
        packages.iter().map(|package| (package.id.clone(), package.version.clone())).collect();
    for package in packages.iter_mut().filter(|package| package.ecosystem == Ecosystem::Oci) {
        let id = &package.id;
        let set = config.packages.get(id).and_then(|settings| settings.version.as_deref());
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
            // `+` is the one character of other grammars that a tag cannot have.
            Ok(version) if tag::is_valid(&version) => package.version = Some(version),
            Ok(version) => {
                let reason =
                    format!("`{version}` cannot be an image's tag; set `version` in [packages.{id}] of pak.toml");
                package.withheld.get_or_insert(reason);
            }
            Err(reason) => {
                package.withheld.get_or_insert(reason);
            }
        }
    }
    Ok(())
}

/// The version of the package that `from:` names, through other images if need be; an error in words where it has none.
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
