//! NuGet: `packages.lock.json`, `packages.config`, project files, central versions, `*.deps.json` of builds, `*.nuspec`.

use std::collections::HashMap;

use base64::Engine;
use serde::Deserialize;

use super::ecosystem::Ecosystem;
use super::file::{File, Found, declared_licence, hex_digest, integrity};
use super::lenient::{Fields, Pairs, Word, json};
use super::tags;
use crate::report::{Certainty, Component, Origin, Scope};

/// `packages.lock.json`: for each framework its packages.
pub(super) fn lock(file: &File<'_>) -> Found {
    #[derive(Deserialize)]
    struct Lock<'a> {
        #[serde(borrow, default)]
        dependencies: Pairs<'a, Pairs<'a, Fields<Package<'a>>>>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default, rename_all = "camelCase")]
    struct Package<'a> {
        #[serde(borrow, rename = "type")]
        kind: Word<'a>,
        #[serde(borrow)]
        resolved: Word<'a>,
        #[serde(borrow)]
        content_hash: Word<'a>,
        #[serde(borrow)]
        dependencies: Pairs<'a, Word<'a>>,
    }
    let lock: Lock<'_> = json(file)?;
    let mut components = Vec::new();
    for (_, packages) in &lock.dependencies.0 {
        let purls: HashMap<String, String> = packages
            .0
            .iter()
            .map(|(name, package)| {
                (name.to_ascii_lowercase(), Ecosystem::NuGet.purl(name, package.resolved.some()).to_string())
            })
            .collect();
        for (name, package) in packages.0.iter().filter(|(_, package)| package.resolved.some().is_some()) {
            let mut component = file.component(Ecosystem::NuGet, name, package.resolved.some());
            component.line = file.line_of(name);
            component.direct = Some(package.kind.as_ref() == "Direct");
            if package.kind.as_ref() == "Project" {
                component.origin = Origin::Path;
            }
            component.digests = base64::engine::general_purpose::STANDARD
                .decode(package.content_hash.as_bytes())
                .ok()
                .and_then(|bytes| hex_digest("sha512", &hex::encode(bytes)))
                .into_iter()
                .collect();
            component.dependencies = package
                .dependencies
                .0
                .iter()
                .filter_map(|(name, _)| purls.get(&name.to_ascii_lowercase()).cloned())
                .collect();
            components.push(component);
        }
    }
    Ok(components)
}

/// `packages.config`: exact versions.
pub(super) fn config(file: &File<'_>) -> Found {
    let read = |tag: &tags::Tag| {
        let mut component = file.component(Ecosystem::NuGet, tag.attribute("id")?, tag.attribute("version"));
        component.line = tag.line;
        if tag.attribute("developmentDependency") == Some("true") {
            component.scope = Scope::Development;
        }
        Some(component)
    };
    Ok(tags::read(file)?.iter().filter(|tag| tag.name == "package").filter_map(read).collect())
}

/// Project files and `Directory.Packages.props`: a plain version is the least that will do, and what is taken.
pub(super) fn project(file: &File<'_>) -> Found {
    let tags = tags::read(file)?;
    let mut components = Vec::new();
    for (place, tag) in tags.iter().enumerate() {
        if !matches!(
            tag.name.as_str(),
            "PackageReference" | "PackageVersion" | "GlobalPackageReference" | "PackageDownload"
        ) {
            continue;
        }
        let Some(name) = tag.attribute("Include").or_else(|| tag.attribute("Update")) else { continue };
        let version = ["VersionOverride", "Version"]
            .iter()
            .find_map(|key| tag.attribute(key).or_else(|| tags::child(&tags, place, key)))
            .unwrap_or_default();
        let private = tag.attribute("PrivateAssets").or_else(|| tags::child(&tags, place, "PrivateAssets"));
        for name in name.split(';').map(str::trim).filter(|name| !name.is_empty() && !name.contains("$(")) {
            let mut component = ranged(file, name, version);
            component.line = tag.line;
            component.direct = Some(tag.name != "PackageVersion");
            if private.is_some_and(|value| value.eq_ignore_ascii_case("all")) {
                component.scope = Scope::Development;
            }
            components.push(component);
        }
    }
    Ok(components)
}

/// `1.0` and `[1.0]` name a version; `[1,2)`, `1.*` and `$(Property)` do not.
fn ranged(file: &File<'_>, name: &str, version: &str) -> Component {
    let exact = version.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(version);
    if exact.is_empty() || exact.contains(['[', '(', ',', '*', '$']) {
        return file.declared(Ecosystem::NuGet, name, version);
    }
    let mut component = file.component(Ecosystem::NuGet, name, Some(exact));
    if exact == version {
        component.certainty = Certainty::Listed;
    }
    component
}

