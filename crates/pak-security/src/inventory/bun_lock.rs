//! `bun.lock`: JSON with comments; each package is a list that begins with `name@version`. The older `bun.lockb` is binary.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::ecosystem::Ecosystem;
use super::file::{File, Found, Refusal, integrity, reached};
use super::lenient::{Fields, Pairs, Word, json_refusal, without_comments};
use super::registry::{host, set_origins, shown};
use crate::report::{Component, Origin, Scope};

/// Packages within packages; more is no tree that was ever installed.
const DEEPEST: usize = 64;

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(borrow, default)]
    workspaces: Pairs<'a, Fields<Asked<'a>>>,
    #[serde(default)]
    packages: Pairs<'a, Vec<Part>>,
}

/// What a workspace or a package asks for.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Asked<'a> {
    #[serde(borrow)]
    dependencies: Pairs<'a, Word<'a>>,
    #[serde(borrow)]
    optional_dependencies: Pairs<'a, Word<'a>>,
    #[serde(borrow)]
    dev_dependencies: Pairs<'a, Word<'a>>,
}

/// A part of a package's list, whose length depends on where the package comes from.
#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Text(String),
    Asked(#[serde(deserialize_with = "names")] Vec<String>),
    Other(IgnoredAny),
}

/// The names of the dependencies and optional dependencies of a map; an error for what is no map.
fn names<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize, Default)]
    #[serde(default, rename_all = "camelCase")]
    struct Names<'a> {
        #[serde(borrow)]
        dependencies: Pairs<'a, IgnoredAny>,
        #[serde(borrow)]
        optional_dependencies: Pairs<'a, IgnoredAny>,
    }
    let names = Names::<'de>::deserialize(deserializer)?;
    let all = names.dependencies.0.into_iter().chain(names.optional_dependencies.0);
    Ok(all.map(|(name, _)| name.0.into_owned()).collect())
}

/// `bun.lockb`.
pub(super) fn read_binary(_: &str, _: &[u8]) -> Found {
    Err(Refusal(
        "it is the binary form of Bun's lock file; `bun install --save-text-lockfile` writes the text form".to_owned(),
    ))
}

pub(super) fn read(file: &File<'_>) -> Found {
    let plain = without_comments(&file.text);
    let lock: Lock<'_> = serde_json::from_str(&plain).map_err(|error| json_refusal(&error))?;
    let places: HashMap<&str, usize> =
        lock.packages.0.iter().enumerate().map(|(place, (key, _))| (key.as_ref(), place)).collect();
    // `parent/name` where a package has its own, else `name`.
    let find = |within: &str, name: &str| {
        let mut within = within;
        for _ in 0..DEEPEST {
            if let Some(place) =
                places.get(if within.is_empty() { name.to_owned() } else { format!("{within}/{name}") }.as_str())
            {
                return Some(*place);
            }
            within = match within.rfind('/') {
                None if within.is_empty() => return None,
                None => "",
                Some(end) => within.get(..end).unwrap_or_default(),
            };
        }
        None
    };
    let edges: Vec<Vec<usize>> = lock
        .packages
        .0
        .iter()
        .map(|(key, parts)| {
            let names = parts.iter().filter_map(|part| if let Part::Asked(names) = part { Some(names) } else { None });
            names.flatten().filter_map(|name| find(key, name)).collect()
        })
        .collect();
    let mut asked = Vec::new();
    for (_, workspace) in &lock.workspaces.0 {
        for (pairs, scope) in [
            (&workspace.dependencies, Scope::Runtime),
            (&workspace.optional_dependencies, Scope::Optional),
            (&workspace.dev_dependencies, Scope::Development),
        ] {
            asked.extend(pairs.0.iter().filter_map(|(name, _)| Some((*places.get(name.as_ref())?, scope))));
        }
    }
    let scopes = reached(&asked, &edges);
    let direct: HashSet<usize> = asked.iter().map(|(place, _)| *place).collect();
    let drafts: Vec<Option<(Component, &str)>> =
        lock.packages.0.iter().map(|(_, parts)| component(file, parts)).collect();
    let purls: Vec<Option<String>> =
        drafts.iter().map(|draft| draft.as_ref().map(|(component, _)| component.purl.clone())).collect();
    let mut found = Vec::with_capacity(drafts.len());
    for (place, draft) in drafts.into_iter().enumerate() {
        let Some((mut component, host)) = draft else { continue };
        let key = lock.packages.0.get(place).map_or("", |(key, _)| key.as_ref());
        // Comments were blanked, so places in the plain text are those of the file.
        let offset = key.as_ptr().addr().checked_sub(plain.as_ptr().addr());
        component.line = offset.filter(|offset| *offset <= plain.len()).and_then(|offset| file.line_at(offset));
        component.scope = scopes.get(place).copied().flatten().unwrap_or(Scope::Runtime);
        component.direct = Some(direct.contains(&place));
        let targets = edges.get(place).into_iter().flatten();
        component.dependencies = targets.filter_map(|target| purls.get(*target).cloned().flatten()).collect();
        found.push((component, host));
    }
    set_origins(Ecosystem::Npm, &mut found);
    Ok(found.into_iter().map(|(component, _)| component).collect())
}

