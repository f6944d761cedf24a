//! `package-lock.json`, `npm-shrinkwrap.json` and `node_modules/.package-lock.json`, versions 1 to 3.
//!
//! Versions 2 and 3 have `packages`, keyed by folder; version 1 has only the tree `dependencies`. The root and the
//! workspace's own packages (folders outside of `node_modules`, and links to them) are not dependencies.

use std::collections::HashMap;

use serde::Deserialize;

use super::ecosystem::Ecosystem;
use super::file::{File, Found, integrity};
use super::lenient::{Pairs, Word, json};
use super::registry::{host, set_origins, shown};
use crate::report::{Component, Licence, Origin, Scope};

/// Folders within folders; more is no tree that was ever installed.
const DEEPEST: usize = 64;

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(borrow)]
    packages: Option<Pairs<'a, Package<'a>>>,
    #[serde(borrow, default)]
    dependencies: Pairs<'a, Old<'a>>,
}

/// An entry of `packages`.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Package<'a> {
    #[serde(borrow)]
    name: Word<'a>,
    #[serde(borrow)]
    version: Word<'a>,
    #[serde(borrow)]
    resolved: Word<'a>,
    #[serde(borrow)]
    integrity: Word<'a>,
    #[serde(borrow)]
    license: Word<'a>,
    #[serde(borrow)]
    link: Word<'a>,
    #[serde(borrow)]
    dev: Word<'a>,
    #[serde(borrow)]
    optional: Word<'a>,
    #[serde(borrow)]
    dev_optional: Word<'a>,
    #[serde(borrow)]
    dependencies: Pairs<'a, Word<'a>>,
    #[serde(borrow)]
    dev_dependencies: Pairs<'a, Word<'a>>,
    #[serde(borrow)]
    optional_dependencies: Pairs<'a, Word<'a>>,
    #[serde(borrow)]
    peer_dependencies: Pairs<'a, Word<'a>>,
}

/// An entry of the tree of version 1.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Old<'a> {
    #[serde(borrow)]
    version: Word<'a>,
    #[serde(borrow)]
    resolved: Word<'a>,
    #[serde(borrow)]
    integrity: Word<'a>,
    #[serde(borrow)]
    dev: Word<'a>,
    #[serde(borrow)]
    optional: Word<'a>,
    #[serde(borrow)]
    requires: Pairs<'a, Word<'a>>,
    #[serde(borrow)]
    dependencies: Pairs<'a, Old<'a>>,
}

pub(super) fn read(file: &File<'_>) -> Found {
    let lock: Lock<'_> = json(file)?;
    let mut found = match &lock.packages {
        Some(packages) if !packages.0.is_empty() => of_packages(file, packages),
        _ => {
            let mut found = Vec::new();
            of_tree(file, &mut vec![HashMap::new()], &lock.dependencies, &mut found);
            found
        }
    };
    set_origins(Ecosystem::Npm, &mut found);
    Ok(found.into_iter().map(|(component, _)| component).collect())
}

fn of_packages<'a>(file: &File<'_>, packages: &'a Pairs<'_, Package<'_>>) -> Vec<(Component, &'a str)> {
    const FOLDER: &str = "node_modules/";
    let places: HashMap<&str, &Package<'_>> =
        packages.0.iter().map(|(folder, package)| (folder.as_ref(), package)).collect();
    let purl = |folder: &str| {
        let package = places.get(folder)?;
        (!package.link.yes()).then_some(())?;
        Some(drafted(file, folder.rsplit(FOLDER).next()?, &package.name, &package.version, &package.resolved)?.purl)
    };
    // What a folder requires lies in its own `node_modules` or in that of a folder above it.
    let resolve = |folder: &str, name: &str| {
        let mut within = folder;
        for _ in 0..DEEPEST {
            let candidate =
                if within.is_empty() { format!("{FOLDER}{name}") } else { format!("{within}/{FOLDER}{name}") };
            if places.contains_key(candidate.as_str()) {
                return Some(candidate);
            }
            if within.is_empty() {
                return None;
            }
            within = within
                .rfind("/node_modules/")
                .or_else(|| within.rfind('/'))
                .map_or("", |end| within.get(..end).unwrap_or_default());
            within = within.strip_suffix("/node_modules").unwrap_or(within);
            within = if within == "node_modules" { "" } else { within };
        }
        None
    };
    let direct: std::collections::HashSet<String> = packages
        .0
        .iter()
        .filter(|(folder, _)| !folder.contains(FOLDER))
        .flat_map(|(folder, package)| {
            let asked = [&package.dependencies, &package.dev_dependencies, &package.optional_dependencies];
            asked.into_iter().flat_map(|one| &one.0).filter_map(move |(name, _)| resolve(folder, name))
        })
        .collect();
    let mut found = Vec::with_capacity(packages.0.len());
    for (folder, package) in &packages.0 {
        let Some((_, installed)) = folder.rsplit_once(FOLDER) else { continue };
        if package.link.yes() {
            continue;
        }
        let Some(mut component) = drafted(file, installed, &package.name, &package.version, &package.resolved) else {
            continue;
        };
        component.line = file.line_of(folder);
        component.scope = scope(package.dev.yes() || package.dev_optional.yes(), package.optional.yes());
        component.direct = Some(direct.contains(folder.as_ref()));
        component.digests = integrity(&package.integrity);
        component.licence = package
            .license
            .some()
            .map(|declared| Licence { declared: Some(declared.to_owned()), ..Licence::default() });
        let asked = [&package.dependencies, &package.optional_dependencies, &package.peer_dependencies];
        component.dependencies =
            asked.into_iter().flat_map(|one| &one.0).filter_map(|(name, _)| purl(&resolve(folder, name)?)).collect();
        found.push((component, host(&package.resolved)));
    }
    found
}

