//! Where an image's blobs lie: files of a folder, or stretches of an archive. Nothing is unpacked.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use camino::Utf8PathBuf;
use pak_model::{Hasher, Result};
use serde_json::Value;

use super::{invalid, io};

/// The largest document (manifest, index, configuration) read into memory.
const DOCUMENT_LIMIT: u64 = 16 << 20;

/// A stretch of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) path: Utf8PathBuf,
    pub(super) offset: u64,
    pub(super) size: u64,
}

/// From the hex of a blob's SHA-256 to where it lies.
pub(super) type Finder = Box<dyn Fn(&str) -> Option<Stretch>>;

/// An image as it was given: its index, and a way to find a blob by digest.
pub(super) struct Source {
    /// The folder or archive, for messages.
    pub(super) path: Utf8PathBuf,
    /// `index.json`, or what stands for it.
    pub(super) index: Value,
    /// Finds a blob by the hex of its SHA-256.
    pub(super) find: Finder,
}

impl Source {
    /// The stretch of a blob; a digest that is malformed or not there is a problem.
    pub(super) fn blob(&self, digest: &str) -> Result<Stretch> {
        let hex =
            digest.strip_prefix("sha256:").filter(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(hex) = hex else {
            return Err(invalid(&self.path, format!("`{digest}` is not a sha256 digest")));
        };
        (self.find)(hex).ok_or_else(|| invalid(&self.path, format!("blob {digest} is missing")))
    }

    /// A small document, its digest confirmed.
    pub(super) fn document(&self, digest: &str) -> Result<String> {
        let stretch = self.blob(digest)?;
        let bytes = read(&stretch)?;
        let mut hasher = Hasher::sha256_only();
        hasher.update(&bytes);
        let found = format!("sha256:{}", hasher.finish().sha256.unwrap_or_default());
        if found != digest {
            return Err(invalid(&self.path, format!("blob {digest} holds other bytes ({found})")));
        }
        String::from_utf8(bytes).map_err(|_| invalid(&self.path, format!("document {digest} is not text")))
    }
}

/// Reads a document whole.
pub(super) fn read(stretch: &Stretch) -> Result<Vec<u8>> {
    if stretch.size > DOCUMENT_LIMIT {
        return Err(invalid(
            &stretch.path,
            format!("a document of {} bytes is larger than any image has", stretch.size),
        ));
    }
    let mut bytes = Vec::new();
    let mut file = File::open(&stretch.path).map_err(|error| io(&stretch.path, &error))?;
    file.seek(SeekFrom::Start(stretch.offset))
        .and_then(|_| file.take(stretch.size).read_to_end(&mut bytes))
        .map_err(|error| io(&stretch.path, &error))?;
    Ok(bytes)
}

/// The digest of a stretch, in constant memory.
pub(super) fn hash(stretch: &Stretch) -> Result<String> {
    let mut file = File::open(&stretch.path).map_err(|error| io(&stretch.path, &error))?;
    file.seek(SeekFrom::Start(stretch.offset)).map_err(|error| io(&stretch.path, &error))?;
    let mut file = file.take(stretch.size);
    let mut hasher = Hasher::sha256_only();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer).map_err(|error| io(&stretch.path, &error))?;
        if read == 0 {
            return Ok(hasher.finish().sha256.unwrap_or_default());
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}
