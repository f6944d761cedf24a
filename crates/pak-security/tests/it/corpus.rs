//! The corpus of lock files, advisories and versions that lies beside the repository; tests that want it skip without it.

use std::path::{Path, PathBuf};

/// The folder of the corpus, or a printed line that says what is skipped.
pub(crate) fn folder(test: &str) -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here.ancestors().map(|folder| folder.join("shared/testing/corpus/security")).find(|path| path.is_dir());
    if found.is_none() {
        println!("skipped: {test}: the security corpus is not here");
    }
    found
}

/// The files of a `.tar.xz` of the corpus.
pub(crate) fn archive(path: &Path) -> Vec<(String, String)> {
    let file = std::fs::File::open(path).unwrap();
    let mut archive = tar::Archive::new(liblzma::read::XzDecoder::new(file));
    let mut files = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        files.push((name, String::from_utf8_lossy(&bytes).into_owned()));
    }
    files
}

/// Writes the files of a `.tar.xz` of the corpus below a folder.
pub(crate) fn unpack(path: &Path, into: &Path) {
    for (path, text) in archive(path).into_iter().filter(|(_, text)| !text.is_empty()) {
        let path = into.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}
