//! `Pipfile.lock`: `default` is what runs, `develop` and any other category is for development.

use serde::Deserialize;

use super::ecosystem::Ecosystem;
use super::file::{File, Found, hex_digest};
use super::lenient::{Fields, Many, Pairs, Word, json};
use super::registry::shown;
use crate::report::{Certainty, Origin, Scope};

#[derive(Deserialize, Default)]
struct Package<'a> {
    #[serde(borrow, default)]
    version: Word<'a>,
    #[serde(borrow, default)]
    hashes: Many<Word<'a>>,
    #[serde(borrow, default)]
    git: Word<'a>,
    #[serde(borrow, default, rename = "ref")]
    reference: Word<'a>,
    #[serde(borrow, default)]
    path: Word<'a>,
    #[serde(borrow, default)]
    file: Word<'a>,
}

pub(super) fn read(file: &File<'_>) -> Found {
    let lock: Pairs<'_, Pairs<'_, Fields<Package<'_>>>> = json(file)?;
    let mut components = Vec::new();
    let wanted = |category: &str| category == "default" || (category != "_meta" && file.options.development);
    for (category, packages) in lock.0.iter().filter(|(category, _)| wanted(category)) {
        for (name, package) in &packages.0 {
            let version = package.version.trim_start_matches('=');
            let mut component = file.component(Ecosystem::PyPi, name, Some(version));
            component.certainty = Certainty::Exact;
            component.line = file.line_of(name);
            component.scope = if category.as_ref() == "default" { Scope::Runtime } else { Scope::Development };
            component.digests = package
                .hashes
                .0
                .iter()
                .filter_map(|hash| hash.split_once(':'))
                .filter_map(|(algorithm, value)| hex_digest(algorithm, value))
                .collect();
            let qualified = if let Some(git) = package.git.some() {
                component.origin = Origin::Git;
                ("vcs_url", format!("git+{}@{}", shown(git), package.reference.as_ref()))
            } else if let Some(url) = package.file.some().filter(|file| file.contains("://")) {
                component.origin = Origin::Url;
                ("download_url", shown(url))
            } else {
                if package.path.some().or_else(|| package.file.some()).is_some() {
                    component.origin = Origin::Path;
                }
                components.push(component);
                continue;
            };
            component.purl = Ecosystem::PyPi
                .purl(&component.name, component.version.as_deref())
                .with(qualified.0, &qualified.1)
                .to_string();
            components.push(component);
        }
    }
    Ok(components)
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::lines;

    #[test]
    fn both_categories_and_odd_sources() {
        let text = r#"{"_meta": {"hash": {"sha256": "00"}, "pipfile-spec": 6, "sources": [{"name": "x", "url": "https://pypi.invalid/simple"}]},
"default": {"Jinja2": {"hashes": ["sha256:00"], "version": "==2.11.1", "index": "x"},
"g": {"git": "https://github.com/o/g.git", "ref": "abc"}, "here": {"editable": true, "path": "."}},
"develop": {"jinja2": {"version": "==2.11.1"}, "t": {"version": "==1.0", "markers": "python_version > '3'"}}}"#;
        assert_eq!(
            lines("Pipfile.lock", text),
            [
                "pkg:pypi/g?vcs_url=git%2Bhttps://github.com/o/g.git%40abc git :3",
                "pkg:pypi/here path :3",
                "pkg:pypi/jinja2@2.11.1 :2",
                "pkg:pypi/t@1.0 dev :4",
            ]
        );
    }
}
