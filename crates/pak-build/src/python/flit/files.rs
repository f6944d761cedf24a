//! Which files belong to a flit project: its module, its data folder, its sdist patterns.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::Reason;
use crate::python::glob;

/// The module or package that is distributed. Paths are relative to the project, `/` between parts.
#[derive(Debug)]
pub(super) struct Module {
    /// `__init__.py`, or the module itself.
    pub file: String,
    /// Every file, in the order flit writes them.
    pub files: Vec<String>,
    /// What stands before the import path: empty or `src/`.
    pub prefix: String,
}

impl Module {
    /// Finds `name` beside `pyproject.toml` or in `src`.
    pub(super) fn find(folder: &Utf8Path, name: &str) -> Result<Self, Reason> {
        let path = name.replace('.', "/");
        let mut candidates = Vec::new();
        for prefix in ["", "src/"] {
            if folder.join(prefix).join(&path).is_dir() {
                candidates.push((prefix, format!("{prefix}{path}"), true));
            }
            let file = format!("{prefix}{path}.py");
            if folder.join(&file).is_file() {
                candidates.push((prefix, file, false));
            }
        }
        let [(prefix, path, is_package)] = candidates.as_slice() else {
            return Err(Reason::new(format!(
                "module `{name}` is {}",
                if candidates.is_empty() { "not there" } else { "there more than once" }
            )));
        };
        let (file, files) = if *is_package {
            let mut files = Vec::new();
            walk(folder, path, &|name| name != "__pycache__" && !is_compiled(name), &mut files)?;
            (format!("{path}/__init__.py"), files)
        } else {
            (path.clone(), vec![path.clone()])
        };
        Ok(Self { file, files, prefix: (*prefix).to_owned() })
    }
}

fn is_compiled(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending == "pyc")
}

/// Files below the external data folder with their path inside it.
pub(super) fn data(folder: &Utf8Path, directory: &str) -> Result<Vec<(String, String)>, Reason> {
    let mut files = Vec::new();
    // Only folders of that name are left out; a compiled file beside them stays, as in flit.
    walk(folder, directory, &|name| name != "__pycache__", &mut files)?;
    let inside = |path: &String| path.get(directory.len() + 1..).unwrap_or_default().to_owned();
    Ok(files.iter().map(|path| (path.clone(), inside(path))).collect())
}

/// Files of a folder sorted, then its folders sorted, as Python's `os.walk` with sorted lists.
fn walk(root: &Utf8Path, folder: &str, wanted: &impl Fn(&str) -> bool, found: &mut Vec<String>) -> Result<(), Reason> {
    let (files, folders) = listing(root, folder)?;
    found.extend(files.into_iter().filter(|name| wanted(name)).map(|name| format!("{folder}/{name}")));
    for name in folders.into_iter().filter(|name| wanted(name)) {
        walk(root, &format!("{folder}/{name}"), wanted, found)?;
    }
    Ok(())
}

/// Adds every file below an included folder that `wanted` lets through; folders it does not let through are not entered.
pub(super) fn collect(
    root: &Utf8Path,
    folder: &str,
    wanted: &mut impl FnMut(&str) -> bool,
    found: &mut BTreeSet<String>,
) -> Result<(), Reason> {
    let (files, folders) = listing(root, folder)?;
    found.extend(files.into_iter().map(|name| format!("{folder}/{name}")).filter(|name| wanted(name)));
    for name in folders {
        let path = format!("{folder}/{name}");
        if wanted(&path) {
            collect(root, &path, wanted, found)?;
        }
    }
    Ok(())
}

/// Names of files and of folders, each sorted. Links make the outcome depend on more than the tree: flit decides then.
fn listing(root: &Utf8Path, folder: &str) -> Result<(Vec<String>, Vec<String>), Reason> {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in root.join(folder).read_dir_utf8()? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            return Err(Reason::new(format!("`{folder}/{}` is a symbolic link", entry.file_name())));
        }
        let list = if kind.is_dir() { &mut folders } else { &mut files };
        list.push(entry.file_name().to_owned());
    }
    files.sort();
    folders.sort();
    Ok((files, folders))
}

/// Every part of a packed path must be itself, not a link, and its end an ordinary file.
pub(super) fn check(root: &Utf8Path, path: &str) -> Result<(), Reason> {
    let mut at = root.to_owned();
    for part in path.split('/') {
        at.push(part);
        if at.symlink_metadata()?.is_symlink() {
            return Err(Reason::new(format!("`{path}` is behind a symbolic link")));
        }
    }
    if at.is_file() { Ok(()) } else { Err(Reason::new(format!("`{path}` is not a file"))) }
}

/// `[tool.flit.sdist]`.
#[derive(Debug, Clone, Default)]
pub(super) struct Patterns {
    /// Added.
    pub include: Vec<String>,
    /// Taken out, and never entered.
    pub exclude: Vec<String>,
}

/// What patterns name: files, and folders with everything in them.
#[derive(Debug, Default)]
pub(super) struct Matched {
    pub(super) files: BTreeSet<String>,
    pub(super) folders: BTreeSet<String>,
}

impl Matched {
    /// Whether a file or folder is named, or lies in a named folder.
    pub(super) fn covers(&self, path: &str) -> bool {
        self.files.contains(path)
            || self.folders.contains(path)
            || path.match_indices('/').any(|(at, _)| self.folders.contains(&path[..at]))
    }
}

impl Patterns {
    /// What is included.
    pub(super) fn included(&self, folder: &Utf8Path) -> Result<Matched, Reason> {
        matched(folder, self.include.iter().map(String::as_str))
    }

    /// What is excluded, flit's own patterns first.
    pub(super) fn excluded(&self, folder: &Utf8Path) -> Result<Matched, Reason> {
        matched(folder, ["**/__pycache__", "**.pyc"].into_iter().chain(self.exclude.iter().map(String::as_str)))
    }
}

fn matched<'a>(folder: &Utf8Path, patterns: impl Iterator<Item = &'a str>) -> Result<Matched, Reason> {
    let mut matched = Matched::default();
    for pattern in patterns {
        let pattern = pattern.strip_suffix('/').unwrap_or(pattern);
        let odd = pattern.split('/').any(|part| matches!(part, "" | "." | ".."))
            // All files, hidden ones included: flit has a case of its own for it.
            || pattern == "**"
            || !pattern.is_ascii()
            || pattern.contains(|letter: char| letter.is_ascii_control() || "<>:\"\\".contains(letter));
        if odd {
            return Err(Reason::new(format!("the sdist pattern `{pattern}` is unusual")));
        }
        for path in glob::expand(folder, pattern, false)? {
            if folder.join(&path).is_dir() {
                matched.folders.insert(path);
            } else {
                matched.files.insert(path);
            }
        }
    }
    Ok(matched)
}
