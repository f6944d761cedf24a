//! The files of a folder, found in parallel and bounded. Symbolic links are never followed.

use camino::{Utf8Path, Utf8PathBuf};
use ignore::{WalkBuilder, WalkState};

use crate::report::{Notice, NoticeKind};

/// More files than any project has; a tree beyond that is cut off with a notice.
const MOST_FILES: usize = 2_000_000;

/// Which files of a folder.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Leave out what `.gitignore` and its kin leave out.
    pub respect_ignore_files: bool,
    /// Names of folders that are passed over wherever they are; `.git` always is.
    pub skip_folders: Vec<String>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFile {
    /// Where it is.
    pub path: Utf8PathBuf,
    /// The same relative to the root, with `/`; the file's name where the root itself is the file.
    pub relative: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Lists the files below `root` (or `root` itself, if it is a file), by path. What cannot be listed becomes a notice.
pub fn files(root: &Utf8Path, selection: &Selection) -> (Vec<TreeFile>, Vec<Notice>) {
    let skip = selection.skip_folders.clone();
    let walk = WalkBuilder::new(root)
        .standard_filters(false)
        .git_ignore(selection.respect_ignore_files)
        .git_exclude(selection.respect_ignore_files)
        .ignore(selection.respect_ignore_files)
        .parents(selection.respect_ignore_files)
        .require_git(false)
        .hidden(false)
        .follow_links(false)
        .filter_entry(move |entry| {
            let name = entry.file_name().to_string_lossy();
            !(entry.file_type().is_some_and(|kind| kind.is_dir())
                && entry.depth() > 0
                && (name == ".git" || skip.iter().any(|skipped| *skipped == name)))
        })
        .build_parallel();
    let (sender, receiver) = std::sync::mpsc::channel();
    walk.run(|| {
        let sender = sender.clone();
        let root = root.to_owned();
        Box::new(move |entry| {
            let Some(found) = look(&root, entry) else { return WalkState::Continue };
            if sender.send(found).is_err() { WalkState::Quit } else { WalkState::Continue }
        })
    });
    drop(sender);
    let (mut files, mut notices) = (Vec::new(), Vec::new());
    for found in receiver {
        match found {
            Ok(file) => files.push(file),
            Err(notice) => notices.push(notice),
        }
    }
    files.sort_unstable_by(|one, other| one.relative.cmp(&other.relative));
    if files.len() > MOST_FILES {
        files.truncate(MOST_FILES);
        notices.push(Notice {
            kind: NoticeKind::TooLarge,
            path: None,
            message: format!("{root} holds more than {MOST_FILES} files; the rest was not looked at."),
            remedy: "Scan its parts one by one.".to_owned(),
        });
    }
    (files, notices)
}

/// A file, a notice, or nothing to look at.
fn look(root: &Utf8Path, entry: Result<ignore::DirEntry, ignore::Error>) -> Option<Result<TreeFile, Notice>> {
    let unreadable = |path: Option<String>, message: String| {
        Some(Err(Notice {
            kind: NoticeKind::Unreadable,
            path,
            message,
            remedy: "Give pak the right to read it, or leave it out.".to_owned(),
        }))
    };
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => return unreadable(None, format!("A folder cannot be listed: {error}.")),
    };
    if !entry.file_type().is_some_and(|kind| kind.is_file()) {
        return None;
    }
    let path = match Utf8PathBuf::from_path_buf(entry.path().to_owned()) {
        Ok(path) => path,
        Err(path) => {
            let shown = path.to_string_lossy().into_owned();
            return unreadable(Some(shown.clone()), format!("{shown} is not a UTF-8 path."));
        }
    };
    let inner = path.strip_prefix(root).unwrap_or(&path);
    let relative = if inner.as_str().is_empty() { path.file_name().unwrap_or_default() } else { inner.as_str() };
    let relative = relative.replace(std::path::MAIN_SEPARATOR, "/");
    match entry.metadata() {
        Ok(metadata) => Some(Ok(TreeFile { relative, size: metadata.len(), path })),
        Err(error) => unreadable(Some(relative), format!("{path} cannot be read: {error}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_listed_in_order_without_links_and_git() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for path in ["b.txt", "a/.env", ".git/config", "node_modules/x/index.js", "ignored/y"] {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "x").unwrap();
        }
        std::fs::write(root.join(".gitignore"), "ignored\n").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/", root.join("loop")).unwrap();
        let names = |selection| files(root, &selection).0.into_iter().map(|file| file.relative).collect::<Vec<_>>();
        assert_eq!(
            names(Selection::default()),
            [".gitignore", "a/.env", "b.txt", "ignored/y", "node_modules/x/index.js"]
        );
        let selection = Selection { respect_ignore_files: true, skip_folders: vec!["node_modules".to_owned()] };
        assert_eq!(names(selection), [".gitignore", "a/.env", "b.txt"]);
        let (alone, notices) = files(&root.join("b.txt"), &Selection::default());
        assert_eq!((alone[0].relative.as_str(), notices.len()), ("b.txt", 0));
    }
}