fn component<'p>(file: &File<'_>, parts: &'p [Part]) -> Option<(Component, &'p str)> {
    let texts: Vec<&str> =
        parts.iter().filter_map(|part| if let Part::Text(text) = part { Some(text.as_str()) } else { None }).collect();
    let resolution = *texts.first()?;
    let split = resolution.get(1..)?.find('@')? + 1;
    let (name, reference) = resolution.split_at_checked(split)?;
    let reference = reference.trim_start_matches('@');
    let origin = match reference.split_once(':') {
        Some(("workspace" | "link" | "root", _)) => return None,
        Some(("file", _)) => Origin::Path,
        Some(("git" | "github" | "git+ssh" | "git+https" | "gitlab" | "bitbucket", _)) => Origin::Git,
        Some(_) => Origin::Url,
        None => Origin::Registry,
    };
    let version = Some(reference).filter(|_| origin == Origin::Registry);
    let mut component = file.component(Ecosystem::Npm, name, version);
    component.certainty = crate::report::Certainty::Exact;
    component.origin = origin;
    component.digests = texts.last().map(|text| integrity(text)).unwrap_or_default();
    if let Some(key) = match origin {
        Origin::Git => Some("vcs_url"),
        Origin::Url => Some("download_url"),
        _ => None,
    } {
        component.purl = Ecosystem::Npm.purl(name, None).with(key, &shown(reference)).to_string();
    }
    let registry = texts.get(1).filter(|_| origin == Origin::Registry).map_or("", |address| host(address));
    Some((component, registry))
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::{lines, one, read};

    #[test]
    fn lists_with_comments_and_commas() {
        let text = r#"{
  "lockfileVersion": 1, // text
  "workspaces": {"": {"name": "app", "dependencies": {"a": "^1.0.0"}, "devDependencies": {"@s/b": "2"}, },},
  "packages": {
    "a": ["a@1.0.0", "", {"dependencies": {"c": "1"}, "bin": "x"}, "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="],
    "a/c": ["c@1.5.0", "", {}, "sha512-x"],
    "@s/b": ["@s/b@2.0.0", "https://own.example/b.tgz", {"peerDependencies": {"c": "*"}}, "sha512-x"],
    "c": ["c@2.0.0", "", {}, "sha512-x"],
    "w": ["w@workspace:packages/w", {"dependencies": {"c": "2"}}],
    "g": ["g@github:o/g#abc", {}, "o-g-abc"],
  }
}"#;
        assert_eq!(
            lines("bun.lock", text),
            [
                "pkg:npm/%40s/b@2.0.0 dev * :7",
                "pkg:npm/a@1.0.0 * :5",
                "pkg:npm/c@1.5.0 :6",
                "pkg:npm/c@2.0.0 :8",
                "pkg:npm/g?vcs_url=github:o/g git :10",
            ]
        );
        assert_eq!(one(&read("bun.lock", text).unwrap(), "a").dependencies, ["pkg:npm/c@1.5.0"]);
        assert!(read("bun.lockb", "#!/usr/bin/env bun").unwrap_err().message.contains("text form"));
    }
}
