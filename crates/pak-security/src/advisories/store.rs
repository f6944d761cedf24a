//! The files of the database: one for each ecosystem, with the entries of a package beside each other and an index of names
//! at the end, and a manifest that says which files hold. New files are written beside the old ones; renaming the manifest
//! is what makes them the database, so a reader sees the old state or the new one.
//!
//! Blocks are read by seeking, not through a memory map: mapping a file that another process may change is not safe in Rust's
//! sense, and a scan reads a few hundred blocks.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use pak_model::{Problem, Result, code};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::entry::Entry;

/// The form of the files; raised when older versions of pak would misread them.
pub(super) const FORMAT: u32 = 1;
/// The manifest's name.
pub(super) const MANIFEST: &str = "database.json";
/// What the names of data files end with.
pub(super) const EXTENSION: &str = ".advisories";

/// What the database consists of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    pub(super) imported: Timestamp,
    pub(super) newest: Timestamp,
    pub(super) records: u64,
    pub(super) sha256: String,
    pub(super) ecosystems: BTreeMap<String, Part>,
    /// All records by id, for the next import.
    pub(super) ids: Part,
}

/// One data file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) file: String,
    pub(super) sha256: String,
    pub(super) entries: u64,
    pub(super) newest: Timestamp,
    pub(super) index_at: u64,
    pub(super) index_length: u64,
    pub(super) index_sha256: String,
}

impl Part {
    /// Compares the whole file with its digest.
    pub(super) fn check(&self, folder: &Utf8Path) -> Result<()> {
        let path = folder.join(&self.file);
        let mut file = File::open(&path).map_err(|_| damaged(&path, "is missing"))?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = file.read(&mut buffer).map_err(|error| unusable(&path, &error))?;
            if read == 0 {
                break;
            }
            hasher.update(buffer.get(..read).unwrap_or_default());
        }
        if hex::encode(hasher.finalize()) == self.sha256 { Ok(()) } else { Err(damaged(&path, "was changed")) }
    }
}

/// A name, where its block begins, its length, and the first bytes of its digest in hex.
type IndexLine = (String, u64, u64, String);

pub(super) fn unusable(path: &Utf8Path, error: &std::io::Error) -> Problem {
    Problem::new(code::security::DATABASE_FAILED, format!("{path} cannot be used.")).about("file", path).cause(error)
}

pub(super) fn damaged(path: &Utf8Path, what: &str) -> Problem {
    Problem::new(code::security::DATABASE_DAMAGED, format!("The advisory database is damaged: {path} {what}."))
        .about("file", path)
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The manifest of a folder, if there is a database in it.
pub(super) fn manifest(folder: &Utf8Path) -> Result<Option<Manifest>> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let path = folder.join(MANIFEST);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(&path, &error)),
    };
    let format: Format = serde_json::from_slice(&bytes).map_err(|_| damaged(&path, "is not readable"))?;
    if format.format != FORMAT {
        return Err(damaged(&path, &format!("is of form {}, this pak reads form {FORMAT}", format.format)));
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|_| damaged(&path, "is not readable"))
}

