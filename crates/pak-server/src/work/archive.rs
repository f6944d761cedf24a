//! Unpacks an uploaded archive: zip, tar or gzipped tar, told by its content. It comes from whoever may upload: its names, sizes
//! and kinds are hostile until they are checked (`fresh.rs`).

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};

use camino::Utf8Path;
use flate2::bufread::MultiGzDecoder;
use pak_model::{Problem, Result, code};
use tar::EntryType;

use super::fresh::{Fresh, LIMITS, Limits, refused};

/// A file that unpacks to more than so many times its size is made to fill the disk.
const RATIO: u64 = 200;
/// Below this an archive may unpack to any multiple of its size.
const SMALL: u64 = 32 << 20;
/// The longest name, and the longest list of properties, that an entry of a tar may bring.
const LONGEST_NAME: u64 = 64 << 10;

/// Unpacks a file into a new folder; a single folder at the top is taken away.
pub(super) fn unpack(file: &Utf8Path, into: &Utf8Path) -> Result<()> {
    unpack_within(file, into, LIMITS)
}

fn unpack_within(path: &Utf8Path, into: &Utf8Path, limits: Limits) -> Result<()> {
    let broken = |error: &io::Error| unusable("The archive cannot be read.").cause(error);
    let mut file = File::open(path).map_err(|error| broken(&error))?;
    let size = file.metadata().map_err(|error| broken(&error))?.len();
    let limits = Limits { bytes: limits.bytes.min(SMALL.max(size.saturating_mul(RATIO))), ..limits };
    let mut head = Vec::new();
    file.by_ref().take(512).read_to_end(&mut head).map_err(|error| broken(&error))?;
    file.seek(SeekFrom::Start(0)).map_err(|error| broken(&error))?;
    let mut fresh = Fresh::new(into, limits)?;
    match head.as_slice() {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => zip(file, &mut fresh)?,
        // What is decompressed and thrown away is bounded too: entries that are skipped still take time.
        [0x1f, 0x8b, ..] => {
            let bound = limits.bytes.saturating_add(limits.entries as u64 * 1024);
            tar(MultiGzDecoder::new(BufReader::new(file)).take(bound), &mut fresh)?;
        }
        _ if head.get(257..262) == Some(b"ustar") => tar(file, &mut fresh)?,
        _ => return Err(unusable("The archive is neither a zip, nor a tar, nor a gzipped tar.")),
    }
    fresh.finish(true)
}

fn zip(file: File, fresh: &mut Fresh) -> Result<()> {
    let broken = |error: &zip::result::ZipError| unusable("The archive is a damaged zip.").cause(error);
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| broken(&error))?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| broken(&error))?;
        let name = entry.name().map_err(|error| broken(&error))?.into_owned();
        // What macOS adds beside each file.
        if name.starts_with("__MACOSX/") {
            continue;
        }
        let mode = entry.unix_mode().unwrap_or(0o644);
        match mode & 0o170_000 {
            _ if entry.is_dir() => fresh.folder(&name)?,
            0o120_000 => {
                let target = text(&mut entry).map_err(|error| unusable("A link cannot be read.").cause(&error))?;
                fresh.link(&name, &target)?;
            }
            0 | 0o100_000 => fresh.file(&name, mode & 0o111 != 0, &mut entry).map(drop)?,
            _ => return Err(refused(&name, "is neither a file nor a folder")),
        }
    }
    Ok(())
}

/// Names that do not fit a header come as entries before it: they are read here, bounded, and not by the library.
fn tar(reader: impl Read, fresh: &mut Fresh) -> Result<()> {
    let broken = |error: &io::Error| unusable("The archive is a damaged tar.").cause(error);
    let mut archive = tar::Archive::new(reader);
    let (mut long_name, mut long_link) = (None, None);
    for entry in archive.entries().map_err(|error| broken(&error))?.raw(true) {
        let mut entry = entry.map_err(|error| broken(&error))?;
        let header = entry.header().clone();
        match header.entry_type() {
            EntryType::GNULongName => long_name = Some(text(&mut entry).map_err(|error| broken(&error))?),
            EntryType::GNULongLink => long_link = Some(text(&mut entry).map_err(|error| broken(&error))?),
            EntryType::XHeader => {
                let properties = text(&mut entry).map_err(|error| broken(&error))?;
                for property in tar::PaxExtensions::new(properties.as_bytes()) {
                    let property = property.map_err(|error| broken(&error))?;
                    match (property.key(), property.value()) {
                        (Ok("path"), Ok(value)) => long_name = Some(value.to_owned()),
                        (Ok("linkpath"), Ok(value)) => long_link = Some(value.to_owned()),
                        (Ok("size" | "GNU.sparse.major"), _) => {
                            return Err(refused("an entry", "is sparse, or larger than 8 GiB"));
                        }
                        _ => {}
                    }
                }
            }
            // The commit that `git archive` notes.
            EntryType::XGlobalHeader => {}
            kind => {
                let in_header = || utf8(header.path_bytes().as_ref());
                let name = long_name.take().map_or_else(in_header, Ok)?;
                let link = long_link.take();
                let executable = header.mode().is_ok_and(|mode| mode & 0o111 != 0);
                match kind {
                    // Old tars tell a folder by the slash alone.
                    EntryType::Regular if name.ends_with('/') => fresh.folder(&name)?,
                    EntryType::Regular | EntryType::Continuous => {
                        let promised = header.entry_size().map_err(|error| broken(&error))?;
                        if fresh.file(&name, executable, &mut entry)? != promised {
                            return Err(unusable("The archive is cut off, or unpacks to far more than its size."));
                        }
                    }
                    EntryType::Directory => fresh.folder(&name)?,
                    EntryType::Symlink => {
                        let in_header = || utf8(header.link_name_bytes().as_deref().unwrap_or_default());
                        fresh.link(&name, &link.map_or_else(in_header, Ok)?)?;
                    }
                    EntryType::Link => return Err(refused(&name, "is a hard link: pack it as a file of its own")),
                    _ => return Err(refused(&name, "is neither a file, a folder nor a link")),
                }
            }
        }
    }
    Ok(())
}

fn utf8(bytes: &[u8]) -> Result<String> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| refused(&String::from_utf8_lossy(bytes), "is not named in UTF-8"))?;
    Ok(text.to_owned())
}

/// A short text that is an entry's content.
fn text(entry: &mut impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    entry.take(LONGEST_NAME + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST_NAME {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a name is longer than 64 KiB"));
    }
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a name is not UTF-8"))
}

fn unusable(what: &str) -> Problem {
    Problem::new(code::server::SOURCE, what)
}

#[cfg(test)]
mod tests;
