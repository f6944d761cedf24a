//! Reads files: small ones whole, large ones in windows, so that a line of a gigabyte needs no more memory than a line.

use std::fs::File;
use std::io::{self, Read, Seek as _};

use camino::Utf8Path;

use super::files::Profile;
use super::prefilter::{Tables, tables};
use super::scan::{Candidate, Depth, scan};
use super::{Options, decode, finding};
use crate::archive::{self, Format, Limits, Member};
use crate::report::{Finding, Notice};

/// One window of a large file.
const WINDOW: usize = 4 << 20;
/// What two windows share: no secret with its surroundings is longer.
const OVERLAP: usize = 64 << 10;
/// How far the first bytes tell text from binary.
const HEAD: usize = 8 << 10;
/// How far they tell archives.
const ARCHIVE_HEAD: usize = 512;

/// Larger archives of kinds that have to be held whole are not opened.
const LARGEST_HELD: u64 = 1 << 30;

/// Scans a file; archives by their members.
pub(super) fn scan_file(
    path: &Utf8Path,
    name: &str,
    size: u64,
    options: &Options,
) -> io::Result<(Vec<Finding>, Vec<Notice>)> {
    let profile = Profile::of(name);
    if profile.skipped {
        return Ok((Vec::new(), Vec::new()));
    }
    let mut file = File::open(path)?;
    if size <= WINDOW as u64 {
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
        file.take(WINDOW as u64 * 2).read_to_end(&mut bytes)?;
        return Ok(scan_opened(name, &bytes, &profile, options));
    }
    let mut head = Vec::with_capacity(ARCHIVE_HEAD);
    (&mut file).take(ARCHIVE_HEAD as u64).read_to_end(&mut head)?;
    file.rewind()?;
    match archive_format(name, &head, options) {
        None => Ok((scan_reader(&mut file, name, &profile, options)?, Vec::new())),
        Some(Format::Zip | Format::SevenZip) if size <= LARGEST_HELD => {
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
            file.take(LARGEST_HELD).read_to_end(&mut bytes)?;
            Ok(scan_opened(name, &bytes, &profile, options))
        }
        Some(_) => {
            let mut findings = Vec::new();
            let notices = archive::walk_stream(name, &mut file, &Limits::default(), &mut |member| {
                findings.extend(scan_member(member, options));
            })?;
            Ok((findings, notices))
        }
    }
}

/// Scans bytes; an archive's by its members.
pub(super) fn scan_opened(
    name: &str,
    bytes: &[u8],
    profile: &Profile,
    options: &Options,
) -> (Vec<Finding>, Vec<Notice>) {
    let head = bytes.get(..ARCHIVE_HEAD).unwrap_or(bytes);
    if archive_format(name, head, options).is_none() {
        return (scan_whole(name, bytes, profile, options), Vec::new());
    }
    let mut findings = Vec::new();
    let notices = archive::walk(name, bytes, &Limits::default(), &mut |member| {
        findings.extend(scan_member(member, options));
    });
    (findings, notices)
}

fn archive_format(name: &str, head: &[u8], options: &Options) -> Option<Format> {
    options.archives.then(|| archive::format_of(name, head)).flatten()
}

fn scan_member(member: &Member<'_>, options: &Options) -> Vec<Finding> {
    let profile = Profile::of(member.path);
    let head = member.bytes.get(..ARCHIVE_HEAD).unwrap_or(member.bytes);
    // An archive within is visited twice: as it is, and by its members.
    let inner = archive::format_of(member.path, head).is_some();
    if profile.skipped || inner || options.exclude.is_match(member.path) {
        return Vec::new();
    }
    scan_whole(member.path, member.bytes, &profile, options)
}

/// Scans bytes that are all there.
pub(super) fn scan_whole(name: &str, bytes: &[u8], profile: &Profile, options: &Options) -> Vec<Finding> {
    if bytes.len() > 2 * WINDOW {
        return scan_reader(&mut &*bytes, name, profile, options).unwrap_or_default();
    }
    let tables = tables();
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    if memchr::memchr(0, head).is_some() || head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
        if let Some(text) = decode::utf16(bytes) {
            let found = look(tables, text.as_bytes(), profile, false, options);
            return finding::findings(name, text.as_bytes(), profile, 1, found);
        }
        return finding::findings(name, bytes, profile, 1, look(tables, bytes, profile, true, options));
    }
    finding::findings(name, bytes, profile, 1, look(tables, bytes, profile, false, options))
}

fn look(tables: &Tables, text: &[u8], profile: &Profile, binary: bool, options: &Options) -> Vec<Candidate> {
    scan(tables, text, profile, Depth { tokens_only: binary, decode: options.decode, level: 0 })
}

/// Scans what does not fit into memory. Each window is responsible for what begins before its last half overlap.
fn scan_reader(reader: &mut dyn Read, name: &str, profile: &Profile, options: &Options) -> io::Result<Vec<Finding>> {
    let tables = tables();
    let mut window: Vec<u8> = Vec::with_capacity(WINDOW + OVERLAP);
    let mut findings = Vec::new();
    let mut line = 1u32;
    let mut from = 0;
    let mut kind: Option<Kind> = None;
    loop {
        let room = WINDOW + OVERLAP - window.len();
        let read = reader.take(room as u64).read_to_end(&mut window)?;
        let last = read < room;
        let kind = *kind.get_or_insert_with(|| Kind::of(&window));
        let until = if last { window.len() } else { window.len() - OVERLAP / 2 };
        if kind == Kind::Utf16 {
            // Windows of wide text are cut at an even place and read alone; a secret across the cut is seen by the overlap.
            let text = decode::utf16(&window).unwrap_or_default();
            let found = look(tables, text.as_bytes(), profile, false, options);
            findings.extend(finding::findings(name, text.as_bytes(), profile, line, found));
        } else {
            let mut found = look(tables, &window, profile, kind == Kind::Binary, options);
            found.retain(|candidate| candidate.start >= from && candidate.start < until);
            findings.extend(finding::findings(name, &window, profile, line, found));
        }
        if last {
            findings.dedup_by(|one, other| {
                one.line == other.line && one.fingerprint == other.fingerprint && kind == Kind::Utf16
            });
            return Ok(findings);
        }
        let drop = (window.len() - OVERLAP) & !1;
        let passed = window.get(..drop).unwrap_or_default();
        line = line.saturating_add(u32::try_from(memchr::memchr_iter(b'\n', passed).count()).unwrap_or(0));
        from = until - drop;
        window.drain(..drop);
    }
}

/// What the first bytes say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Utf16,
    Binary,
}

impl Kind {
    fn of(bytes: &[u8]) -> Self {
        let head = bytes.get(..HEAD).unwrap_or(bytes);
        let zero = memchr::memchr(0, head).is_some();
        let marked = head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]);
        if (zero || marked) && decode::utf16(head).is_some() {
            return Self::Utf16;
        }
        if zero { Self::Binary } else { Self::Text }
    }
}
