//! Ids of packages: short, unique, and the same from run to run, because journals and `pak.toml` refer to them.

use std::collections::{BTreeMap, BTreeSet};

use pak_model::Ecosystem;

use crate::manifest::Manifest;

/// An id for each manifest. Packages of one name are told apart by ecosystem, then by folder; `taken` are ids that
/// `pak.toml` has given to others.
pub(crate) fn ids(manifests: &[Manifest], taken: &BTreeSet<String>) -> Vec<String> {
    let forms: [fn(&Manifest) -> String; 3] = [plain, with_ecosystem, with_folder];
    let mut ids: Vec<Option<String>> = vec![None; manifests.len()];
    let mut used = taken.clone();
    for form in forms {
        let open: Vec<(usize, String)> = manifests
            .iter()
            .enumerate()
            .filter(|(index, _)| ids.get(*index).is_some_and(Option::is_none))
            .map(|(index, manifest)| (index, form(manifest)))
            .collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, id) in &open {
            *counts.entry(id).or_default() += 1;
        }
        for (index, id) in &open {
            // All of one name get the longer form, so that adding one does not depend on the order.
            if counts.get(id.as_str()) == Some(&1)
                && used.insert(id.clone())
                && let Some(place) = ids.get_mut(*index)
            {
                *place = Some(id.clone());
            }
        }
    }
    ids.into_iter()
        .zip(manifests)
        .map(|(id, manifest)| {
            id.unwrap_or_else(|| {
                let base = with_folder(manifest);
                let mut numbered = (2..=manifests.len() + used.len() + 2).map(|number| format!("{base}-{number}"));
                let free = numbered.find(|id| !used.contains(id)).unwrap_or(base);
                used.insert(free.clone());
                free
            })
        })
        .collect()
}

fn plain(manifest: &Manifest) -> String {
    let without_scope = match manifest.name.split_once('/') {
        Some((scope, name)) if scope.starts_with('@') => name,
        // Maven's group is the organisation, mostly.
        _ if manifest.ecosystem == Ecosystem::Maven => manifest.name.rsplit(':').next().unwrap_or_default(),
        _ => &manifest.name,
    };
    kebab(without_scope)
}

fn with_ecosystem(manifest: &Manifest) -> String {
    let ending = match manifest.ecosystem {
        Ecosystem::Npm => "js",
        Ecosystem::Python => "python",
        Ecosystem::Cargo => "rust",
        Ecosystem::Oci => "image",
        Ecosystem::Maven => "java",
        Ecosystem::Generic => "files",
    };
    format!("{}-{ending}", plain(manifest))
}

fn with_folder(manifest: &Manifest) -> String {
    let folder = kebab(manifest.folder.as_str());
    if manifest.folder.as_str().is_empty() {
        with_ecosystem(manifest)
    } else {
        format!("{}-{folder}", with_ecosystem(manifest))
    }
}

/// Small letters, digits and single hyphens.
pub(crate) fn kebab(text: &str) -> String {
    let mut kebab = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            kebab.push(character.to_ascii_lowercase());
        } else if !kebab.is_empty() && !kebab.ends_with('-') {
            kebab.push('-');
        }
    }
    let kebab = kebab.trim_end_matches('-');
    if kebab.is_empty() { "package".to_owned() } else { kebab.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn manifest(ecosystem: Ecosystem, name: &str, file: &str) -> Manifest {
        Manifest { name: name.to_owned(), ..Manifest::new(ecosystem, file.into()) }
    }

    #[test]
    fn clashes_are_told_apart_in_any_order() {
        let mut all = vec![
            manifest(Ecosystem::Npm, "@acme/greeter", "js/package.json"),
            manifest(Ecosystem::Cargo, "greeter", "rust/Cargo.toml"),
            manifest(Ecosystem::Python, "Greeter_Core", "py/pyproject.toml"),
            manifest(Ecosystem::Oci, "x", "a/Dockerfile"),
            manifest(Ecosystem::Oci, "x", "b/Dockerfile"),
        ];
        let expected = ["greeter-js", "greeter-rust", "greeter-core", "x-image-a", "x-image-b"];
        assert_eq!(ids(&all, &BTreeSet::new()), expected);
        all.reverse();
        assert!(ids(&all, &BTreeSet::new()).iter().rev().eq(expected.iter()));
        assert_eq!(ids(&all[2..3], &BTreeSet::from(["greeter-core".to_owned()])), ["greeter-core-python"]);
    }

    proptest! {
        #[test]
        fn ids_are_unique_and_plain(names in proptest::collection::vec("[@a-c/_Ü-]{0,4}", 0..8)) {
            let all: Vec<Manifest> = names.iter().map(|name| manifest(Ecosystem::Npm, name, "p/package.json")).collect();
            let ids = ids(&all, &BTreeSet::new());
            prop_assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), names.len());
            for id in ids {
                prop_assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{}", id);
            }
        }
    }
}
