//! `yarn.lock`: the classic form, and the YAML of the later releases, told apart by `__metadata`.

use std::collections::HashMap;

use super::ecosystem::Ecosystem;
use super::file::{File, Found, integrity};
use super::registry::{host, set_origins, shown};
use super::yaml;
use crate::report::{Component, Origin};

pub(super) fn read(file: &File<'_>) -> Found {
    if file.text.lines().any(|line| line.starts_with("__metadata:")) { berry(file) } else { classic(file) }
}

/// A block of the classic form.
#[derive(Default)]
struct Block<'a> {
    /// `name@range`, all that led to it.
    descriptors: Vec<&'a str>,
    version: &'a str,
    resolved: &'a str,
    integrity: &'a str,
    dependencies: Vec<(&'a str, &'a str)>,
}

fn classic(file: &File<'_>) -> Found {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut within_dependencies = false;
    for line in file.text.lines() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        if indent == 0 {
            let names = content.strip_suffix(':').unwrap_or(content);
            let descriptors = names.split(", ").map(|name| name.trim().trim_matches('"')).collect();
            blocks.push(Block { descriptors, ..Block::default() });
            within_dependencies = false;
            continue;
        }
        let Some(block) = blocks.last_mut() else { continue };
        let Some((key, value)) = entry(content) else {
            within_dependencies = matches!(content, "dependencies:" | "optionalDependencies:");
            continue;
        };
        match key {
            _ if indent > 2 && within_dependencies => block.dependencies.push((key, value)),
            _ if indent > 2 => {}
            "version" => block.version = value,
            "resolved" => block.resolved = value,
            "integrity" => block.integrity = value,
            _ => {}
        }
    }
    let mut by_descriptor = HashMap::new();
    let mut found: Vec<(Component, &str)> = Vec::with_capacity(blocks.len());
    let mut kept = Vec::with_capacity(blocks.len());
    for block in &blocks {
        let Some(component) = classic_component(file, block) else { continue };
        by_descriptor.extend(block.descriptors.iter().map(|one| (*one, component.purl.clone())));
        found.push((component, host(block.resolved)));
        kept.push(block);
    }
    for ((component, _), block) in found.iter_mut().zip(kept) {
        component.dependencies = block
            .dependencies
            .iter()
            .filter_map(|(name, range)| by_descriptor.get(format!("{name}@{range}").as_str()).cloned())
            .collect();
    }
    set_origins(Ecosystem::Npm, &mut found);
    Ok(found.into_iter().map(|(component, _)| component).collect())
}

/// `key value`, each perhaps in quotes; none for what opens a block.
fn entry(content: &str) -> Option<(&str, &str)> {
    let (key, value) = match content.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => content.split_once(' ')?,
    };
    let value = value.trim().trim_matches('"');
    (!value.is_empty() && value != ":").then_some((key.trim_end_matches(':'), value))
}

fn classic_component(file: &File<'_>, block: &Block<'_>) -> Option<Component> {
    let descriptor = block.descriptors.first()?;
    let (installed, range) = name_and_range(descriptor);
    // An alias: `installed@npm:real@range`.
    let name = match range.strip_prefix("npm:") {
        Some(real) => name_and_range(real).0,
        None => installed,
    };
    if name.is_empty() || block.version.is_empty() {
        return None;
    }
    let mut component = file.component(Ecosystem::Npm, name, Some(block.version));
    component.line = file.line_of(descriptor);
    component.digests = integrity(block.integrity);
    set_address(&mut component, name, block.version, if block.resolved.is_empty() { range } else { block.resolved });
    // A tarball's `#` is followed by its SHA-1.
    if component.digests.is_empty() && component.origin == Origin::Registry {
        component.digests = block
            .resolved
            .rsplit_once('#')
            .and_then(|(_, digest)| super::file::hex_digest("sha1", digest))
            .into_iter()
            .collect();
    }
    Some(component)
}

/// `@scope/name@range` in two.
fn name_and_range(descriptor: &str) -> (&str, &str) {
    match descriptor.get(1..).and_then(|rest| rest.find('@')) {
        Some(place) => (descriptor.get(..=place).unwrap_or_default(), descriptor.get(place + 2..).unwrap_or_default()),
        None => (descriptor, ""),
    }
}

/// Tells the origin by an address and notes it in the purl.
fn set_address(component: &mut Component, name: &str, version: &str, address: &str) {
    let plain = address.split('#').next().unwrap_or_default();
    let forge = ["github.com", "gitlab.com", "bitbucket.org"].iter().any(|forge| host(address).ends_with(forge));
    let (origin, key) = if plain.starts_with("file:") || plain.starts_with("link:") || plain.starts_with("portal:") {
        (Origin::Path, None)
    } else if plain.starts_with("git") || plain.starts_with("ssh:") || plain.ends_with(".git") {
        (Origin::Git, Some("vcs_url"))
    } else if (forge || !plain.contains("/-/")) && (plain.starts_with("http:") || plain.starts_with("https:")) {
        let commit = plain.contains("codeload.") || plain.contains("/archive/");
        (if commit { Origin::Git } else { Origin::Url }, Some("download_url"))
    } else {
        return;
    };
    component.origin = origin;
    if let Some(key) = key {
        component.purl = Ecosystem::Npm.purl(name, Some(version)).with(key, &shown(address)).to_string();
    }
}

