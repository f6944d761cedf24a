//! `pnpm-lock.yaml`, versions 5, 6 and 9, whose keys differ: `/name/1.0.0_peer`, `/name@1.0.0(peer)`, `name@1.0.0`.
//!
//! What peers a package was installed with is no part of its version. Scopes follow from what the importers reach.

use std::collections::{HashMap, HashSet};

use super::ecosystem::Ecosystem;
use super::file::{File, Found, integrity, reached};
use super::registry::{host, set_origins, shown};
use super::yaml::{self, Node};
use crate::report::{Component, Origin, Scope};

pub(super) fn read(file: &File<'_>) -> Found {
    let mut components = Vec::new();
    for tree in yaml::documents(file)? {
        components.extend(of_document(file, &tree));
    }
    Ok(components)
}

fn of_document(file: &File<'_>, tree: &Node<'_>) -> Vec<Component> {
    let version = tree.word("lockfileVersion").unwrap_or_default();
    let major: u32 = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(5);
    let packages: HashMap<&str, &Node<'_>> =
        tree.below("packages").iter().map(|(key, node)| (key.as_ref(), node)).collect();
    let snapshots = if tree.get("snapshots").is_some() { tree.below("snapshots") } else { tree.below("packages") };
    let places: HashMap<&str, usize> =
        snapshots.iter().enumerate().map(|(place, (key, _))| (key.as_ref(), place)).collect();
    let find = |name: &str, reference: &str| {
        candidates(major, name, reference).iter().find_map(|key| places.get(key.as_str()).copied())
    };
    let edges: Vec<Vec<usize>> = snapshots
        .iter()
        .map(|(_, node)| {
            let asked = [node.below("dependencies"), node.below("optionalDependencies")];
            asked.into_iter().flatten().filter_map(|(name, reference)| find(name, reference.text()?)).collect()
        })
        .collect();

    let mut asked: Vec<(usize, Scope)> = Vec::new();
    for importer in tree.below("importers").iter().map(|(_, importer)| importer).chain([tree]) {
        for (kind, scope) in [
            ("dependencies", Scope::Runtime),
            ("optionalDependencies", Scope::Optional),
            ("devDependencies", Scope::Development),
        ] {
            asked.extend(importer.below(kind).iter().filter_map(|(name, reference)| {
                Some((find(name, reference.text().or_else(|| reference.word("version"))?)?, scope))
            }));
        }
    }
    let scopes = reached(&asked, &edges);
    let direct: HashSet<usize> = asked.iter().map(|(place, _)| *place).collect();

    let mut found: Vec<(Component, &str)> = Vec::with_capacity(snapshots.len());
    let mut purls: Vec<Option<String>> = Vec::with_capacity(snapshots.len());
    let mut kept = Vec::with_capacity(snapshots.len());
    for (place, (key, snapshot)) in snapshots.iter().enumerate() {
        let package = packages.get(key.as_ref()).or_else(|| packages.get(without_peers(key))).copied();
        let package = package.unwrap_or(snapshot);
        let drafted = component(file, major, key, package);
        purls.push(drafted.as_ref().map(|(component, _)| component.purl.clone()));
        let Some((mut component, host)) = drafted else { continue };
        component.line = file.line_of(key);
        component.direct = Some(direct.contains(&place));
        component.scope = scopes.get(place).copied().flatten().unwrap_or(match package.word("dev") {
            Some("true") => Scope::Development,
            _ if package.word("optional") == Some("true") => Scope::Optional,
            _ => Scope::Runtime,
        });
        found.push((component, host));
        kept.push(place);
    }
    for ((component, _), place) in found.iter_mut().zip(kept) {
        let targets = edges.get(place).map_or(&[][..], Vec::as_slice);
        component.dependencies = targets.iter().filter_map(|target| purls.get(*target).cloned().flatten()).collect();
    }
    set_origins(Ecosystem::Npm, &mut found);
    found.into_iter().map(|(component, _)| component).collect()
}

/// The keys a reference of a dependency may mean.
fn candidates(major: u32, name: &str, reference: &str) -> Vec<String> {
    let named = match major {
        ..=5 => format!("/{name}/{reference}"),
        6..=8 => format!("/{name}@{reference}"),
        _ => format!("{name}@{reference}"),
    };
    vec![named, reference.to_owned()]
}

/// A key without `(peer@1.0.0)`.
fn without_peers(key: &str) -> &str {
    key.split('(').next().unwrap_or(key)
}

/// The component of a key, and the host it comes from. None for folders of the workspace.
fn component<'n>(file: &File<'_>, major: u32, key: &str, package: &'n Node<'_>) -> Option<(Component, &'n str)> {
    let resolution = package.get("resolution");
    let field = |name: &str| resolution.and_then(|one| one.word(name));
    if field("type") == Some("directory") || key.starts_with("link:") {
        return None;
    }
    let address = field("tarball").or_else(|| field("repo")).unwrap_or_default();
    let plain = without_peers(key);
    let (mut name, mut version) = if major <= 5 { slashed(plain) } else { at_sign(plain.trim_start_matches('/')) };
    // What no registry serves says its name and version itself.
    name = package.word("name").unwrap_or(name);
    let exact = package.word("version");
    let odd = version.contains(':') || version.contains('/') || name.is_empty();
    let origin = if field("type") == Some("git") || field("commit").is_some() || address.contains("codeload.") {
        Origin::Git
    } else if plain.contains("file:") || address.starts_with("file:") {
        Origin::Path
    } else if odd || exact.is_some() && !address.is_empty() && !address.contains("/-/") {
        Origin::Url
    } else {
        Origin::Registry
    };
    version = exact.unwrap_or(if odd { "" } else { version });
    if name.is_empty() {
        return None;
    }
    let mut component = file.component(Ecosystem::Npm, name, Some(version));
    component.certainty = crate::report::Certainty::Exact;
    component.origin = origin;
    component.digests = field("integrity").map(integrity).unwrap_or_default();
    let qualifier = match origin {
        Origin::Git => Some("vcs_url"),
        Origin::Url => Some("download_url"),
        _ => None,
    };
    if let Some(qualifier) = qualifier {
        let commit = field("commit").map_or(String::new(), |commit| format!("@{commit}"));
        let address = format!("{}{commit}", shown(if address.is_empty() { plain } else { address }));
        component.purl = Ecosystem::Npm.purl(name, component.version.as_deref()).with(qualifier, &address).to_string();
    }
    // Version 5 writes the host before the name where it is not the default registry.
    let host = match host(address) {
        "" if major <= 5 && !plain.starts_with('/') => {
            component.origin = if origin == Origin::Registry { Origin::OtherRegistry } else { origin };
            ""
        }
        host => host,
    };
    Some((component, host))
}