/// `app.deps.json`: what a build consists of.
pub(super) fn deps(file: &File<'_>) -> Found {
    #[derive(Deserialize)]
    struct Deps<'a> {
        #[serde(borrow, default)]
        libraries: Pairs<'a, Fields<Library<'a>>>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Library<'a> {
        #[serde(borrow, rename = "type")]
        kind: Word<'a>,
        #[serde(borrow)]
        sha512: Word<'a>,
    }
    let deps: Deps<'_> = json(file)?;
    let read = |(key, library): &(Word<'_>, Fields<Library<'_>>)| {
        let (name, version) = key.split_once('/')?;
        if library.kind.as_ref() != "package" {
            return None;
        }
        let mut component = file.component(Ecosystem::NuGet, name, Some(version));
        component.line = file.line_of(key);
        component.digests = integrity(&library.sha512);
        Some(component)
    };
    Ok(deps.libraries.0.iter().filter_map(read).collect())
}

/// `*.nuspec`: the package itself, and what it asks for.
pub(super) fn nuspec(file: &File<'_>) -> Found {
    let tags = tags::read(file)?;
    let word = |name: &str| tags.iter().find(|tag| tag.depth == 2 && tag.name == name).map(|tag| tag.text.as_str());
    let mut components = Vec::new();
    if let (Some(id), Some(version)) = (word("id"), word("version")) {
        let mut component = file.component(Ecosystem::NuGet, id, Some(version));
        component.licence = word("license").and_then(declared_licence);
        components.push(component);
    }
    for tag in tags.iter().filter(|tag| tag.name == "dependency") {
        let Some(id) = tag.attribute("id") else { continue };
        let mut component = file.declared(Ecosystem::NuGet, id, tag.attribute("version").unwrap_or_default());
        component.line = tag.line;
        components.push(component);
    }
    Ok(components)
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::{lines, one, read};

    #[test]
    fn locks_by_framework() {
        let text = r#"{"version": 1, "dependencies": {"net8.0": {
"A.B": {"type": "Direct", "requested": "[1.0.0, )", "resolved": "1.0.0", "contentHash": "AAAA", "dependencies": {"c": "2.0.0"}},
"C": {"type": "Transitive", "resolved": "2.0.0"}, "own": {"type": "Project"}}, "net6.0": {"C": {"type": "Transitive", "resolved": "1.9.0"}}}}"#;
        assert_eq!(
            lines("packages.lock.json", text),
            ["pkg:nuget/A.B@1.0.0 * :2", "pkg:nuget/C@1.9.0 :3", "pkg:nuget/C@2.0.0 :3"]
        );
        assert_eq!(one(&read("packages.lock.json", text).unwrap(), "A.B").dependencies, ["pkg:nuget/C@2.0.0"]);
    }

    #[test]
    fn projects_configs_and_builds() {
        let text = "<Project>\n<ItemGroup>\n<PackageReference Include=\"A\" Version=\"1.0\" />\n<PackageReference Include=\"B\" PrivateAssets=\"all\"><Version>[2.0]</Version></PackageReference>\n<PackageReference Include=\"C\" Version=\"3.*\"/>\n<PackageReference Include=\"D\"/>\n</ItemGroup></Project>";
        assert_eq!(
            lines("x/App.csproj", text),
            [
                "pkg:nuget/A@1.0 listed * :3",
                "pkg:nuget/B@2.0 dev * :4",
                "pkg:nuget/C declared 3.* * :5",
                "pkg:nuget/D declared - * :6"
            ]
        );
        let text = "<?xml version=\"1.0\"?>\n<packages><package id=\"A\" version=\"1.0\" developmentDependency=\"true\"/></packages>";
        assert_eq!(lines("packages.config", text), ["pkg:nuget/A@1.0 dev :2"]);
        let text =
            r#"{"libraries": {"App/1.0": {"type": "project"}, "A/2.0": {"type": "package", "sha512": "sha512-x"}}}"#;
        assert_eq!(lines("bin/App.deps.json", text), ["pkg:nuget/A@2.0 :1"]);
        let text = "<package><metadata><id>Me</id><version>1.0</version><license type=\"expression\">MIT</license>\n<dependencies><dependency id=\"A\" version=\"[1,2)\"/></dependencies></metadata></package>";
        assert_eq!(lines("Me.nuspec", text), ["pkg:nuget/A declared [1,2) * :2", "pkg:nuget/Me@1.0"]);
    }
}
