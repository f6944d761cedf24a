//! `pylock.toml` (PEP 751), which any tool may write.

use serde::Deserialize;
use toml::Spanned;

use super::ecosystem::Ecosystem;
use super::file::{File, Found, hex_digest};
use super::lenient::{Fields, Many, Pairs, Word, toml};
use super::registry::{host, set_origins, shown};
use crate::report::{Certainty, Component, Origin};

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(borrow, default)]
    packages: Vec<Package<'a>>,
}

#[derive(Deserialize)]
struct Package<'a> {
    name: Spanned<String>,
    #[serde(borrow, default)]
    version: Word<'a>,
    #[serde(borrow, default)]
    index: Word<'a>,
    #[serde(borrow, default)]
    vcs: Fields<Place<'a>>,
    #[serde(borrow, default)]
    directory: Fields<Place<'a>>,
    #[serde(borrow, default)]
    archive: Fields<Place<'a>>,
    #[serde(borrow, default)]
    sdist: Fields<Place<'a>>,
    #[serde(borrow, default)]
    wheels: Many<Fields<Place<'a>>>,
}

/// Where something is, and its digests.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct Place<'a> {
    #[serde(borrow)]
    url: Word<'a>,
    #[serde(borrow)]
    path: Word<'a>,
    #[serde(borrow)]
    commit_id: Word<'a>,
    #[serde(borrow)]
    hashes: Pairs<'a, Word<'a>>,
}

pub(super) fn read(file: &File<'_>) -> Found {
    let lock: Lock<'_> = toml(file)?;
    let mut found: Vec<(Component, &str)> =
        lock.packages.iter().map(|package| (component(file, package), host(&package.index))).collect();
    set_origins(Ecosystem::PyPi, &mut found);
    Ok(found.into_iter().map(|(component, _)| component).collect())
}

fn component(file: &File<'_>, package: &Package<'_>) -> Component {
    let mut component = file.component(Ecosystem::PyPi, package.name.get_ref(), package.version.some());
    component.line = file.line_at(package.name.span().start);
    component.certainty = Certainty::Exact;
    component.digests = package
        .wheels
        .0
        .iter()
        .chain([&package.sdist, &package.archive])
        .flat_map(|place| &place.hashes.0)
        .filter_map(|(algorithm, value)| hex_digest(algorithm, value))
        .collect();
    let qualified = if let Some(url) = package.vcs.url.some() {
        component.origin = Origin::Git;
        ("vcs_url", format!("git+{}@{}", shown(url), package.vcs.commit_id.as_ref()))
    } else if let Some(url) = package.archive.url.some() {
        component.origin = Origin::Url;
        ("download_url", shown(url))
    } else {
        let place = [&package.vcs, &package.directory, &package.archive];
        if place.into_iter().any(|place| place.path.some().is_some()) {
            component.origin = Origin::Path;
        }
        return component;
    };
    component.purl =
        Ecosystem::PyPi.purl(&component.name, component.version.as_deref()).with(qualified.0, &qualified.1).to_string();
    component
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::{lines, one, read};

    #[test]
    fn every_kind_of_place() {
        let text = format!(
            r#"lock-version = "1.0"
[[packages]]
name = "a"
version = "1.0"
index = "https://pypi.invalid/simple"
sdist = {{url = "https://pypifiles.invalid/a.tar.gz", hashes = {{sha256 = "{sum}"}}}}
[[packages]]
name = "g"
vcs = {{type = "git", url = "https://github.com/o/g", commit-id = "abc"}}
[[packages]]
name = "here"
directory = {{path = "here"}}
"#,
            sum = "0".repeat(64)
        );
        assert_eq!(
            lines("pylock.toml", &text),
            [
                "pkg:pypi/a@1.0 :3",
                "pkg:pypi/g?vcs_url=git%2Bhttps://github.com/o/g%40abc git :8",
                "pkg:pypi/here path :11",
            ]
        );
        assert_eq!(one(&read("pylock.dev.toml", &text).unwrap(), "a").digests.len(), 1);
    }
}