/// The tree of version 1. `above` holds, for each level above, the purls of the packages installed there.
fn of_tree<'a>(
    file: &File<'_>,
    above: &mut Vec<HashMap<String, String>>,
    tree: &'a Pairs<'_, Old<'_>>,
    found: &mut Vec<(Component, &'a str)>,
) {
    let drafts: Vec<_> = tree
        .0
        .iter()
        .map(|(name, package)| {
            (name, package, drafted(file, name, &Word::default(), &package.version, &package.resolved))
        })
        .collect();
    let level = drafts
        .iter()
        .filter_map(|(name, _, draft)| Some((name.0.clone().into_owned(), draft.as_ref()?.purl.clone())))
        .collect();
    above.push(level);
    for (name, package, draft) in drafts {
        // What a package has installed below itself is what it requires first.
        let inner: HashMap<&str, &Old<'_>> =
            package.dependencies.0.iter().map(|(name, inner)| (name.as_ref(), inner)).collect();
        let below = |wanted: &str| {
            let inner = inner.get(wanted)?;
            Some(drafted(file, wanted, &Word::default(), &inner.version, &inner.resolved)?.purl)
        };
        if let Some(mut component) = draft {
            component.line = file.line_of(name);
            component.scope = scope(package.dev.yes(), package.optional.yes());
            component.digests = integrity(&package.integrity);
            component.dependencies = package
                .requires
                .0
                .iter()
                .filter_map(|(wanted, _)| {
                    below(wanted).or_else(|| above.iter().rev().find_map(|level| level.get(wanted.as_ref()).cloned()))
                })
                .collect();
            found.push((component, host(&package.resolved)));
        }
        of_tree(file, above, &package.dependencies, found);
    }
    above.pop();
}

/// A component by the name it is installed under. An alias has its real name in `name` or in its version.
fn drafted(
    file: &File<'_>,
    installed: &str,
    name: &Word<'_>,
    version: &Word<'_>,
    resolved: &Word<'_>,
) -> Option<Component> {
    let mut name = name.some().unwrap_or(installed);
    let mut version = version.some()?;
    if let Some((real, exact)) = version.strip_prefix("npm:").and_then(|alias| alias.rsplit_once('@')) {
        (name, version) = (real, exact);
    }
    let (origin, exact) = match origin(version) {
        // Version 1 writes the address in the place of the version.
        Some(origin) => (origin, None),
        None => (origin(resolved).unwrap_or(Origin::Registry), Some(version)),
    };
    if name.is_empty() || (origin == Origin::Path && exact.is_none()) {
        return None;
    }
    let mut component = file.component(Ecosystem::Npm, name, exact);
    component.origin = origin;
    component.certainty = crate::report::Certainty::Exact;
    let address = if exact.is_some() { resolved.as_ref() } else { version };
    let key = match origin {
        Origin::Git => "vcs_url",
        Origin::Url => "download_url",
        _ => return Some(component),
    };
    let commit = address.rsplit_once('#').map_or(String::new(), |(_, commit)| format!("@{commit}"));
    component.purl = Ecosystem::Npm.purl(name, exact).with(key, &format!("{}{commit}", shown(address))).to_string();
    Some(component)
}

