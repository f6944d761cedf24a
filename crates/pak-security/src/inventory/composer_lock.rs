//! `composer.lock` and `vendor/composer/installed.json`. A list of licences leaves the choice.
//!
//! `packages-dev` of the lock file is what the project's own tests want, and is told only where that is asked for.
//! `installed.json` lists what is really there, for development too.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::ecosystem::Ecosystem;
use super::file::{File, Found, hex_digest};
use super::lenient::{Fields, Many, Pairs, Word, json};
use crate::report::{Component, Licence, Origin, Scope};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Lock<'a> {
    #[serde(borrow, default)]
    packages: Many<Fields<Package<'a>>>,
    #[serde(borrow, default)]
    packages_dev: Many<Fields<Package<'a>>>,
    /// Only in `installed.json`.
    #[serde(borrow, default)]
    dev_package_names: Many<Word<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Package<'a> {
    #[serde(borrow)]
    name: Word<'a>,
    #[serde(borrow)]
    version: Word<'a>,
    #[serde(borrow)]
    license: Many<Word<'a>>,
    #[serde(borrow)]
    require: Pairs<'a, Word<'a>>,
    #[serde(borrow)]
    dist: Dist<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Dist<'a> {
    #[serde(borrow, rename = "type")]
    kind: Word<'a>,
    #[serde(borrow)]
    shasum: Word<'a>,
}

pub(super) fn read(file: &File<'_>) -> Found {
    // The first version of `installed.json` was the list itself.
    let lock = if file.text.trim_start().starts_with('[') {
        Lock { packages: json(file)?, packages_dev: Many::default(), dev_package_names: Many::default() }
    } else {
        json(file)?
    };
    let listed: HashSet<&str> = lock.dev_package_names.0.iter().map(AsRef::as_ref).collect();
    let runtime = lock.packages.0.iter().map(|package| (package, listed.contains(package.name.as_ref())));
    let apart = lock.packages_dev.0.iter().filter(|_| file.options.development).map(|package| (package, true));
    let packages: Vec<(&Fields<Package<'_>>, bool)> =
        runtime.chain(apart).filter(|(package, _)| package.name.some().is_some()).collect();
    let mut components: Vec<Component> =
        packages.iter().map(|(package, development)| component(file, package, *development)).collect();
    let purls: HashMap<String, String> = components.iter().map(|one| (one.name.clone(), one.purl.clone())).collect();
    for (component, (package, _)) in components.iter_mut().zip(packages) {
        component.dependencies =
            package.require.0.iter().filter_map(|(name, _)| purls.get(&name.to_ascii_lowercase()).cloned()).collect();
    }
    Ok(components)
}

fn component(file: &File<'_>, package: &Package<'_>, development: bool) -> Component {
    let mut component = file.component(Ecosystem::Packagist, &package.name, package.version.some());
    component.line = file.line_of(&package.name);
    component.scope = if development { Scope::Development } else { Scope::Runtime };
    if package.dist.kind.as_ref() == "path" {
        component.origin = Origin::Path;
    }
    component.digests = hex_digest("sha1", &package.dist.shasum).into_iter().collect();
    let licences: Vec<&str> = package.license.0.iter().filter_map(Word::some).collect();
    if !licences.is_empty() {
        component.licence = Some(Licence { declared: Some(licences.join(" OR ")), ..Licence::default() });
    }
    component
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::{lines, one, read};

    #[test]
    fn what_is_installed_is_listed_whole() {
        let text = r#"{"packages": [{"name": "a/b", "version": "v1.0"}, {"name": "a/t", "version": "2.0"}], "dev": true, "dev-package-names": ["a/t"]}"#;
        assert_eq!(
            lines("vendor/composer/installed.json", text),
            ["pkg:composer/a/b@1.0 :1", "pkg:composer/a/t@2.0 dev :1"]
        );
        assert_eq!(
            lines("vendor/composer/installed.json", r#"[{"name": "a/b", "version": "1.0"}]"#),
            ["pkg:composer/a/b@1.0 :1"]
        );
    }

    #[test]
    fn packages_of_both_kinds() {
        let text = r#"{"_readme": ["x"], "packages": [
{"name": "Vendor/A", "version": "v1.2.3", "license": ["MIT", "GPL-2.0-or-later"], "require": {"php": ">=8", "vendor/b": "*"},
 "dist": {"type": "zip", "shasum": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}},
{"name": "vendor/b", "version": "2.0.0"},
{"name": "vendor/here", "version": "dev-main", "dist": {"type": "path", "url": "../here"}}],
"packages-dev": [
{"name": "vendor/tests", "version": "3.0.0"}], "platform": []}"#;
        assert_eq!(
            lines("composer.lock", text),
            [
                "pkg:composer/vendor/a@1.2.3 :2",
                "pkg:composer/vendor/b@2.0.0 :4",
                "pkg:composer/vendor/here@dev-main path :5",
                "pkg:composer/vendor/tests@3.0.0 dev :7"
            ]
        );
        let components = read("composer.lock", text).unwrap();
        let a = one(&components, "vendor/a");
        assert_eq!(a.licence.as_ref().unwrap().declared.as_deref(), Some("MIT OR GPL-2.0-or-later"));
        assert_eq!((a.dependencies.as_slice(), a.digests.len()), (&["pkg:composer/vendor/b@2.0.0".to_owned()][..], 1));
    }
}
