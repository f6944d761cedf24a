//! Dependencies that travel inside the tarball (`bundleDependencies`), and the question whether a folder has workspace members.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};

use super::manifest::{Manifest, plain};
use super::select::{Kind, is_member, walk_package};

/// Adds the files of bundled dependencies and of everything they need.
pub(super) fn add(root: &Utf8Path, manifest: &Manifest, found: &mut BTreeMap<String, Utf8PathBuf>) -> Result<()> {
    let mut wanted: Vec<(String, Utf8PathBuf)> = Vec::new();
    let installed = |name: &&str| {
        ["dependencies", "optionalDependencies"].iter().any(|kind| manifest.dependencies(kind).contains(name))
    };
    for name in manifest.bundled().into_iter().filter(installed) {
        wanted.push((name.to_owned(), root.to_owned()));
    }
    let mut seen = BTreeSet::new();
    while let Some((name, from)) = wanted.pop() {
        let Some(folder) = resolve(root, &from, &name)? else { continue };
        if !seen.insert(folder.clone()) {
            continue;
        }
        let is_link = std::fs::symlink_metadata(&folder).is_ok_and(|found| found.file_type().is_symlink());
        let inner = Manifest::read(&folder)?;
        let kind = if is_link { Kind::Linked } else { Kind::Bundled };
        let place = folder.strip_prefix(root).unwrap_or(&folder);
        for (path, file) in walk_package(&folder, &inner, kind)? {
            found.insert(format!("{}/{path}", place.as_str().replace('\\', "/")), file);
        }
        for kind in ["dependencies", "optionalDependencies"] {
            wanted.extend(inner.dependencies(kind).into_iter().map(|name| (name.to_owned(), folder.clone())));
        }
    }
    Ok(())
}

/// Where a dependency of the package in `from` is installed, looking upwards as Node does, within the package.
fn resolve(root: &Utf8Path, from: &Utf8Path, name: &str) -> Result<Option<Utf8PathBuf>> {
    if plain(name) != name {
        return Err(Problem::new(code::project::MANIFEST_INVALID, format!("`{name}` is no name of a dependency.")));
    }
    let mut folders = from.ancestors().take_while(|folder| folder.starts_with(root));
    let inside = folders.find_map(|folder| {
        let candidate = folder.join("node_modules").join(name);
        candidate.join("package.json").is_file().then_some(candidate)
    });
    if inside.is_some() {
        return Ok(inside);
    }
    let outside =
        root.ancestors().skip(1).map(|folder| folder.join("node_modules").join(name)).find(|folder| folder.is_dir());
    match outside {
        // npm would write it into the tarball under a path that leaves the package, and nobody could install that.
        Some(outside) => {
            let message = format!("The bundled dependency {name} is installed at {outside}, outside the package.");
            let next = "Install it into the package's own node_modules (npm install --install-strategy=nested), or do not bundle it.";
            Err(Problem::new(code::build::FILE_REFUSED, message).about("file", outside).next(next))
        }
        // Not installed: npm leaves it out, and optional ones often are not.
        None => Ok(None),
    }
}

/// Whether a manifest's `workspaces` name a folder that is there.
pub(super) fn has_members(root: &Utf8Path, manifest: &Manifest) -> bool {
    if manifest.workspaces().is_empty() {
        return false;
    }
    let walk = ignore::WalkBuilder::new(root)
        .standard_filters(false)
        .max_depth(Some(6))
        .filter_entry(|entry| entry.file_name() != "node_modules" && entry.file_name() != ".git")
        .build();
    walk.flatten().filter(|entry| entry.file_name() == "package.json" && entry.depth() > 1).any(|entry| {
        let folder = entry.path().parent().and_then(Utf8Path::from_path);
        folder.and_then(|folder| folder.strip_prefix(root).ok()).is_some_and(|below| is_member(manifest, below))
    })
}
