//! Where records come from: a zip, a folder, a tar, JSON or YAML documents, JSON lines, each also compressed by gzip.
//! Every size is bounded: these files come from the network.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use camino::Utf8Path;
use flate2::read::MultiGzDecoder;
use pak_model::{Problem, Result, code};

use super::record::Record;
use crate::tree::{self, Selection};

/// The largest document or line; records of real databases stay below 2 MiB.
const LARGEST_DOCUMENT: u64 = 64 << 20;
/// How many times its size a compressed file may hold, beyond the first 64 MiB. Real ones reach 30.
const MOST_RATIO: u64 = 300;
/// The most that is read of anything.
const MOST_BYTES: u64 = 64 << 30;

/// One document of a source.
#[derive(Debug)]
pub(super) enum Document {
    /// A record in OSV's form.
    Record(Box<Record>),
    /// A document of another form.
    Other,
    /// Larger than any record.
    TooLarge,
}

type Visit<'a> = &'a mut dyn FnMut(Document) -> Result<()>;

/// Visits every document below a path, files of a folder by name.
pub(super) fn each(source: &Utf8Path, visit: Visit<'_>) -> Result<()> {
    if !source.is_dir() {
        return file(source, visit);
    }
    let (files, _) = tree::files(source, &Selection::default());
    let known = [".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".gz", ".tgz", ".zip", ".tar"];
    for found in files.iter().filter(|found| known.iter().any(|end| found.relative.ends_with(end))) {
        file(&found.path, visit)?;
    }
    Ok(())
}

fn unreadable(path: &Utf8Path, error: &(dyn std::error::Error + 'static)) -> Problem {
    Problem::new(code::security::SOURCE_UNUSABLE, format!("{path} cannot be read as advisories."))
        .about("file", path)
        .cause(error)
}

fn file(path: &Utf8Path, visit: Visit<'_>) -> Result<()> {
    let failed = |error: std::io::Error| unreadable(path, &error);
    let opened = File::open(path).map_err(failed)?;
    let size = opened.metadata().map_err(failed)?.len();
    let mut reader = BufReader::with_capacity(1 << 16, opened);
    let head = reader.fill_buf().map_err(failed)?;
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return zip(path, size, reader, visit);
    }
    if head.starts_with(&[0x1f, 0x8b]) {
        let bound = (64 << 20) + size.saturating_mul(MOST_RATIO);
        let bounded = Bounded { inner: MultiGzDecoder::new(reader), left: bound.min(MOST_BYTES) };
        let mut reader = BufReader::with_capacity(1 << 16, bounded);
        return unpacked(path, path.as_str().trim_end_matches(".gz"), &mut reader, visit);
    }
    unpacked(path, path.as_str(), &mut reader, visit)
}

fn unpacked(path: &Utf8Path, name: &str, reader: &mut dyn BufRead, visit: Visit<'_>) -> Result<()> {
    let head = reader.fill_buf().map_err(|error| unreadable(path, &error))?;
    if head.get(257..262) == Some(b"ustar") { tar(path, reader, visit) } else { stream(path, name, reader, visit) }
}

fn zip(path: &Utf8Path, size: u64, reader: BufReader<File>, visit: Visit<'_>) -> Result<()> {
    let mut archive = zip::ZipArchive::new(reader).map_err(|error| unreadable(path, &error))?;
    let mut left = ((64 << 20) + size.saturating_mul(MOST_RATIO)).min(MOST_BYTES);
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| unreadable(path, &error))?;
        if !entry.is_file() {
            continue;
        }
        let name = entry.name().map(std::borrow::Cow::into_owned).unwrap_or_default();
        let mut reader = BufReader::new(Bounded { inner: entry, left });
        stream(path, &name, &mut reader, visit)?;
        left = reader.get_ref().left;
    }
    Ok(())
}

fn tar(path: &Utf8Path, reader: &mut dyn BufRead, visit: Visit<'_>) -> Result<()> {
    let failed = |error: std::io::Error| unreadable(path, &error);
    let mut archive = tar::Archive::new(reader);
    for entry in archive.entries().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.header().entry_type().is_file() {
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            stream(path, &name, &mut BufReader::new(entry), visit)?;
        }
    }
    Ok(())
}

/// One document, or one in each line: that shows when the first line is a whole document.
fn stream(path: &Utf8Path, name: &str, reader: &mut dyn BufRead, visit: Visit<'_>) -> Result<()> {
    let failed = |error: std::io::Error| unreadable(path, &error);
    if name.ends_with(".yaml") || name.ends_with(".yml") {
        let Some(text) = whole(Vec::new(), reader).map_err(failed)? else { return visit(Document::TooLarge) };
        return visit(yaml(&text));
    }
    if ![".json", ".jsonl", ".ndjson"].iter().any(|end| name.ends_with(end))
        && name.contains('.')
        && !begins_as_json(reader).map_err(failed)?
    {
        return Ok(());
    }
    let mut first = true;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut *reader).take(LARGEST_DOCUMENT).read_until(b'\n', &mut line).map_err(failed)?;
        if read == 0 {
            return Ok(());
        }
        if read as u64 == LARGEST_DOCUMENT && !line.ends_with(b"\n") {
            reader.skip_until(b'\n').map_err(failed)?;
            visit(Document::TooLarge)?;
            continue;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        if first && serde_json::from_slice::<serde::de::IgnoredAny>(&line).is_err() {
            let Some(text) = whole(std::mem::take(&mut line), reader).map_err(failed)? else {
                return visit(Document::TooLarge);
            };
            return json(&text, visit);
        }
        first = false;
        json(&line, visit)?;
    }
}

fn begins_as_json(reader: &mut dyn BufRead) -> std::io::Result<bool> {
    Ok(matches!(reader.fill_buf()?.trim_ascii_start().first(), Some(b'{' | b'[')))
}

/// What is left of a document; none where it is too large.
fn whole(mut start: Vec<u8>, reader: &mut dyn BufRead) -> std::io::Result<Option<Vec<u8>>> {
    reader.take(LARGEST_DOCUMENT).read_to_end(&mut start)?;
    Ok(((start.len() as u64) < LARGEST_DOCUMENT).then_some(start))
}

/// A record or a list of them.
fn json(text: &[u8], visit: Visit<'_>) -> Result<()> {
    if text.trim_ascii_start().starts_with(b"[") {
        let Ok(records) = serde_json::from_slice::<Vec<Record>>(text) else { return visit(Document::Other) };
        return records.into_iter().try_for_each(|record| visit(checked(record)));
    }
    visit(serde_json::from_slice(text).map_or(Document::Other, checked))
}

fn yaml(text: &[u8]) -> Document {
    let record = std::str::from_utf8(text).ok().and_then(|text| serde_saphyr::from_str::<Record>(text).ok());
    record.map_or(Document::Other, checked)
}

/// A record has an id and says when it changed or what it is about; documents of other forms lack both.
fn checked(record: Record) -> Document {
    let fits = !record.id.trim().is_empty() && (!record.modified.is_empty() || record.affected.is_some());
    if fits { Document::Record(Box::new(record)) } else { Document::Other }
}

/// A reader that fails when more comes than may come.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            std::io::Error::new(std::io::ErrorKind::InvalidData, "it unpacks to far more than any advisories do")
        })?;
        Ok(read)
    }
}
