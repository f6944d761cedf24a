//! Source distributions: `.tar.gz` with one top folder and `PKG-INFO` in it.

use std::fs::File;
use std::io::{BufReader, Read};

use camino::Utf8Path;
use flate2::bufread::MultiGzDecoder;
use pak_model::artifact::PythonDetails;
use pak_model::python::parse_sdist_name;
use tar::EntryType;

use super::{BOMB_SIZE, MEMBERS_LIMIT, RATIO_LIMIT, checked_path, details, read_metadata};

/// The largest PAX or GNU extension record; they hold names, which are short.
const EXTENSION_LIMIT: u64 = 1 << 20;

pub(super) fn read(path: &Utf8Path, size: u64) -> Result<PythonDetails, String> {
    let file_name = path.file_name().unwrap_or_default();
    parse_sdist_name(file_name).ok_or("its name is not of the form name-version.tar.gz")?;
    let file = File::open(path).map_err(|error| format!("it cannot be opened ({error})"))?;
    let unpacked = Limited {
        inner: MultiGzDecoder::new(BufReader::new(file)),
        left: BOMB_SIZE.max(size.saturating_mul(RATIO_LIMIT)),
    };
    let mut archive = tar::Archive::new(unpacked);
    let damaged = |error: std::io::Error| format!("it is not a tar.gz archive ({error})");
    let mut members: Vec<String> = Vec::new();
    let mut metadata: Option<Vec<u8>> = None;
    let mut long_name: Option<Vec<u8>> = None;
    // Raw entries: the library would read extension records of any length into memory.
    for entry in archive.entries().map_err(damaged)?.raw(true) {
        let mut entry = entry.map_err(damaged)?;
        let length = entry.header().entry_size().map_err(damaged)?;
        match entry.header().entry_type() {
            EntryType::XHeader | EntryType::GNULongName => {
                let pax = entry.header().entry_type() == EntryType::XHeader;
                let record = extension(&mut entry, length)?;
                long_name = if pax { pax_path(&record)?.or(long_name) } else { Some(trimmed(record)) };
                continue;
            }
            EntryType::XGlobalHeader | EntryType::GNULongLink => continue,
            EntryType::GNUSparse => return Err("it has a sparse member, which indexes refuse".to_owned()),
            EntryType::Directory => {
                long_name = None;
                continue;
            }
            _ => {}
        }
        let raw = long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
        let name = checked_path(raw.strip_prefix(b"./").unwrap_or(&raw))?.to_owned();
        if name.split_once('/').is_some_and(|(_, rest)| rest == "PKG-INFO") && metadata.is_none() {
            metadata = Some(read_metadata(&name, length, &mut entry)?);
        }
        members.push(name);
        if members.len() > MEMBERS_LIMIT {
            return Err(format!("it has more than {MEMBERS_LIMIT} members"));
        }
    }
    let metadata = metadata.ok_or("it has no PKG-INFO in its top folder")?;
    details(&metadata, "source".to_owned(), Vec::new(), members)
}

/// A GNU long name ends in a zero byte.
fn trimmed(mut record: Vec<u8>) -> Vec<u8> {
    while record.last() == Some(&0) {
        record.pop();
    }
    record
}

fn extension(entry: &mut impl Read, length: u64) -> Result<Vec<u8>, String> {
    if length > EXTENSION_LIMIT {
        return Err("it has an extension record of more than a megabyte".to_owned());
    }
    let mut record = Vec::new();
    entry.read_to_end(&mut record).map_err(|error| format!("it is damaged ({error})"))?;
    Ok(record)
}

/// The `path` of a PAX record: lines of `<length> <key>=<value>\n`.
fn pax_path(record: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let mut path = None;
    for pair in tar::PaxExtensions::new(record) {
        let pair = pair.map_err(|error| format!("it has a damaged extension record ({error})"))?;
        if pair.key_bytes().starts_with(b"GNU.sparse") {
            return Err("it has a sparse member, which indexes refuse".to_owned());
        }
        // The library takes member sizes from the plain header in raw mode; a size in here would let the two disagree.
        if pair.key_bytes() == b"size" {
            return Err("it has a member of more than 8 GiB".to_owned());
        }
        if pair.key_bytes() == b"path" {
            path = Some(pair.value_bytes().to_owned());
        }
    }
    Ok(path)
}

/// Fails once more bytes came out than an honest archive of this size holds.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(length as u64).ok_or_else(|| {
            std::io::Error::other(format!(
                "its content is more than {RATIO_LIMIT} times its size, as that of a bomb is"
            ))
        })?;
        Ok(length)
    }
}
