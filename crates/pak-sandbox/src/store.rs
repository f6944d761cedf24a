//! What the registries hold, as plain files. Written to a temporary name and renamed, so that a killed process leaves no half file.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use tokio::sync::OwnedMutexGuard;

/// A folder of files with names that are checked, and a lock per package for read-modify-write.
#[derive(Clone)]
pub struct Store {
    root: Utf8PathBuf,
    locks: Arc<Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>>,
}

impl Store {
    /// Opens (and makes) the folder.
    pub fn open(root: impl Into<Utf8PathBuf>) -> io::Result<Self> {
        let root = root.into();
        std::fs::create_dir_all(root.join("tmp"))?;
        Ok(Self { root, locks: Arc::default() })
    }

    /// The path of a key; keys are relative, made of ordinary parts.
    pub fn path(&self, key: &str) -> io::Result<Utf8PathBuf> {
        let ordinary =
            |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0', ':']);
        if key.split('/').all(ordinary) {
            Ok(self.root.join(key))
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{key}` is not a storable name")))
        }
    }

    /// Reads a file; `None` where there is none.
    pub fn read(&self, key: &str) -> io::Result<Option<Vec<u8>>> {
        match std::fs::read(self.path(key)?) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a file is there.
    pub fn has(&self, key: &str) -> bool {
        self.path(key).is_ok_and(|path| path.is_file())
    }

    /// Writes a whole file at once.
    pub fn write(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.temporary()?;
        file.write_all(bytes)?;
        self.keep(file, key)
    }

    /// A temporary file on the same file system, for streams.
    pub fn temporary(&self) -> io::Result<tempfile::NamedTempFile> {
        tempfile::NamedTempFile::new_in(self.root.join("tmp"))
    }

    /// Gives a temporary file its name.
    pub fn keep(&self, file: tempfile::NamedTempFile, key: &str) -> io::Result<()> {
        let path = self.path(key)?;
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Removes a file; whether there was one.
    pub fn remove(&self, key: &str) -> io::Result<bool> {
        match std::fs::remove_file(self.path(key)?) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Names directly below a folder, sorted; empty where there is no folder.
    pub fn list(&self, key: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        match Utf8Path::read_dir_utf8(&self.path(key)?) {
            Ok(entries) => {
                for entry in entries {
                    names.push(entry?.file_name().to_owned());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        names.sort();
        Ok(names)
    }

    /// Holds a name while its documents are read, changed and written.
    pub async fn lock(&self, name: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(locks.entry(name.to_owned()).or_default())
        };
        lock.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Utf8PathBuf::from_path_buf(folder.path().join("s")).unwrap()).unwrap();
        for bad in ["../x", "a/../../x", "/etc/passwd", "a//b", "", "a\\b", "c:/x"] {
            assert!(store.write(bad, b"x").is_err(), "{bad}");
        }
        store.write("npm/@scope/name.json", b"x").unwrap();
        assert_eq!(store.list("npm/@scope").unwrap(), ["name.json"]);
        assert_eq!(store.read("npm/none").unwrap(), None);
    }
}
