//! The component inventory: which packages a tree, a file or an archive names, from lock files, manifests, package
//! databases and bills of materials. `pak security`, the advisories, the licences and the CycloneDX writer start here.
//!
//! [`FORMATS`] is the one table of what is known; each format is a file of its own beside this one.

#![allow(clippy::unnecessary_wraps, reason = "all readers of the table have one signature")]

mod ecosystem;
mod file;
pub mod health;
mod lenient;
pub mod purl;
mod registry;
mod table;
mod yaml;

mod apple;
mod artifacts;
mod binaries;
mod bun_lock;
mod cargo_lock;
mod composer_lock;
mod conda;
mod deno_lock;
mod deployment;
mod erlang;
mod further;
mod gemfile_lock;
mod go_mod;
mod go_sum;
mod installed;
mod maven;
mod nuget;
mod os_packages;
mod package_lock;
mod pipfile_lock;
mod pnpm_lock;
mod poetry_lock;
mod pubspec_lock;
mod pylock;
mod requirements;
mod sbom;
mod tags;
mod uv_lock;
mod yarn_lock;

use std::collections::{HashMap, HashSet};

use camino::Utf8Path;
use rayon::prelude::*;

pub use artifacts::of_archive;
pub use ecosystem::RUST;

use crate::report::{Component, Notice, NoticeKind};
use crate::tree::{self, Selection, TreeFile};
use file::{File, Refusal};
use table::Reader;

/// The largest file that is read: the largest lock files known have some 10 MB.
const MOST_BYTES: u64 = 64 << 20;

/// Folders of installed packages and environments: what they hold was named by the lock file beside them.
const INSTALLED: [&str; 9] =
    ["node_modules", "bower_components", ".venv", "venv", "__pycache__", ".tox", ".nox", ".hg", ".svn"];

/// What is wanted of the files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Also what a file keeps apart for work on the project itself (`packages-dev` of Composer, `develop` of Pipenv) and
    /// installs with nothing that is released. Files that do not keep it apart (npm's) name it in any case.
    pub development: bool,
}

/// The components of all known files below a folder (or of one file), by path and purl.
pub fn of_tree(root: &Utf8Path) -> (Vec<Component>, Vec<Notice>) {
    of_tree_with(root, Options::default())
}

/// [`of_tree`], with options.
pub fn of_tree_with(root: &Utf8Path, options: Options) -> (Vec<Component>, Vec<Notice>) {
    let skip_folders = INSTALLED.map(str::to_owned).to_vec();
    let (files, mut notices) = tree::files(root, &Selection { respect_ignore_files: false, skip_folders });
    let caches: Vec<String> =
        files.iter().filter_map(|file| file.relative.strip_suffix("CACHEDIR.TAG")).map(str::to_owned).collect();
    // `go.sum` lists what was ever looked at; beside the `go.mod` it belongs to, that says more.
    let modules: HashSet<&str> = files.iter().filter_map(|file| file.relative.strip_suffix("go.mod")).collect();
    let superseded =
        |file: &TreeFile| file.relative.strip_suffix("go.sum").is_some_and(|folder| modules.contains(folder));
    let known = |file: &&TreeFile| {
        table::reader(&file.relative).is_some()
            && !superseded(file)
            && !caches.iter().any(|cache| cache.ends_with('/') && file.relative.starts_with(cache))
    };
    let read: Vec<_> = files
        .iter()
        .filter(known)
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|file| of_tree_file(file, options))
        .collect();
    let mut components = Vec::new();
    for one in read {
        match one {
            Ok(found) => components.extend(found),
            Err(notice) => notices.push(notice),
        }
    }
    (components, notices)
}

fn of_tree_file(file: &TreeFile, options: Options) -> Result<Vec<Component>, Notice> {
    if file.size > MOST_BYTES {
        return Err(too_large(&file.relative, file.size));
    }
    let bytes = std::fs::read(&file.path).map_err(|error| Notice {
        kind: NoticeKind::Unreadable,
        path: Some(file.relative.clone()),
        message: format!("{} cannot be read: {error}.", file.relative),
        remedy: "Give pak the right to read it, or leave it out.".to_owned(),
    })?;
    of_file_with(&file.relative, &bytes, options).unwrap_or_else(|| Ok(Vec::new()))
}