/// `name@1.0.0` in two; the first `@` may be that of a scope.
fn at_sign(key: &str) -> (&str, &str) {
    match key.get(1..).and_then(|rest| rest.find('@')) {
        Some(place) => (key.get(..=place).unwrap_or_default(), key.get(place + 2..).unwrap_or_default()),
        None => ("", ""),
    }
}

/// `/name/1.0.0_peers`, `/@scope/name/1.0.0`, `host/name/1.0.0` in name and version.
fn slashed(key: &str) -> (&str, &str) {
    let rest = match key.strip_prefix('/') {
        Some(rest) => rest,
        None => key.split_once('/').map_or("", |(_, rest)| rest),
    };
    let slashes = if rest.starts_with('@') { 2 } else { 1 };
    let Some((end, _)) = rest.match_indices('/').nth(slashes - 1) else { return ("", "") };
    let version = rest.get(end + 1..).unwrap_or_default();
    (rest.get(..end).unwrap_or_default(), version.split(['_', '/']).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::{lines, one, read};

    #[test]
    fn the_fifth_version() {
        let text = "lockfileVersion: 5.4\n\nspecifiers:\n  a: ^1.0.0\n\ndependencies:\n  a: 1.0.0_b@2.0.0\n\ndevDependencies:\n  '@s/c': 3.0.0\n\npackages:\n\n  /@s/c/3.0.0:\n    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}\n    dev: true\n\n  /a/1.0.0_b@2.0.0:\n    resolution: {integrity: sha512-x}\n    dependencies:\n      b: 2.0.0\n\n  /b/2.0.0:\n    resolution: {integrity: sha512-x}\n\n  github.com/o/g/abc:\n    resolution: {tarball: https://codeload.github.com/o/g/tar.gz/abc}\n    name: g\n    version: 0.1.0\n\n  own.example/h/4.0.0:\n    resolution: {integrity: sha512-x, tarball: https://own.example/h/-/h-4.0.0.tgz}\n";
        assert_eq!(
            lines("pnpm-lock.yaml", text),
            [
                "pkg:npm/%40s/c@3.0.0 dev * :14",
                "pkg:npm/a@1.0.0 * :18",
                "pkg:npm/b@2.0.0 :23",
                "pkg:npm/g@0.1.0?vcs_url=https://codeload.github.com/o/g/tar.gz/abc git :26",
                "pkg:npm/h@4.0.0 :31",
            ]
        );
    }

    #[test]
    fn the_sixth_and_ninth_version() {
        let sixth = "lockfileVersion: '6.0'\ndependencies:\n  a:\n    specifier: ^1\n    version: 1.0.0(b@2.0.0)\npackages:\n\n  /a@1.0.0(b@2.0.0):\n    resolution: {integrity: sha512-x}\n    dependencies:\n      b: 2.0.0\n    dev: false\n\n  /b@2.0.0:\n    resolution: {integrity: sha512-x}\n    dev: true\n";
        assert_eq!(lines("pnpm-lock.yaml", sixth), ["pkg:npm/a@1.0.0 * :8", "pkg:npm/b@2.0.0 :14"]);
        let ninth = "lockfileVersion: '9.0'\nimporters:\n  .:\n    devDependencies:\n      a:\n        specifier: ^1\n        version: 1.0.0(b@2.0.0)\n      w:\n        specifier: workspace:*\n        version: link:../w\npackages:\n\n  a@1.0.0:\n    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}\n\n  '@s/b@2.0.0':\n    resolution: {integrity: sha512-x}\n\n  u@https://x.example/u.tgz:\n    resolution: {tarball: https://x.example/u.tgz}\n    version: 5.0.0\n\nsnapshots:\n\n  a@1.0.0(b@2.0.0):\n    dependencies:\n      alias: '@s/b@2.0.0'\n\n  '@s/b@2.0.0': {}\n\n  u@https://x.example/u.tgz: {}\n";
        assert_eq!(
            lines("pnpm-lock.yaml", ninth),
            [
                "pkg:npm/%40s/b@2.0.0 dev :29",
                "pkg:npm/a@1.0.0 dev * :25",
                "pkg:npm/u@5.0.0?download_url=https://x.example/u.tgz url :31",
            ]
        );
        let components = read("pnpm-lock.yaml", ninth).unwrap();
        assert_eq!(one(&components, "a").dependencies, ["pkg:npm/%40s/b@2.0.0"]);
        assert_eq!(one(&components, "a").digests.len(), 1);
    }
}
