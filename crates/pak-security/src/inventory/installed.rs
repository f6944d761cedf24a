//! Files that name a package only where it is packed or installed: Python's `METADATA`, npm's `package.json`, a gem's
//! `metadata`, a jar's manifest. In a source tree they are the project's own and name nothing it consists of.

use serde::Deserialize;

use super::ecosystem::Ecosystem;
use super::file::{File, Found, declared_licence};
use super::lenient::{Pairs, Word, json};
use super::requirements::requirement;
use super::yaml::{self, Node};
use super::{conda, table};
use crate::report::{Certainty, Component, Scope};

/// Who reads a member of an archive; what the table of files knows comes first.
pub(super) fn reader(path: &str) -> Option<table::Reader> {
    let inner = path.rsplit("!/").next().unwrap_or(path);
    let name = inner.rsplit('/').next().unwrap_or(inner);
    let folder = inner.rsplit('/').nth(1).unwrap_or_default();
    let text = |read| Some(table::Reader::Text(read));
    match name {
        "METADATA" if folder.ends_with(".dist-info") => text(python),
        "PKG-INFO" => text(python),
        "package.json" if inner.contains("node_modules/") || inner.matches('/').count() <= 1 => text(node),
        "metadata" if path.contains(".gem!/") => text(gem),
        "index.json" if folder == "info" => text(conda::installed),
        _ if folder == "specifications" && name.ends_with(".gemspec") => text(gem_installed),
        _ => table::reader(path),
    }
}

/// Whether a file is at the top of its package, as a package's own metadata is; what is installed lies deeper.
fn is_top(file: &File<'_>) -> bool {
    file.path.rsplit("!/").next().unwrap_or(file.path).matches('/').count() <= 1
}

/// Headers as of mail: `METADATA`, `PKG-INFO`.
fn python(file: &File<'_>) -> Found {
    let headers = file.text.split("\n\n").next().unwrap_or_default();
    let word = |key: &str| {
        headers.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).map(str::trim).unwrap_or_default()
    };
    let (name, version) = (word("Name"), word("Version"));
    if name.is_empty() || version.is_empty() {
        return Ok(Vec::new());
    }
    let mut own = file.component(Ecosystem::PyPi, name, Some(version));
    let expression = word("License-Expression");
    let licence = if expression.is_empty() { word("License") } else { expression };
    own.licence = declared_licence(licence).filter(|_| licence != "UNKNOWN");
    let mut components = vec![own];
    for line in headers.lines().filter(|_| is_top(file)) {
        let Some(text) = line.strip_prefix("Requires-Dist:") else { continue };
        let Some(mut component) = requirement(file, text.trim()) else { continue };
        component.line = file.line_of(line);
        component.direct = Some(true);
        if text.contains("extra ==") || text.contains("extra==") {
            component.scope = Scope::Optional;
        }
        components.push(component);
    }
    Ok(components)
}

/// `package.json` of a packed or installed package.
fn node(file: &File<'_>) -> Found {
    #[derive(Deserialize, Default)]
    #[serde(default, rename_all = "camelCase")]
    struct Package<'a> {
        #[serde(borrow)]
        name: Word<'a>,
        #[serde(borrow)]
        version: Word<'a>,
        #[serde(borrow)]
        license: Word<'a>,
        #[serde(borrow)]
        dependencies: Pairs<'a, Word<'a>>,
        #[serde(borrow)]
        optional_dependencies: Pairs<'a, Word<'a>>,
        #[serde(borrow)]
        peer_dependencies: Pairs<'a, Word<'a>>,
    }
    let package: Package<'_> = json(file)?;
    let (Some(name), Some(version)) = (package.name.some(), package.version.some()) else { return Ok(Vec::new()) };
    let mut own = file.component(Ecosystem::Npm, name, Some(version));
    own.line = file.line_of(name);
    own.licence = declared_licence(&package.license);
    let mut components = vec![own];
    let asked = [
        (&package.dependencies, Scope::Runtime),
        (&package.optional_dependencies, Scope::Optional),
        (&package.peer_dependencies, Scope::Optional),
    ];
    for (pairs, scope) in asked.into_iter().filter(|_| is_top(file) && !file.path.contains("node_modules/")) {
        for (name, range) in &pairs.0 {
            let mut component = file.declared(Ecosystem::Npm, name, range);
            component.line = file.line_of(name);
            component.scope = scope;
            components.push(component);
        }
    }
    Ok(components)
}

/// `metadata` of a gem: its specification in YAML.
fn gem(file: &File<'_>) -> Found {
    let tree = yaml::read(file)?;
    let Some(name) = tree.word("name") else { return Ok(Vec::new()) };
    let mut own = file.component(Ecosystem::RubyGems, name, tree.get("version").and_then(|one| one.word("version")));
    let licences: Vec<&str> = tree.get("licenses").map_or(&[][..], Node::items).iter().filter_map(Node::text).collect();
    own.licence = declared_licence(&licences.join(" OR "));
    let mut components = vec![own];
    for dependency in tree.get("dependencies").map_or(&[][..], Node::items) {
        let Some(name) = dependency.word("name") else { continue };
        let ranges = dependency.get("requirement").and_then(|one| one.get("requirements")).map_or(&[][..], Node::items);
        let range = |range: &Node<'_>| match range.items() {
            [sign, version] => Some(format!("{} {}", sign.text()?, version.word("version")?)),
            _ => None,
        };
        let ranges: Vec<String> = ranges.iter().filter_map(range).collect();
        let mut component = file.declared(Ecosystem::RubyGems, name, &ranges.join(", "));
        if dependency.word("type") == Some(":development") {
            component.scope = Scope::Development;
        }
        components.push(component);
    }
    Ok(components)
}

/// `specifications/name-1.0.gemspec`: the file's name says what is installed.
fn gem_installed(file: &File<'_>) -> Found {
    let stem = file.name.strip_suffix(".gemspec").unwrap_or_default();
    let digit = |place: &usize| stem.as_bytes().get(place + 1).is_some_and(u8::is_ascii_digit);
    let Some(split) = memchr::memchr_iter(b'-', stem.as_bytes()).find(digit) else { return Ok(Vec::new()) };
    let version = stem.get(split + 1..).and_then(|rest| rest.split('-').next());
    Ok(vec![file.component(Ecosystem::RubyGems, stem.get(..split).unwrap_or_default(), version)])
}

/// `META-INF/MANIFEST.MF`: what a jar says it is where it has no Maven properties. Its group is a guess at best.
pub(super) fn jar_manifest(path: &str, bytes: &[u8]) -> Option<Component> {
    let file = File::new(path, bytes, super::Options::default()).ok()?;
    let word = |key: &str| file.text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": ")).map(str::trim);
    let version = word("Implementation-Version").or_else(|| word("Bundle-Version"))?;
    let jar = path.rsplit("!/").nth(1)?.rsplit('/').next()?.strip_suffix(".jar")?;
    let artifact = jar.strip_suffix(version).and_then(|rest| rest.strip_suffix('-')).unwrap_or(jar);
    let group = word("Implementation-Vendor-Id").or_else(|| {
        let bundle = word("Bundle-SymbolicName")?.split(';').next()?;
        bundle.strip_suffix(artifact)?.strip_suffix('.')
    });
    let name = format!("{}:{artifact}", group.unwrap_or(artifact));
    let mut component = file.component(Ecosystem::Maven, &name, Some(version));
    component.certainty = Certainty::Listed;
    Some(component)
}
