//! The one walk through the project's tree: which files are manifests, which folders could not be looked into.

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use ignore::WalkBuilder;
use pak_model::{Problem, Result, code};

use crate::detect::Note;

/// Folders of dependencies, builds and tools: what lies there is not the project's own.
const PASSED_OVER: &[&str] =
    &["node_modules", "target", ".git", ".venv", "venv", "dist", "__pycache__", "site-packages", "bower_components"];

/// Deeper than any project nests its packages.
const DEEPEST: usize = 16;

/// Manifests of the tree, relative to the project, sorted.
pub(crate) fn manifests(root: &Utf8Path, exclude: &[String], notes: &mut Vec<Note>) -> Result<Vec<Utf8PathBuf>> {
    if !root.is_dir() {
        return Err(Problem::new(code::project::UNREADABLE, format!("{root} is not a folder.")).about("folder", root));
    }
    let excluded = globs(exclude)?;
    let base = root.to_owned();
    let walk = WalkBuilder::new(root)
        .standard_filters(false)
        .hidden(true)
        .git_ignore(true)
        // A `.gitignore` means what it says in an unpacked archive too; files above the project do not rule it.
        .require_git(false)
        .follow_links(false)
        .max_depth(Some(DEEPEST))
        .filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            if entry.depth() > 0
                && is_folder
                && entry.file_name().to_str().is_some_and(|name| PASSED_OVER.contains(&name))
            {
                return false;
            }
            entry.path().strip_prefix(&base).is_ok_and(|relative| !excluded.is_match(relative))
        })
        .build();
    let mut found = Vec::new();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                notes.push(unreadable(root, &error));
                continue;
            }
        };
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        let Some(path) = Utf8Path::from_path(entry.path()) else {
            let parent_is_fine = entry.path().parent().is_some_and(|parent| Utf8Path::from_path(parent).is_some());
            if is_folder && parent_is_fine {
                let shown = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_string_lossy().into_owned();
                notes.push(Note::new(shown, "its name is not UTF-8, so nothing in it can be published"));
            }
            continue;
        };
        let Some(name) = path.file_name() else { continue };
        if entry.file_type().is_some_and(|kind| kind.is_file()) && is_manifest(name) {
            found.extend(path.strip_prefix(root).map(Utf8Path::to_owned));
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a file's name is one that detection reads.
fn is_manifest(name: &str) -> bool {
    matches!(
        name,
        "package.json"
            | "pnpm-workspace.yaml"
            | "pyproject.toml"
            | "setup.cfg"
            | "Cargo.toml"
            | "Dockerfile"
            | "Containerfile"
            | "oci-layout"
            | "pom.xml"
            | "build.gradle"
            | "build.gradle.kts"
    )
}

fn unreadable(root: &Utf8Path, error: &ignore::Error) -> Note {
    let mut inner = error;
    let mut path = None;
    loop {
        inner = match inner {
            ignore::Error::WithPath { path: at, err } => {
                path = Some(at.strip_prefix(root).unwrap_or(at).to_string_lossy().into_owned());
                err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => err,
            _ => break,
        };
    }
    Note::new(path.unwrap_or_else(|| ".".to_owned()), format!("cannot be read: {inner}"))
}

fn globs(patterns: &[String]) -> Result<GlobSet> {
    let invalid = |pattern: &str, error: &globset::Error| {
        Problem::new(code::config::INVALID_VALUE, format!("`{pattern}` is not a glob.")).cause(error)
    };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let pattern = pattern.trim_end_matches('/');
        set.add(GlobBuilder::new(pattern).literal_separator(true).build().map_err(|error| invalid(pattern, &error))?);
    }
    set.build().map_err(|error| invalid("project.exclude", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_be_read_is_noted_by_its_path() {
        let denied = ignore::Error::from(std::io::Error::from(std::io::ErrorKind::PermissionDenied));
        let at = ignore::Error::WithPath { path: "/project/locked".into(), err: Box::new(denied) };
        let note = unreadable("/project".into(), &ignore::Error::WithDepth { depth: 1, err: Box::new(at) });
        assert_eq!((note.path.as_str(), note.reason.as_str()), ("locked", "cannot be read: permission denied"));
    }
}
