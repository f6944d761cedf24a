//! `deno.lock`, versions 2 to 5: packages of npm and of JSR; scripts loaded by address are files, not components.

use serde::Deserialize;

use super::ecosystem::Ecosystem;
use super::file::{File, Found, hex_digest, integrity};
use super::lenient::{Fields, Pairs, Word, json};
use crate::report::Component;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Lock<'a> {
    #[serde(borrow)]
    npm: Fields<Npm<'a>>,
    #[serde(borrow)]
    jsr: Pairs<'a, Fields<Package<'a>>>,
    /// Version 3 has both in here.
    #[serde(borrow)]
    packages: Fields<Packages<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Packages<'a> {
    #[serde(borrow)]
    npm: Pairs<'a, Fields<Package<'a>>>,
    #[serde(borrow)]
    jsr: Pairs<'a, Fields<Package<'a>>>,
}

/// The packages themselves, or (version 2) one level deeper under `packages`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Npm<'a> {
    #[serde(borrow)]
    packages: Pairs<'a, Fields<Package<'a>>>,
    #[serde(borrow, flatten)]
    direct: std::collections::BTreeMap<String, Fields<Package<'a>>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Package<'a> {
    #[serde(borrow)]
    integrity: Word<'a>,
}

pub(super) fn read(file: &File<'_>) -> Found {
    let lock: Lock<'_> = json(file)?;
    let mut components = Vec::new();
    for (key, package) in lock.npm.packages.0.iter().chain(&lock.packages.npm.0) {
        components.extend(component(file, Ecosystem::Npm, key, &package.integrity));
    }
    for (key, package) in &lock.npm.direct {
        components.extend(component(file, Ecosystem::Npm, key, &package.integrity));
    }
    for (key, package) in lock.jsr.0.iter().chain(&lock.packages.jsr.0) {
        components.extend(component(file, Ecosystem::Jsr, key, &package.integrity));
    }
    Ok(components)
}

/// `@scope/name@1.0.0_peer@2.0.0`: what follows `_` are peers.
fn component(file: &File<'_>, ecosystem: Ecosystem, key: &str, digest: &str) -> Option<Component> {
    let split = key.get(1..)?.find('@')? + 1;
    let version = key.get(split + 1..)?.split('_').next()?;
    let mut component = file.component(ecosystem, key.get(..split)?, Some(version));
    component.digests = integrity(digest).into_iter().chain(hex_digest("sha256", digest)).collect();
    Some(component)
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::lines;

    #[test]
    fn all_versions() {
        let fifth = r#"{"version": "5", "specifiers": {"npm:a@1": "1.0.0"}, "jsr": {"@std/x@1.0.1": {"integrity": "00"}},
"npm": {"a@1.0.0_b@2.0.0": {"integrity": "sha512-x", "dependencies": ["b"]}, "@s/b@2.0.0": {}}, "remote": {"https://x.example/y.ts": "00"}}"#;
        assert_eq!(lines("deno.lock", fifth), ["pkg:jsr/%40std/x@1.0.1", "pkg:npm/%40s/b@2.0.0", "pkg:npm/a@1.0.0"]);
        let third = r#"{"version": "3", "packages": {"specifiers": {}, "npm": {"a@1.0.0": {"integrity": "sha512-x"}}, "jsr": {}}}"#;
        assert_eq!(lines("deno.lock", third), ["pkg:npm/a@1.0.0"]);
        let second = r#"{"version": "2", "npm": {"specifiers": {"a": "a@1.0.0"}, "packages": {"a@1.0.0": {"integrity": "sha512-x"}}}}"#;
        assert_eq!(lines("deno.lock", second), ["pkg:npm/a@1.0.0"]);
    }
}
