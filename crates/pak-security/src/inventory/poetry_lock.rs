//! `poetry.lock` of all versions, and `pdm.lock`, which has the same shape.

use std::collections::HashMap;

use serde::Deserialize;
use toml::Spanned;

use super::ecosystem::{Ecosystem, pep503};
use super::file::{File, Found, hex_digest};
use super::lenient::{Many, Pairs, Word, toml};
use super::registry::{host, set_origins, shown};
use crate::report::{Component, Origin, Scope};

/// Versions of one name that an edge may mean.
const MOST_VERSIONS: usize = 32;

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(borrow, default)]
    package: Vec<Package<'a>>,
    #[serde(borrow, default)]
    metadata: Metadata<'a>,
}

#[derive(Deserialize, Default)]
struct Metadata<'a> {
    /// Until version 1.1 of poetry the files were kept here: a list of hashes, or of tables with one, for each name.
    #[serde(borrow, default, alias = "hashes")]
    files: Pairs<'a, Many<Word<'a>>>,
}

#[derive(Deserialize)]
struct Package<'a> {
    name: Spanned<String>,
    #[serde(borrow)]
    version: Word<'a>,
    /// `main` or `dev`, until poetry 1.5.
    #[serde(borrow, default)]
    category: Word<'a>,
    #[serde(borrow, default)]
    optional: Word<'a>,
    /// Since poetry 2: the groups it belongs to.
    #[serde(borrow, default)]
    groups: Many<Word<'a>>,
    /// A table of names (poetry), a list of requirements (pdm).
    #[serde(default)]
    dependencies: Dependencies,
    #[serde(borrow, default)]
    source: Source<'a>,
    #[serde(borrow, default)]
    files: Many<Word<'a>>,
    // pdm
    #[serde(borrow, default)]
    git: Word<'a>,
    #[serde(borrow, default)]
    revision: Word<'a>,
    #[serde(borrow, default)]
    path: Word<'a>,
    #[serde(borrow, default)]
    url: Word<'a>,
}

/// Names of dependencies in either form.
#[derive(Deserialize)]
#[serde(untagged)]
enum Dependencies {
    #[expect(clippy::zero_sized_map_values, reason = "the ranges are passed over unread")]
    Table(HashMap<String, serde::de::IgnoredAny>),
    List(Vec<String>),
    Other(serde::de::IgnoredAny),
}

impl Default for Dependencies {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Dependencies {
    fn names(&self) -> Vec<String> {
        match self {
            Self::Table(table) => table.keys().map(|name| pep503(name).into_owned()).collect(),
            Self::List(list) => list.iter().map(|one| pep503(super::requirements::name_of(one)).into_owned()).collect(),
            Self::Other(_) => Vec::new(),
        }
    }
}

#[derive(Deserialize, Default)]
struct Source<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Word<'a>,
    #[serde(borrow, default)]
    url: Word<'a>,
    #[serde(borrow, default)]
    resolved_reference: Word<'a>,
}

pub(super) fn read(file: &File<'_>) -> Found {
    let lock: Lock<'_> = toml(file)?;
    let kept: HashMap<String, &Many<Word<'_>>> =
        lock.metadata.files.0.iter().map(|(name, files)| (pep503(name).into_owned(), files)).collect();
    let mut found: Vec<(Component, &str)> =
        lock.package.iter().map(|package| (component(file, package, &kept), host(&package.source.url))).collect();
    // Repeated names (one version for each platform) are each a target.
    let mut purls: HashMap<String, Vec<String>> = HashMap::new();
    for (component, _) in &found {
        let same = purls.entry(component.name.clone()).or_default();
        if same.len() < MOST_VERSIONS {
            same.push(component.purl.clone());
        }
    }
    for ((component, _), package) in found.iter_mut().zip(&lock.package) {
        component.dependencies =
            package.dependencies.names().iter().filter_map(|name| purls.get(name)).flatten().cloned().collect();
    }
    set_origins(Ecosystem::PyPi, &mut found);
    Ok(found.into_iter().map(|(component, _)| component).collect())
}

