//! Swift's `Package.resolved` (versions 1 to 3) and CocoaPods' `Podfile.lock`.

use std::collections::HashMap;

use serde::Deserialize;

use super::ecosystem::Ecosystem;
use super::file::{File, Found, hex_digest};
use super::lenient::{Fields, Many, Word, json};
use super::yaml::{self, Node};
use crate::report::{Component, Origin};

/// `Package.resolved`. A package is its repository; what is pinned to a branch has only a commit.
pub(super) fn package_resolved(file: &File<'_>) -> Found {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Resolved<'a> {
        #[serde(borrow)]
        pins: Many<Fields<Pin<'a>>>,
        /// Version 1 has the pins in here.
        #[serde(borrow)]
        object: Fields<Object<'a>>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Object<'a> {
        #[serde(borrow)]
        pins: Many<Fields<Pin<'a>>>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Pin<'a> {
        #[serde(borrow, alias = "repositoryURL")]
        location: Word<'a>,
        #[serde(borrow)]
        identity: Word<'a>,
        #[serde(borrow)]
        kind: Word<'a>,
        #[serde(borrow)]
        state: Fields<State<'a>>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct State<'a> {
        #[serde(borrow)]
        version: Word<'a>,
        #[serde(borrow)]
        revision: Word<'a>,
    }
    let resolved: Resolved<'_> = json(file)?;
    let read = |pin: &Fields<Pin<'_>>| {
        let name = pin.location.some().or_else(|| pin.identity.some())?;
        let version = pin.state.version.some();
        let mut component = file.component(Ecosystem::Swift, name, version.or_else(|| pin.state.revision.some()));
        component.line = file.line_of(name);
        component.origin = match (pin.kind.as_ref(), version) {
            ("localSourceControl" | "fileSystem", _) => Origin::Path,
            (_, None) => Origin::Git,
            _ => Origin::Registry,
        };
        Some(component)
    };
    Ok(resolved.pins.0.iter().chain(&resolved.object.pins.0).filter_map(read).collect())
}

/// `Podfile.lock`: `- Name/Part (1.0)`, with what it asks for below it. Parts of a pod count as the pod.
pub(super) fn podfile_lock(file: &File<'_>) -> Found {
    let tree = yaml::read(file)?;
    let named = |text: &'_ str| -> Option<(String, String)> {
        let (name, version) = text.split_once(" (")?;
        Some((name.split('/').next()?.to_owned(), version.trim_end_matches(')').to_owned()))
    };
    let external: HashMap<&str, &Node<'_>> =
        tree.below("EXTERNAL SOURCES").iter().map(|(name, node)| (name.as_ref(), node)).collect();
    let checksums: HashMap<&str, &str> =
        tree.below("SPEC CHECKSUMS").iter().filter_map(|(name, node)| Some((name.as_ref(), node.text()?))).collect();
    let direct: Vec<&str> = tree
        .get("DEPENDENCIES")
        .map_or(&[][..], Node::items)
        .iter()
        .filter_map(|one| one.text()?.split([' ', '/']).next())
        .collect();
    let mut components: Vec<Component> = Vec::new();
    let mut edges: Vec<Vec<&str>> = Vec::new();
    for pod in tree.get("PODS").map_or(&[][..], Node::items) {
        let (text, needs) = match pod.pairs().first() {
            Some((key, needs)) => (key.as_ref(), needs.items()),
            None => (pod.text().unwrap_or_default(), &[][..]),
        };
        let Some((name, version)) = named(text) else { continue };
        let mut component = file.component(Ecosystem::CocoaPods, &name, Some(&version));
        component.line = file.line_of(text);
        component.direct = Some(direct.contains(&name.as_str()));
        component.digests = checksums.get(name.as_str()).and_then(|one| hex_digest("sha1", one)).into_iter().collect();
        if let Some(source) = external.get(name.as_str()) {
            component.origin = if source.get(":path").is_some() { Origin::Path } else { Origin::Git };
        }
        edges.push(needs.iter().filter_map(|one| one.text()?.split([' ', '/']).next()).collect());
        components.push(component);
    }
    let purls: HashMap<String, String> = components.iter().map(|one| (one.name.clone(), one.purl.clone())).collect();
    for (component, needs) in components.iter_mut().zip(edges) {
        let own = component.purl.clone();
        component.dependencies =
            needs.into_iter().filter_map(|name| purls.get(name).filter(|purl| **purl != own).cloned()).collect();
    }
    Ok(components)
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::{lines, one, read};

    #[test]
    fn pins_of_all_versions() {
        let text = r#"{"object": {"pins": [{"package": "A", "repositoryURL": "https://github.com/o/A.git",
"state": {"branch": null, "revision": "abc", "version": "1.0.0"}}]}, "version": 1}"#;
        assert_eq!(lines("Package.resolved", text), ["pkg:swift/github.com/o/a@1.0.0 :1"]);
        let text = r#"{"pins": [{"identity": "b", "kind": "remoteSourceControl", "location": "https://github.com/o/b", "state": {"branch": "main", "revision": "abc"}}], "version": 3}"#;
        assert_eq!(lines("App.xcodeproj/Package.resolved", text), ["pkg:swift/github.com/o/b@abc git :1"]);
    }

    #[test]
    fn pods_with_parts() {
        let text = "PODS:\n  - A (1.0):\n    - A/Core (= 1.0)\n    - B (~> 2.0)\n  - A/Core (1.0)\n  - B (2.0.1)\n\nDEPENDENCIES:\n  - A (~> 1.0)\n  - B (from `../b`)\n\nEXTERNAL SOURCES:\n  B:\n    :path: \"../b\"\n\nSPEC CHECKSUMS:\n  A: da39a3ee5e6b4b0d3255bfef95601890afd80709\n\nCOCOAPODS: 1.11.2\n";
        assert_eq!(lines("Podfile.lock", text), ["pkg:cocoapods/A@1.0 * :2", "pkg:cocoapods/B@2.0.1 path * :6"]);
        assert_eq!(one(&read("Podfile.lock", text).unwrap(), "A").dependencies, ["pkg:cocoapods/B@2.0.1"]);
    }
}
