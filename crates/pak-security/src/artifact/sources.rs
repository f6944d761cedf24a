//! The source tree an artifact was built from, as far as the comparison needs it: which files are tracked, and their content.

use std::collections::BTreeMap;

use camino::Utf8Path;
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

/// Larger sources are known by name only.
const MOST_BYTES: u64 = 64 << 20;

/// The tracked files of a package's folder.
#[derive(Debug, Clone, Default)]
pub struct SourceFiles(BTreeMap<String, Option<[u8; 32]>>);

impl SourceFiles {
    /// Reads the files at `paths` (relative to `root`, with `/`). One that cannot be read is known by name only.
    pub fn read(root: &Utf8Path, paths: &[String]) -> Self {
        let content = |path: &String| {
            let full = root.join(path);
            let small = std::fs::metadata(&full).is_ok_and(|metadata| metadata.len() <= MOST_BYTES);
            let digest = small.then(|| std::fs::read(&full).ok()).flatten().map(|bytes| digest(&bytes));
            (path.clone(), digest)
        };
        Self(paths.par_iter().map(content).collect())
    }

    /// From files in memory.
    pub fn of<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Self {
        Self(files.into_iter().map(|(path, bytes)| (path.to_owned(), Some(digest(bytes)))).collect())
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tracked file that an artifact's file at `path` comes from: the same path, or the same below a source folder.
    pub(super) fn find(&self, path: &str) -> Option<(&str, Option<[u8; 32]>)> {
        let places = [path.to_owned(), format!("src/{path}"), format!("lib/{path}"), format!("python/{path}")];
        places.iter().find_map(|place| self.0.get_key_value(place)).map(|(path, digest)| (path.as_str(), *digest))
    }
}

/// The digest of a file, the same for both kinds of line ends.
pub(super) fn digest(bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut rest = bytes;
    while let Some(at) = memchr::memmem::find(rest, b"\r\n") {
        let (line, after) = rest.split_at(at);
        hash.update(line);
        rest = after.get(1..).unwrap_or_default();
    }
    hash.update(rest);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_do_not_make_another_file() {
        assert_eq!(digest(b"a\r\nb\r\n"), digest(b"a\nb\n"));
        assert_ne!(digest(b"a\nb"), digest(b"a\nb\n"));
        let sources = SourceFiles::of([("src/greeter/__init__.py", &b"x"[..])]);
        assert!(sources.find("greeter/__init__.py").is_some());
        assert!(sources.find("greeter/other.py").is_none());
    }
}
