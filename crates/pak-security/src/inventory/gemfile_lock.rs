//! `Gemfile.lock` and `gems.locked`: sections of two, four and six spaces. A gem built for a platform has the platform
//! after its version, `1.0-x86_64-linux`: the advisories are about `1.0`.

use std::collections::{HashMap, HashSet};

use super::ecosystem::Ecosystem;
use super::file::{File, Found, hex_digest};
use super::registry::{host, is_default, set_origins, shown};
use crate::report::{Component, Origin};

pub(super) fn read(file: &File<'_>) -> Found {
    let (mut section, mut remote, mut revision, mut in_specs) = ("", "", "", false);
    let mut found: Vec<(Component, &str)> = Vec::new();
    let mut edges: Vec<Vec<&str>> = Vec::new();
    let mut direct: HashSet<&str> = HashSet::new();
    let mut checksums: HashMap<(&str, &str), Vec<String>> = HashMap::new();
    for line in file.text.lines() {
        let content = line.trim();
        let indent = line.len() - line.trim_start().len();
        match (indent, section) {
            (0, _) => {
                (section, remote, revision, in_specs) = (content, "", "", false);
            }
            (2, "GEM" | "GIT" | "PATH" | "PLUGIN SOURCE") => {
                in_specs = content == "specs:";
                if let Some(address) = content.strip_prefix("remote:") {
                    // Several registries may serve one section; then the known one counts.
                    let address = address.trim();
                    if remote.is_empty() || is_default(Ecosystem::RubyGems, host(address)) {
                        remote = address;
                    }
                }
                revision = content.strip_prefix("revision:").map_or(revision, str::trim);
            }
            (4, _) if in_specs => {
                let Some((name, version)) = named(content) else { continue };
                let mut component = file.component(Ecosystem::RubyGems, name, version);
                component.line = file.line_of(name);
                let qualified = match section {
                    "GIT" => {
                        component.origin = Origin::Git;
                        Some(("vcs_url", format!("git+{}@{revision}", shown(remote))))
                    }
                    "PATH" => {
                        component.origin = Origin::Path;
                        None
                    }
                    _ => None,
                };
                if let Some((key, value)) = qualified {
                    component.purl = Ecosystem::RubyGems.purl(name, version).with(key, &value).to_string();
                }
                found.push((component, if section == "GEM" { host(remote) } else { "" }));
                edges.push(Vec::new());
            }
            (6, _) if in_specs => {
                if let Some(edges) = edges.last_mut() {
                    edges.push(content.split(' ').next().unwrap_or_default());
                }
            }
            (2, "DEPENDENCIES") => {
                direct.insert(content.split([' ', '!']).next().unwrap_or_default());
            }
            (2, "CHECKSUMS") => {
                let Some((gem, digests)) = content.split_once(") ") else { continue };
                let Some((name, version)) = gem.split_once(" (") else { continue };
                let version = version.split('-').next().unwrap_or(version);
                checksums.entry((name, version)).or_default().extend(
                    digests
                        .split(',')
                        .filter_map(|one| one.split_once('='))
                        .filter_map(|(kind, value)| hex_digest(kind, value)),
                );
            }
            _ => {}
        }
    }
    let purls: HashMap<String, String> =
        found.iter().map(|(component, _)| (component.name.clone(), component.purl.clone())).collect();
    for ((component, _), edges) in found.iter_mut().zip(&edges) {
        component.direct = Some(direct.contains(component.name.as_str()));
        component.dependencies = edges.iter().filter_map(|name| purls.get(*name).cloned()).collect();
        let key = (component.name.as_str(), component.version.as_deref().unwrap_or_default());
        component.digests = checksums.get(&key).cloned().unwrap_or_default();
    }
    set_origins(Ecosystem::RubyGems, &mut found);
    Ok(found.into_iter().map(|(component, _)| component).collect())
}

/// `name (version-platform)` in name and version.
fn named(content: &str) -> Option<(&str, Option<&str>)> {
    let Some((name, version)) = content.split_once(" (") else {
        return (!content.is_empty() && !content.contains(' ')).then_some((content, None));
    };
    let version = version.trim_end_matches([')', '!']).split('-').next()?;
    (!name.is_empty() && !name.contains(' ')).then_some((name, Some(version)))
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::{lines, one, read};

    #[test]
    fn sections_platforms_and_checksums() {
        let text = format!(
            "GIT\n  remote: https://github.com/o/g.git\n  revision: abc\n  specs:\n    g (0.1.0)\n      a (>= 1)\n\nPATH\n  remote: .\n  specs:\n    here (0.0.1)\n\nGEM\n  remote: https://rubygems.org/\n  specs:\n    a (1.2.3)\n    n (1.16.0-aarch64-linux)\n    n (1.16.0-x86_64-darwin)\n    p (2.0.0.pre1)\n\nGEM\n  remote: https://own.example/\n  specs:\n    o (3.0)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  a (~> 1.2)\n  g!\n\nCHECKSUMS\n  a (1.2.3) sha256={}\n\nBUNDLED WITH\n   2.5.0\n",
            "0".repeat(64)
        );
        assert_eq!(
            lines("Gemfile.lock", &text),
            [
                "pkg:gem/a@1.2.3 * :16",
                "pkg:gem/g@0.1.0?vcs_url=git%2Bhttps://github.com/o/g.git%40abc git * :5",
                "pkg:gem/here@0.0.1 path :11",
                "pkg:gem/n@1.16.0 :17",
                "pkg:gem/o@3.0 other :24",
                "pkg:gem/p@2.0.0.pre1 :19",
            ]
        );
        let components = read("gems.locked", &text).unwrap();
        assert_eq!(one(&components, "g").dependencies, ["pkg:gem/a@1.2.3"]);
        assert_eq!(one(&components, "a").digests.len(), 1);
    }
}