fn component(file: &File<'_>, package: &Package<'_>, kept: &HashMap<String, &Many<Word<'_>>>) -> Component {
    let name = package.name.get_ref();
    let mut component = file.component(Ecosystem::PyPi, name, package.version.some());
    component.line = file.line_at(package.name.span().start);
    let main = |group: &Word<'_>| matches!(group.as_ref(), "main" | "default");
    let development =
        package.category.as_ref() == "dev" || (!package.groups.0.is_empty() && !package.groups.0.iter().any(main));
    component.scope = if development {
        Scope::Development
    } else if package.optional.yes() {
        Scope::Optional
    } else {
        Scope::Runtime
    };
    let files = if package.files.0.is_empty() { kept.get(&component.name).copied() } else { Some(&package.files) };
    component.digests = files
        .into_iter()
        .flat_map(|files| &files.0)
        .filter_map(|one| one.split_once(':'))
        .filter_map(|(algorithm, value)| hex_digest(algorithm, value))
        .collect();
    let (origin, address, commit) = match package.source.kind.as_ref() {
        "git" => (Origin::Git, &package.source.url, &package.source.resolved_reference),
        "url" => (Origin::Url, &package.source.url, &package.revision),
        "directory" | "file" => (Origin::Path, &package.source.url, &package.revision),
        _ if package.git.some().is_some() => (Origin::Git, &package.git, &package.revision),
        _ if package.path.some().is_some() => (Origin::Path, &package.path, &package.revision),
        _ if package.url.some().is_some() => (Origin::Url, &package.url, &package.revision),
        _ => return component,
    };
    component.origin = origin;
    let address = shown(address);
    let qualified = match origin {
        Origin::Git => ("vcs_url", format!("git+{address}@{}", commit.as_ref())),
        Origin::Url => ("download_url", address),
        _ => return component,
    };
    component.purl =
        Ecosystem::PyPi.purl(&component.name, component.version.as_deref()).with(qualified.0, &qualified.1).to_string();
    component
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::{lines, one, read};

    #[test]
    fn old_and_new_forms() {
        let text = format!(
            r#"[[package]]
name = "Typing_Extensions"
version = "4.0"
category = "dev"
optional = false

[package.dependencies]
"ruamel.yaml" = {{version = ">=0.1", markers = "x"}}

[[package]]
name = "ruamel-yaml"
version = "0.2"
optional = true
groups = ["main", "dev"]
files = [{{file = "a.whl", hash = "sha256:{sum}"}}]

[[package]]
name = "forked"
version = "1.0"
[package.source]
type = "git"
url = "https://github.com/o/forked.git"
reference = "main"
resolved_reference = "abc"

[metadata.files]
typing-extensions = [{{file = "b", hash = "sha256:{sum}"}}]
"#,
            sum = "0".repeat(64)
        );
        assert_eq!(
            lines("poetry.lock", &text),
            [
                "pkg:pypi/forked@1.0?vcs_url=git%2Bhttps://github.com/o/forked.git%40abc git :18",
                "pkg:pypi/ruamel-yaml@0.2 optional :11",
                "pkg:pypi/typing-extensions@4.0 dev :2",
            ]
        );
        let components = read("poetry.lock", &text).unwrap();
        assert_eq!(one(&components, "typing-extensions").dependencies, ["pkg:pypi/ruamel-yaml@0.2"]);
        assert!(components.iter().all(|one| one.name == "forked" || one.digests.len() == 1));
    }

    #[test]
    fn the_hashes_of_the_first_version_are_plain_lists() {
        let text = "[[package]]\nname = \"a\"\nversion = \"1.0\"\n[metadata.hashes]\na = [\"00\"]\n";
        assert_eq!(lines("poetry.lock", text), ["pkg:pypi/a@1.0 :2"]);
    }

    #[test]
    fn pdm_has_lists_and_repeats_names_for_extras() {
        let text = "[[package]]\nname = \"a\"\nversion = \"1.0\"\ngroups = [\"default\"]\ndependencies = [\"B[x]>=2; python_version > '3'\"]\n[[package]]\nname = \"b\"\nversion = \"2.0\"\ngroups = [\"test\"]\n[[package]]\nname = \"b\"\nversion = \"2.0\"\nextras = [\"x\"]\ngroups = [\"default\"]\n";
        assert_eq!(lines("pdm.lock", text), ["pkg:pypi/a@1.0 :2", "pkg:pypi/b@2.0 :7"]);
        assert_eq!(read("pdm.lock", text).unwrap()[0].dependencies, ["pkg:pypi/b@2.0"]);
    }
}