fn berry(file: &File<'_>) -> Found {
    let tree = yaml::read(file)?;
    let mut by_descriptor = HashMap::new();
    let mut found = Vec::new();
    for (descriptors, block) in tree.pairs() {
        let (Some(version), Some(resolution)) = (block.word("version"), block.word("resolution")) else { continue };
        // `name@npm:1.0.0`, `name@workspace:pkg/name`, `name@patch:name@npm%3A1.0.0#…`, `name@https://….git#commit=…`.
        let (name, reference) = name_and_range(resolution);
        let origin = match reference.split(':').next().unwrap_or_default() {
            "workspace" | "link" | "portal" | "file" => Origin::Path,
            "npm" | "patch" => Origin::Registry,
            _ if reference.contains("commit=") || reference.starts_with("git") => Origin::Git,
            _ => Origin::Url,
        };
        if version == "0.0.0-use.local" || reference.starts_with("workspace:") || name.is_empty() {
            continue;
        }
        let mut component = file.component(Ecosystem::Npm, name, Some(version));
        component.line = file.line_of(descriptors);
        component.origin = origin;
        // `10c0/hex`: a hash of what yarn repacked, not of what the registry serves; it is not told.
        let key = match origin {
            Origin::Git => "vcs_url",
            Origin::Url => "download_url",
            _ => "",
        };
        if !key.is_empty() {
            component.purl = Ecosystem::Npm.purl(name, Some(version)).with(key, &shown(reference)).to_string();
        }
        let descriptors: Vec<&str> = descriptors.split(", ").map(str::trim).collect();
        by_descriptor.extend(descriptors.into_iter().map(|one| (one, component.purl.clone())));
        found.push((component, block));
    }
    let asked_by_workspace: std::collections::HashSet<&String> = tree
        .pairs()
        .iter()
        .filter(|(_, block)| block.word("resolution").is_some_and(|one| one.contains("@workspace:")))
        .flat_map(|(_, block)| edges(block, &by_descriptor))
        .collect();
    let mut components = Vec::with_capacity(found.len());
    for (mut component, block) in found {
        component.direct = Some(asked_by_workspace.contains(&component.purl));
        component.dependencies = edges(block, &by_descriptor).cloned().collect();
        components.push(component);
    }
    Ok(components)
}

fn edges<'b>(block: &'b yaml::Node<'_>, by_descriptor: &'b HashMap<&str, String>) -> impl Iterator<Item = &'b String> {
    block.below("dependencies").iter().filter_map(|(name, range)| {
        let range = range.text()?;
        // Older releases leave `npm:` away here, though the descriptors have it.
        by_descriptor
            .get(format!("{name}@{range}").as_str())
            .or_else(|| by_descriptor.get(format!("{name}@npm:{range}").as_str()))
    })
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::{lines, one, read};

    #[test]
    fn the_classic_form() {
        let text = r#"# yarn lockfile v1


"@s/a@^1.0.0", "@s/a@~1.2.0":
  version "1.2.3"
  resolved "https://npm.invalid/@s/a/-/a-1.2.3.tgz#da39a3ee5e6b4b0d3255bfef95601890afd80709"
  dependencies:
    b ">= 2"
    "@s/c" "*"

"b@>= 2":
  version "2.0.0"
  resolved "https://codeload.github.com/o/b/tar.gz/abc"

"installed@npm:real@^3":
  version "3.0.0"

columnify:
  version "1.5.4"
  resolved "https://yarn.invalid/columnify/-/columnify-1.5.4.tgz#x"
"#;
        assert_eq!(
            lines("yarn.lock", text),
            [
                "pkg:npm/%40s/a@1.2.3 :4",
                "pkg:npm/b@2.0.0?download_url=https://codeload.github.com/o/b/tar.gz/abc git :11",
                "pkg:npm/columnify@1.5.4 :18",
                "pkg:npm/real@3.0.0 :15",
            ]
            .map(|line| line.replace("https://", "https:%2F%2F").replace("%2F", "/"))
        );
        let components = read("yarn.lock", text).unwrap();
        assert_eq!(one(&components, "@s/a").digests, ["sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"]);
        assert_eq!(one(&components, "@s/a").dependencies.len(), 1);
    }

    #[test]
    fn the_later_form() {
        let text = r#"__metadata:
  version: 8
  cacheKey: 10c0

"a@npm:^1.0.0, a@npm:~1.2.0":
  version: 1.2.3
  resolution: "a@npm:1.2.3"
  dependencies:
    "@s/b": ^2.0.0
  checksum: 10c0/aa
  languageName: node
  linkType: hard

"@s/b@npm:^2.0.0":
  version: 2.0.0
  resolution: "@s/b@npm:2.0.0"

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."
  dependencies:
    a: "npm:^1.0.0"

"c@patch:c@npm%3A3.0.0#optional!builtin<compat/c>":
  version: 3.0.0
  resolution: "c@patch:c@npm%3A3.0.0#optional!builtin<compat/c>::version=3.0.0&hash=abc"
"#;
        assert_eq!(
            lines("yarn.lock", text),
            ["pkg:npm/%40s/b@2.0.0 :14", "pkg:npm/a@1.2.3 * :5", "pkg:npm/c@3.0.0 :24"]
        );
        assert_eq!(one(&read("yarn.lock", text).unwrap(), "a").dependencies, ["pkg:npm/%40s/b@2.0.0"]);
    }
}