/// Where something comes from by its address; none for what a registry serves (and for plain versions).
fn origin(address: &str) -> Option<Origin> {
    if address.starts_with("file:") || address.starts_with("link:") {
        return Some(Origin::Path);
    }
    let git = ["git+", "git:", "git@", "github:", "gitlab:", "bitbucket:", "gist:", "ssh:"];
    if git.iter().any(|start| address.starts_with(start)) || address.split('#').next()?.ends_with(".git") {
        return Some(Origin::Git);
    }
    // Registries serve `/name/-/name-1.0.0.tgz` and the like; some mirrors have `/download/` instead.
    let registry = ["/-/", "/download/", "/npm/", "/tarballs/"].iter().any(|part| address.contains(part));
    let url = address.starts_with("http:") || address.starts_with("https:");
    let forge = ["github.com", "gitlab.com", "bitbucket.org"].iter().any(|forge| host(address).ends_with(forge));
    (url && (forge || !registry)).then_some(Origin::Url)
}

fn scope(development: bool, optional: bool) -> Scope {
    if development {
        Scope::Development
    } else if optional {
        Scope::Optional
    } else {
        Scope::Runtime
    }
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::{lines, one, read};

    #[test]
    fn packages_by_folder_with_aliases_links_and_nesting() {
        let text = r#"{
"name": "app", "lockfileVersion": 3, "requires": true, "packages": {
"": {"name": "app", "version": "1.0.0", "dependencies": {"a": "^1.0.0", "old-b": "npm:b@1"}, "devDependencies": {"@s/c": "*"}, "workspaces": ["pkg/*"]},
"pkg/w": {"name": "w", "version": "0.0.0", "dependencies": {"d": "*"}},
"node_modules/w": {"resolved": "pkg/w", "link": true},
"node_modules/a": {"version": "1.2.3", "resolved": "https://npm.invalid/a/-/a-1.2.3.tgz", "integrity": "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "license": "MIT", "dependencies": {"b": "2"}},
"node_modules/a/node_modules/b": {"version": "2.0.0", "optional": true, "inBundle": true},
"node_modules/old-b": {"name": "b", "version": "1.0.0", "resolved": "https://npm.invalid/b/-/b-1.0.0.tgz"},
"node_modules/@s/c": {"version": "3.0.0", "dev": true, "resolved": "git+ssh://git@github.com/s/c.git#abc"},
"node_modules/e": {"version": "3.0.0", "devOptional": true, "resolved": "https://own.example/e/-/e-3.0.0.tgz"},
"pkg/w/node_modules/d": {"version": "4.0.0", "resolved": "https://x.example/d.tgz"},
"node_modules/no-version": {}
}}"#;
        assert_eq!(
            lines("x/package-lock.json", text),
            [
                "pkg:npm/%40s/c@3.0.0?vcs_url=git%2Bssh:%2F%2Fgithub.com%2Fs%2Fc.git%40abc dev git * :9"
                    .replace("%2F", "/"),
                "pkg:npm/a@1.2.3 * :6".to_owned(),
                "pkg:npm/b@1.0.0 * :8".to_owned(),
                "pkg:npm/b@2.0.0 optional :7".to_owned(),
                "pkg:npm/d@4.0.0?download_url=https://x.example/d.tgz url * :11".to_owned(),
                "pkg:npm/e@3.0.0 dev other :10".to_owned(),
            ]
        );
        let components = read("package-lock.json", text).unwrap();
        let a = one(&components, "a");
        assert_eq!(a.dependencies, ["pkg:npm/b@2.0.0"]);
        assert_eq!(a.licence.as_ref().unwrap().declared.as_deref(), Some("MIT"));
        assert_eq!(a.digests, ["sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"]);
    }

    #[test]
    fn the_tree_of_the_first_version() {
        let text = r#"{"lockfileVersion": 1, "requires": true, "dependencies": {
"a": {"version": "1.0.0", "dev": true, "requires": {"b": "1"}, "dependencies": {"b": {"version": "1.1.0", "dev": true, "requires": {"c": "*"}}}},
"b": {"version": "2.0.0", "requires": true},
"c": {"version": "npm:real@5.0.0"},
"f": {"version": "file:../f"},
"g": {"version": "github:o/g#abc", "from": "g@github:o/g"}
}}"#;
        assert_eq!(
            lines("npm-shrinkwrap.json", text),
            [
                "pkg:npm/a@1.0.0 dev :2",
                "pkg:npm/b@1.1.0 dev :2",
                "pkg:npm/b@2.0.0 :3",
                "pkg:npm/g?vcs_url=github:o/g%40abc git :6",
                "pkg:npm/real@5.0.0 :4",
            ]
        );
        let components = read("npm-shrinkwrap.json", text).unwrap();
        assert_eq!(components[0].dependencies, ["pkg:npm/b@1.1.0"]);
        assert_eq!(components[1].dependencies, ["pkg:npm/real@5.0.0"]);
    }
}
