//! Who uses a data folder: any number of short-lived sandboxes side by side, or one that is served for people.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;

use camino::Utf8Path;

/// The file that holds the address of the sandbox that is served.
pub(crate) const ADDRESS: &str = "address";

/// A sandbox of another process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// `http://127.0.0.1:<port>`.
    pub base: String,
    /// The token that may write.
    pub token: String,
}

/// The sandbox that another process serves from a folder, if one does.
pub fn running(data: &Utf8Path) -> Option<Running> {
    // A folder that can be shared is served by nobody, whatever address an ended process left in it.
    let file = OpenOptions::new().read(true).write(true).open(data.join("lock")).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {
            let read = |name: &str| std::fs::read_to_string(data.join(name)).ok().map(|text| text.trim().to_owned());
            Some(Running { base: read(ADDRESS)?, token: read("token")? })
        }
        _ => None,
    }
}

/// Occupies a folder, alone or beside others; `None` where the others do not allow it. Ends with the file.
pub(crate) fn take(data: &Utf8Path, alone: bool) -> io::Result<Option<File>> {
    let path = data.join("lock");
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    match if alone { file.try_lock() } else { file.try_lock_shared() } {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_served_or_many_short_ones() {
        let folder = tempfile::tempdir().unwrap();
        let data = Utf8Path::from_path(folder.path()).unwrap();
        let first = take(data, false).unwrap().unwrap();
        let second = take(data, false).unwrap();
        assert!(second.is_some() && running(data).is_none());
        assert!(take(data, true).unwrap().is_none());
        drop((first, second));
        let served = take(data, true).unwrap();
        assert!(served.is_some() && take(data, false).unwrap().is_none());
        assert_eq!(running(data), None, "no address yet");
        std::fs::write(data.join(ADDRESS), "http://127.0.0.1:1").unwrap();
        std::fs::write(data.join("token"), "t\n").unwrap();
        assert_eq!(running(data), Some(Running { base: "http://127.0.0.1:1".into(), token: "t".into() }));
        drop(served);
        assert_eq!(running(data), None);
    }
}
