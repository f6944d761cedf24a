//! `Cargo.lock`, versions 1 to 4. Packages without a source are the workspace's own or beside it.

use std::collections::HashMap;

use serde::Deserialize;
use toml::Spanned;

use super::ecosystem::Ecosystem;
use super::file::{File, Found, hex_digest};
use super::lenient::toml;
use super::registry::{host, is_default, shown};
use crate::report::{Component, Origin};

/// Packages of one name that an edge is looked up among.
const MOST_VERSIONS: usize = 256;

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Package>,
    /// Version 1 kept the root apart.
    root: Option<Package>,
    /// Version 1 kept the checksums apart: `checksum name version (source)`.
    #[serde(default)]
    metadata: HashMap<String, String>,
}

#[derive(Deserialize)]
struct Package {
    name: Spanned<String>,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

pub(super) fn read(file: &File<'_>) -> Found {
    let lock: Lock = toml(file)?;
    let roots = usize::from(lock.root.is_some());
    let packages: Vec<Package> = lock.root.into_iter().chain(lock.package).collect();
    let mut components: Vec<Component> = packages.iter().map(|package| component(file, package)).collect();
    for (component, package) in components.iter_mut().zip(&packages) {
        let (name, version) = (package.name.get_ref(), &package.version);
        let old = || {
            let source = package.source.as_ref()?;
            lock.metadata.get(&format!("checksum {name} {version} ({source})"))
        };
        let checksum = package.checksum.as_ref().or_else(old);
        component.digests = checksum.and_then(|value| hex_digest("sha256", value)).into_iter().collect();
    }
    // `name`, `name version` or `name version (source)`: as little as tells it apart.
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, package) in packages.iter().enumerate() {
        by_name.entry(package.name.get_ref().as_str()).or_default().push(place);
    }
    let find = |text: &str| {
        let mut words = text.split(' ');
        let places = by_name.get(words.next()?)?;
        let version = words.next();
        let source = words.next().map(|source| source.trim_matches(['(', ')']));
        places.iter().copied().take(MOST_VERSIONS).find(|place| {
            packages.get(*place).is_some_and(|package| {
                version.is_none_or(|version| version == package.version)
                    && source.is_none_or(|source| package.source.as_deref() == Some(source))
            })
        })
    };
    let edges: Vec<Vec<usize>> =
        packages.iter().map(|package| package.dependencies.iter().filter_map(|text| find(text)).collect()).collect();
    let purls: Vec<String> = components.iter().map(|component| component.purl.clone()).collect();
    for (place, targets) in edges.iter().enumerate() {
        let own = packages.get(place).is_some_and(|package| package.source.is_none());
        for target in targets {
            if own && let Some(component) = components.get_mut(*target) {
                component.direct = Some(true);
            }
        }
        if let Some(component) = components.get_mut(place) {
            component.dependencies = targets.iter().filter_map(|target| purls.get(*target).cloned()).collect();
        }
    }
    // The root kept apart is the project, not something it consists of.
    Ok(components.split_off(roots))
}

fn component(file: &File<'_>, package: &Package) -> Component {
    let mut component = file.component(Ecosystem::Cargo, package.name.get_ref(), Some(&package.version));
    component.line = file.line_at(package.name.span().start);
    component.direct = Some(false);
    let mut qualify = |key: &str, value: &str| {
        component.purl =
            Ecosystem::Cargo.purl(package.name.get_ref(), Some(&package.version)).with(key, value).to_string();
    };
    component.origin = match package.source.as_deref().and_then(|source| source.split_once('+')) {
        None => Origin::Path,
        Some(("git", address)) => {
            let commit = address.rsplit_once('#').map_or("", |(_, commit)| commit);
            qualify("vcs_url", &format!("git+{}@{commit}", shown(address)));
            Origin::Git
        }
        // The old index was a repository of this name; a mirror of it keeps the name.
        Some(("registry", address)) if address.ends_with(concat!("crates", ".io-index")) => Origin::Registry,
        Some((_, address)) if is_default(Ecosystem::Cargo, host(address)) => Origin::Registry,
        Some((_, address)) => {
            qualify("repository_url", &shown(address));
            Origin::OtherRegistry
        }
    };
    component
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::{lines, one, read as sample};

    #[test]
    fn sources_lines_and_edges() {
        let registry = concat!("registry+https://github.com/rust-lang/crates", ".io-index");
        let text = format!(
            r#"version = 4
[[package]]
name = "app"
version = "0.1.0"
dependencies = ["both 1.0.0", "forked"]

[[package]]
name = "both"
version = "1.0.0"
source = "{registry}"
checksum = "{sum}"
dependencies = ["both 2.0.0"]

[[package]]
name = "both"
version = "2.0.0"
source = "sparse+https://packages.example/index/"

[[package]]
name = "forked"
version = "0.3.0-rc.1+build"
source = "git+https://github.com/example/forked?branch=main#abc"
"#,
            sum = "0".repeat(64)
        );
        assert_eq!(
            lines("Cargo.lock", &text),
            [
                "pkg:cargo/app@0.1.0 path :3",
                "pkg:cargo/both@1.0.0 * :8",
                "pkg:cargo/both@2.0.0?repository_url=https:%2F%2Fpackages.example%2Findex%2F other :15",
                "pkg:cargo/forked@0.3.0-rc.1%2Bbuild?vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Fexample%2Fforked%40abc git * :20",
            ]
            .map(|line| line.replace("%2F", "/"))
        );
        let components = sample("Cargo.lock", &text).unwrap();
        assert_eq!(one(&components, "both").digests, [format!("sha256:{}", "0".repeat(64))]);
        assert_eq!(components[0].dependencies.len(), 2);
    }

    #[test]
    fn the_first_version_keeps_root_and_checksums_apart() {
        let text = format!(
            "[root]\nname = \"app\"\nversion = \"0.0.1\"\ndependencies = [\"a 1.0.0 (registry+https://x.invalid/i)\"]\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://x.invalid/i\"\n\n[metadata]\n\"checksum a 1.0.0 (registry+https://x.invalid/i)\" = \"{}\"\n",
            "f".repeat(64)
        );
        assert_eq!(lines("Cargo.lock", &text), ["pkg:cargo/a@1.0.0 * :7"]);
        assert_eq!(sample("Cargo.lock", &text).unwrap()[0].digests.len(), 1);
        assert!(sample("Cargo.lock", "package = 1").is_err());
    }
}
