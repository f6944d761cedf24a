//! Temporary source trees. Called by the tests of every crate that reads or releases a project.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

/// A temporary folder with a UTF-8 path, removed on drop.
pub struct Folder {
    path: Utf8PathBuf,
    _guard: TempDir,
}

/// A temporary project: the same folder under the name tests read best.
pub type Project = Folder;

impl Folder {
    /// An empty one.
    ///
    /// # Panics
    /// Where the machine's temporary folder cannot be written or has a name that is not UTF-8.
    #[expect(clippy::new_without_default, reason = "it makes a folder on disk, which a default should not")]
    pub fn new() -> Self {
        let guard = tempfile::Builder::new().prefix("pak-test-").tempdir().expect("a temporary folder");
        // Real path: on macOS the temporary folder is a link, and programs print where it leads.
        let path = guard.path().canonicalize().expect("the folder just made");
        let path = Utf8PathBuf::from_path_buf(path).expect("a UTF-8 path");
        Self { path, _guard: guard }
    }

    /// Writes a tree from one text: a line `-- path --` begins a file, the lines up to the next such line are its content.
    ///
    /// # Panics
    /// On text before the first such line, and where a file cannot be written.
    pub fn from_text(text: &str) -> Self {
        let folder = Self::new();
        let mut files: Vec<(&str, String)> = Vec::new();
        for line in text.lines() {
            let name = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
            match (name, files.last_mut()) {
                (Some(name), _) => files.push((name, String::new())),
                (None, Some((_, content))) => {
                    content.push_str(line);
                    content.push('\n');
                }
                (None, None) => assert!(line.trim().is_empty(), "text before the first `-- path --` line: {line}"),
            }
        }
        for (name, content) in files {
            folder.write(name, content);
        }
        folder
    }

    /// Copies a tree, without what builds leave behind (`target`, `node_modules`, `.git`).
    ///
    /// # Panics
    /// Where something cannot be read or written.
    pub fn copy_of(source: &Utf8Path) -> Self {
        let folder = Self::new();
        copy(source, &folder.path);
        folder
    }

    /// Where it is.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// A path inside it.
    pub fn join(&self, path: &str) -> Utf8PathBuf {
        self.path.join(path)
    }

    /// Writes a file and the folders above it.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let file = self.path.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).expect("a folder of the tree");
        }
        fs::write(&file, content).unwrap_or_else(|error| panic!("{file} cannot be written: {error}"));
        self
    }

    /// Everything in it as a `.tar.gz`, as people upload a project.
    ///
    /// # Panics
    /// Where something cannot be read.
    pub fn archive(&self) -> Vec<u8> {
        let zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut archive = tar::Builder::new(zipped);
        archive.append_dir_all(".", &self.path).expect("an archive of the tree");
        archive.into_inner().and_then(flate2::write::GzEncoder::finish).expect("an archive in memory")
    }

    /// Reads a file as text.
    ///
    /// # Panics
    /// Where it is not there or not UTF-8.
    pub fn read(&self, path: &str) -> String {
        let file = self.path.join(path);
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file} cannot be read: {error}"))
    }
}

/// Copies a tree into a folder that is there.
pub(crate) fn copy(source: &Utf8Path, target: &Utf8Path) {
    for entry in source.read_dir_utf8().unwrap_or_else(|error| panic!("{source} cannot be read: {error}")) {
        let entry = entry.expect("an entry of the tree");
        let to = target.join(entry.file_name());
        let kind = entry.file_type().expect("the kind of an entry");
        if kind.is_dir() {
            if !["target", "node_modules", ".git"].contains(&entry.file_name()) {
                fs::create_dir_all(&to).expect("a folder of the copy");
                copy(entry.path(), &to);
            }
        } else if kind.is_file() {
            fs::copy(entry.path(), &to).expect("a file of the copy");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_written_from_text_and_copied() {
        let project = Project::from_text("\n-- a/package.json --\n{}\n-- b.txt --\none\n\ntwo\n");
        project.write("node_modules/x/index.js", "");
        let copied = Project::copy_of(project.path());
        assert_eq!(copied.read("a/package.json"), "{}\n");
        assert_eq!(copied.read("b.txt"), "one\n\ntwo\n");
        assert!(!copied.join("node_modules").exists());
    }
}