/// Makes a manifest the one that holds.
pub(super) fn publish(folder: &Utf8Path, manifest: &Manifest) -> Result<()> {
    let path = folder.join(MANIFEST);
    let failed = |error: std::io::Error| unusable(&path, &error);
    let mut file = NamedTempFile::new_in(folder).map_err(failed)?;
    serde_json::to_writer_pretty(&mut file, manifest).map_err(|error| failed(error.into()))?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    // What no longer belongs to it. A file that is still open elsewhere goes with the next import.
    let kept: Vec<&str> = manifest.ecosystems.values().chain([&manifest.ids]).map(|part| part.file.as_str()).collect();
    for entry in folder.read_dir_utf8().map_err(failed)?.flatten() {
        if entry.file_name().ends_with(EXTENSION) && !kept.contains(&entry.file_name()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    Ok(())
}

/// A data file that is being read.
#[derive(Debug)]
pub(super) struct Reader {
    path: Utf8PathBuf,
    file: Mutex<File>,
    index: Vec<IndexLine>,
}

impl Reader {
    pub(super) fn open(folder: &Utf8Path, part: &Part) -> Result<Self> {
        let path = folder.join(&part.file);
        let mut file = File::open(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => damaged(&path, "is missing"),
            _ => unusable(&path, &error),
        })?;
        let bytes = slice(&mut file, part.index_at, part.index_length).map_err(|_| damaged(&path, "is cut short"))?;
        if sha256(&bytes) != part.index_sha256 {
            return Err(damaged(&path, "has an index that was changed"));
        }
        let index = serde_json::from_slice(&bytes).map_err(|_| damaged(&path, "has no readable index"))?;
        Ok(Self { path, file: Mutex::new(file), index })
    }

    /// The names in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.index.iter().map(|(name, ..)| name.as_str())
    }

    /// The block of a name.
    pub(super) fn block(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let Ok(place) = self.index.binary_search_by(|(known, ..)| known.as_str().cmp(name)) else { return Ok(None) };
        let Some((_, at, length, check)) = self.index.get(place) else { return Ok(None) };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = slice(&mut file, *at, *length).map_err(|_| damaged(&self.path, "is cut short"))?;
        if sha256(&bytes).get(..16) != Some(check.as_str()) {
            return Err(damaged(&self.path, &format!("was changed at the entries of {name}")));
        }
        Ok(Some(bytes))
    }

    /// The entries of a name, by id.
    pub(super) fn entries(&self, name: &str) -> Result<Vec<Entry>> {
        let Some(block) = self.block(name)? else { return Ok(Vec::new()) };
        serde_json::from_slice(&block).map_err(|_| damaged(&self.path, &format!("holds unreadable entries of {name}")))
    }
}

/// Bytes of a file; sizes come from a checked manifest or index, and never reach beyond the file.
fn slice(file: &mut File, at: u64, length: u64) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(std::io::ErrorKind::UnexpectedEof.into()) }
}

/// A data file that is being written, block by block in the order of the names.
pub(super) struct Writer<'a> {
    folder: &'a Utf8Path,
    out: BufWriter<NamedTempFile>,
    hasher: Sha256,
    at: u64,
    index: Vec<IndexLine>,
    entries: u64,
}

impl<'a> Writer<'a> {
    pub(super) fn new(folder: &'a Utf8Path) -> Result<Self> {
        let file = NamedTempFile::new_in(folder).map_err(|error| unusable(folder, &error))?;
        let mut writer =
            Self { folder, out: BufWriter::new(file), hasher: Sha256::new(), at: 0, index: Vec::new(), entries: 0 };
        writer.write(format!("pak advisories {FORMAT}\n").as_bytes())?;
        Ok(writer)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(|error| unusable(self.folder, &error))?;
        self.hasher.update(bytes);
        self.at += bytes.len() as u64;
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    pub(super) fn push(&mut self, name: &str, block: &[u8], entries: usize) -> Result<()> {
        let check = sha256(block).chars().take(16).collect();
        self.index.push((name.to_owned(), self.at, block.len() as u64, check));
        self.entries += entries as u64;
        self.write(block)?;
        self.write(b"\n")
    }

    /// Puts the file into its place under a name that says what it holds.
    pub(super) fn finish(mut self, title: &str, newest: Timestamp) -> Result<Part> {
        let failed = |error: std::io::Error| unusable(self.folder, &error);
        let index = serde_json::to_vec(&self.index).map_err(|error| failed(error.into()))?;
        let (index_at, index_sha256) = (self.at, sha256(&index));
        self.write(&index)?;
        let folder = self.folder;
        let failed = |error: std::io::Error| unusable(folder, &error);
        let sha256 = hex::encode(self.hasher.finalize());
        let slug: String = title
            .chars()
            .map(|sign| if sign.is_ascii_alphanumeric() { sign.to_ascii_lowercase() } else { '-' })
            .collect();
        let file = format!("{slug}-{}{EXTENSION}", sha256.get(..16).unwrap_or_default());
        let written = self.out.into_inner().map_err(|error| failed(error.into_error()))?;
        written.as_file().sync_all().map_err(failed)?;
        written.persist(folder.join(&file)).map_err(|error| failed(error.error))?;
        Ok(Part {
            file,
            sha256,
            entries: self.entries,
            newest,
            index_at,
            index_length: index.len() as u64,
            index_sha256,
        })
    }
}