/// Whether a file is one that names components, by its path.
pub fn is_known(path: &str) -> bool {
    table::reader(path).is_some()
}

/// The components a file names; none if it is not a known file.
pub fn of_file(path: &str, bytes: &[u8]) -> Option<Result<Vec<Component>, Notice>> {
    of_file_with(path, bytes, Options::default())
}

/// [`of_file`], with options.
pub fn of_file_with(path: &str, bytes: &[u8], options: Options) -> Option<Result<Vec<Component>, Notice>> {
    let reader = table::reader(path)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Some(Err(too_large(path, bytes.len() as u64)));
    }
    let found = match reader {
        Reader::Text(read) => File::new(path, bytes, options).and_then(|file| read(&file)),
        Reader::Bytes(read) => read(path, bytes),
    };
    Some(match found {
        Ok(components) => Ok(merged(components)),
        Err(refusal) => Err(unreadable(path, &refusal)),
    })
}

/// One component for each purl: what is used at run time as well as in development is used at run time.
fn merged(components: Vec<Component>) -> Vec<Component> {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(components.len());
    let mut kept: Vec<Component> = Vec::with_capacity(components.len());
    for component in components {
        let place = places.entry(component.purl.clone()).or_insert(kept.len());
        let Some(first) = kept.get_mut(*place).filter(|first| first.version == component.version) else {
            kept.push(component);
            continue;
        };
        first.scope = first.scope.min(component.scope);
        first.direct = match (first.direct, component.direct) {
            (Some(one), Some(other)) => Some(one || other),
            (one, other) => one.or(other),
        };
        first.certainty = first.certainty.min(component.certainty);
        first.digests.extend(component.digests);
        first.dependencies.extend(component.dependencies);
        if first.licence.is_none() {
            first.licence = component.licence;
        }
    }
    for component in &mut kept {
        component.dependencies.sort_unstable();
        component.dependencies.dedup();
        component.digests.sort_unstable();
        component.digests.dedup();
    }
    kept.sort_by(|one, other| (&one.purl, &one.version).cmp(&(&other.purl, &other.version)));
    kept
}

fn unreadable(path: &str, refusal: &Refusal) -> Notice {
    Notice {
        kind: NoticeKind::Unreadable,
        path: Some(path.to_owned()),
        message: format!("The components of {path} are not known: {}.", refusal.0),
        remedy: "Mend the file or write it anew with the tool it belongs to.".to_owned(),
    }
}

fn too_large(path: &str, size: u64) -> Notice {
    Notice {
        kind: NoticeKind::TooLarge,
        path: Some(path.to_owned()),
        message: format!("{path} has {size} bytes; files of more than {MOST_BYTES} are not read for components."),
        remedy: "Check whether a file of this name should be that large.".to_owned(),
    }
}

#[cfg(test)]
pub(crate) mod testing;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_without_what_is_installed_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for (path, text) in [
            ("go.mod", "require example.com/a v1.0.0\n"),
            ("go.sum", "example.com/b v1.0.0 h1:x=\n"),
            ("tools/go.sum", "example.com/c v1.0.0 h1:x=\n"),
            ("node_modules/x/yarn.lock", "x@1:\n  version \"1.0.0\"\n"),
            ("target/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55"),
            ("target/package/x/requirements.txt", "x==1.0\n"),
            ("broken/Cargo.lock", "["),
        ] {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let (components, notices) = of_tree(root);
        let found: Vec<_> = components.iter().map(|one| (one.name.as_str(), one.path.as_str())).collect();
        assert_eq!(found, [("example.com/a", "go.mod"), ("example.com/c", "tools/go.sum")]);
        assert_eq!(notices.len(), 1);
        let (components, _) = of_tree(&root.join("go.sum"));
        assert_eq!(components[0].name, "example.com/b", "asked for by name it is read");
    }
}
