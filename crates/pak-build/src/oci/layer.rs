//! Layers: tar archives that depend on nothing but their content, written once and hashed on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self as std_io, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write};

use camino::{Utf8Path, Utf8PathBuf};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use pak_model::{Hasher, Result};

use super::source::Stretch;
use super::{invalid, io};
use crate::permissions::let_others_read;

/// Something in a layer. Keys of [`Items`] are paths without a leading slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) mode: u32,
    pub(super) owner: (u64, u64),
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Folder,
    File(Utf8PathBuf),
    Link(String),
}

/// A layer's content. Sorted, so that a folder comes before what is in it.
pub(super) type Items = BTreeMap<String, Item>;

/// A layer that was written.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    /// The SHA-256 of the compressed bytes, as hex.
    pub(super) hex: String,
    /// The digest of the tar inside.
    pub(super) diff_id: String,
    pub(super) size: u64,
}

/// Writes a layer into a folder, under its digest.
pub(super) fn write(folder: &Utf8Path, items: &Items, mtime: u64) -> Result<Layer> {
    let failed = |error: &std_io::Error| io(folder, error);
    let file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
    let compressed = Hashing::new(BufWriter::new(file));
    let plain = Hashing::new(GzEncoder::new(compressed, Compression::new(6)));
    let mut tar = tar::Builder::new(plain);
    for (path, item) in items {
        append(&mut tar, path, item, mtime).map_err(|error| match &item.kind {
            Kind::File(file) => io(file, &error),
            _ => failed(&error),
        })?;
    }
    let plain = tar.into_inner().map_err(|error| failed(&error))?;
    let diff_id = plain.digest();
    let compressed = plain.inner.finish().map_err(|error| failed(&error))?;
    let (hex, size) = (compressed.digest(), compressed.hasher.length());
    let file = compressed.inner.into_inner().map_err(|error| failed(error.error()))?;
    // A layout is meant to be read by others.
    let_others_read(file.as_file()).map_err(|error| failed(&error))?;
    file.persist(folder.join(&hex)).map_err(|error| failed(&error.error))?;
    Ok(Layer { hex, diff_id: format!("sha256:{diff_id}"), size })
}

fn append<W: Write>(tar: &mut tar::Builder<W>, path: &str, item: &Item, mtime: u64) -> std_io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_mode(item.mode);
    header.set_mtime(mtime);
    header.set_uid(item.owner.0);
    header.set_gid(item.owner.1);
    header.set_size(0);
    match &item.kind {
        Kind::Folder => {
            header.set_entry_type(tar::EntryType::Directory);
            tar.append_data(&mut header, format!("{path}/"), std_io::empty())
        }
        Kind::Link(target) => {
            header.set_entry_type(tar::EntryType::Symlink);
            tar.append_link(&mut header, path, target)
        }
        Kind::File(source) => {
            let file = File::open(source)?;
            let size = file.metadata()?.len();
            header.set_entry_type(tar::EntryType::Regular);
            header.set_size(size);
            let mut content = Counting { inner: file.take(size), length: 0 };
            tar.append_data(&mut header, path, &mut content)?;
            if content.length == size {
                return Ok(());
            }
            Err(std_io::Error::new(std_io::ErrorKind::InvalidData, "the file changed while it was packed"))
        }
    }
}

/// The folders a base image's layer holds, so that a recipe on top of it neither replaces nor re-marks them.
pub(super) fn folders(layer: &Stretch, media_type: &str) -> Result<BTreeSet<String>> {
    let damaged = |error: &std_io::Error| invalid(&layer.path, "a layer of the base image is damaged").cause(error);
    let mut file = File::open(&layer.path).map_err(|error| io(&layer.path, &error))?;
    file.seek(SeekFrom::Start(layer.offset)).map_err(|error| io(&layer.path, &error))?;
    let bytes = BufReader::new(file.take(layer.size));
    let reader: Box<dyn Read> = if media_type.ends_with("gzip") {
        Box::new(MultiGzDecoder::new(bytes))
    } else if media_type.ends_with("zstd") {
        Box::new(zstd::Decoder::with_buffer(bytes).map_err(|error| damaged(&error))?)
    } else {
        Box::new(bytes)
    };
    let mut found = BTreeSet::new();
    let mut archive = tar::Archive::new(reader);
    for entry in archive.entries().map_err(|error| damaged(&error))? {
        let entry = entry.map_err(|error| damaged(&error))?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").trim_matches('/').to_owned();
        if entry.header().entry_type() == tar::EntryType::Directory {
            found.insert(path.clone());
        }
        // Layers need not list the folders that their files are in.
        found.extend(super::recipe::ancestors(&path).map(str::to_owned));
    }
    Ok(found)
}

/// Hashes what passes.
struct Hashing<W> {
    inner: W,
    hasher: Hasher,
}

impl<W> Hashing<W> {
    fn new(inner: W) -> Self {
        Self { inner, hasher: Hasher::sha256_only() }
    }

    fn digest(&self) -> String {
        self.hasher.clone().finish().sha256.unwrap_or_default()
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std_io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> std_io::Result<()> {
        self.inner.flush()
    }
}

/// Counts what is read: a file that shrinks while it is packed would leave a damaged archive.
struct Counting<R> {
    inner: R,
    length: u64,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std_io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.length += read as u64;
        Ok(read)
    }
}
