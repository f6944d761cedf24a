//! Zip. Read by hand, since a zip says everything twice and attacks live where the two disagree. The central directory is
//! believed, as installers do; what only the local headers say is a notice.

use std::io::{self, Read};

use flate2::CrcReader;
use flate2::bufread::DeflateDecoder;

use super::MemberKind;
use super::source::{Meter, Source};
use super::walker::{Entry, Place, Walker};

const END: &[u8] = b"PK\x05\x06";
const LOCAL: &[u8] = b"PK\x03\x04";
/// What has to fit into 32 bits, and says "look elsewhere" with all of them set.
const ELSEWHERE: u64 = u32::MAX as u64;

/// One line of the central directory.
struct Listed<'z> {
    name: &'z [u8],
    extra: &'z [u8],
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    mode: Option<u32>,
    offset: u64,
}

/// Walks a zip.
pub(super) fn walk(walker: &mut Walker<'_>, place: &mut Place<'_>, bytes: &[u8]) -> io::Result<()> {
    let directory = Directory::find(bytes).ok_or_else(|| io::Error::other("its directory is missing or damaged"))?;
    if directory.ambiguous {
        walker.notices.hostile(place.name, "has more than one end, so programs read different members");
    }
    if directory.trailing {
        walker.notices.hostile(place.name, "holds bytes after its end, which programs read differently");
    }
    let mut rest = bytes.get(..directory.end).and_then(|bytes| bytes.get(directory.start..)).unwrap_or_default();
    let mut count = 0_u64;
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let mut failed = None;
    let mut listed = Vec::new();
    while !rest.is_empty() && count < walker.budget.limits.members {
        let Some((one, after)) = Listed::read(rest) else {
            failed = Some(io::Error::other("its directory is damaged"));
            break;
        };
        rest = after;
        count += 1;
        listed.push(one);
    }
    if failed.is_none() && rest.is_empty() && directory.count.is_some_and(|said| said != count) {
        walker.notices.hostile(place.name, "lists another number of members than it says");
    }
    // In the order of the bytes, so that overlaps show.
    listed.sort_by_key(|one| one.offset);
    let mut reached = 0;
    for one in &listed {
        let path = format!("{}!/{}", place.name, super::names::read(one.name).shown);
        let Some((start, data)) = one.locate(bytes, directory.shift) else {
            walker.notices.unreadable(&path, "has no local header where the directory says");
            continue;
        };
        let end = data.saturating_add(usize::try_from(one.packed).unwrap_or(usize::MAX));
        let Some(packed) = bytes.get(data..end) else {
            walker.notices.unreadable(&path, "ends early; the rest is missing");
            continue;
        };
        if start < reached {
            walker.notices.hostile(&path, "overlaps another member and was not unpacked");
            continue;
        }
        reached = end;
        spans.push((start, end));
        for trouble in one.disagreements(bytes, start) {
            walker.notices.hostile(&path, trouble);
        }
        member(walker, place, one, packed, &path)?;
    }
    if unlisted(bytes, &spans, directory.start) {
        walker.notices.hostile(place.name, "holds a member that its directory does not list");
    }
    if count >= walker.budget.limits.members && !rest.is_empty() {
        walker.notices.too_large(place.name, "holds more members than the limit");
    }
    failed.map_or(Ok(()), Err)
}

/// Unpacks one member. Only a limit of the whole walk is an error; what is wrong with this one is a notice.
fn member(
    walker: &mut Walker<'_>,
    place: &mut Place<'_>,
    one: &Listed<'_>,
    packed: &[u8],
    path: &str,
) -> io::Result<()> {
    let is_folder = one.name.ends_with(b"/");
    let link = one.mode.is_some_and(|mode| mode & 0o170_000 == 0o120_000);
    let mode = one.mode.map(|mode| mode & 0o7777);
    let entry = |kind, size| Entry { name: one.name, kind, mode, size };
    if is_folder {
        return walker.member(place, &entry(MemberKind::Directory, 0), &mut Source::Slice(&[]));
    }
    if one.flags & 1 == 1 || one.method == 99 {
        walker.notices.unreadable(path, "is encrypted");
        return walker.member(place, &entry(MemberKind::File, 0), &mut Source::Slice(&[]));
    }
    let budget = walker.budget;
    let decoder: Box<dyn Read + '_> = match one.method {
        0 if one.size == one.packed => Box::new(packed),
        8 => Box::new(DeflateDecoder::new(packed)),
        12 => Box::new(bzip2::bufread::BzDecoder::new(packed)),
        93 => Box::new(zstd::stream::read::Decoder::with_buffer(packed)?),
        95 => Box::new(liblzma::bufread::XzDecoder::new(packed)),
        _ => {
            walker.notices.unreadable(path, "is packed in a way that pak does not unpack");
            return walker.member(place, &entry(MemberKind::File, 0), &mut Source::Slice(&[]));
        }
    };
    if one.method == 0 && !link {
        let mut counted = CrcReader::new(packed);
        io::copy(&mut counted, &mut io::sink())?;
        if counted.crc().sum() != one.crc {
            walker.notices.unreadable(path, "does not agree with its checksum");
        }
        return walker.member(place, &entry(MemberKind::File, one.size), &mut Source::Slice(packed));
    }
    let mut reader = CrcReader::new(Meter::new(decoder, budget, Some(one.packed)));
    let done = if link {
        let mut to = Vec::new();
        let done = reader.by_ref().take(64 << 10).read_to_end(&mut to);
        let to = String::from_utf8_lossy(&to);
        walker.member(place, &entry(MemberKind::Symlink { to: &to }, 0), &mut Source::Slice(&[]))?;
        done.map(|_| ())
    } else {
        let mut source = Source::Stream { reader: &mut reader, length: Some(one.size) };
        walker.member(place, &entry(MemberKind::File, one.size), &mut source)
    };
    let further = done.and_then(|()| reader.read(&mut [0]).map(|count| count > 0));
    match further {
        Ok(true) => walker.notices.hostile(path, "is larger than the directory says"),
        Ok(false) if reader.crc().sum() != one.crc => {
            walker.notices.unreadable(path, "does not agree with its checksum");
        }
        Ok(false) => {}
        Err(error) => {
            budget.check()?;
            walker.notices.broken(path, &error);
        }
    }
    Ok(())
}

/// Whether between the members there is one more.
fn unlisted(bytes: &[u8], spans: &[(usize, usize)], directory: usize) -> bool {
    let mut at = 0;
    spans.iter().chain([&(directory, directory)]).any(|(start, end)| {
        let gap = bytes.get(at..*start).unwrap_or_default();
        at = *end;
        // A data descriptor may stand before it.
        [0, 12, 16, 20, 24].iter().any(|skip| gap.get(*skip..).is_some_and(|gap| gap.starts_with(LOCAL)))
    })
}

/// Where the central directory is.
struct Directory {
    start: usize,
    end: usize,
    /// How far all offsets are off: what stands before a self-extracting zip.
    shift: usize,
    count: Option<u64>,
    ambiguous: bool,
    trailing: bool,
}

impl Directory {
    fn find(bytes: &[u8]) -> Option<Self> {
        let tail = bytes.len().saturating_sub(22 + usize::from(u16::MAX));
        let ends: Vec<usize> = memchr::memmem::rfind_iter(bytes.get(tail..)?, END).map(|at| at + tail).collect();
        let fits = |end: usize| {
            number(bytes, end + 20, 2).is_some_and(|comment| end as u64 + 22 + comment == bytes.len() as u64)
        };
        let believed = ends.iter().copied().find(|end| fits(*end));
        let end = believed.or_else(|| ends.first().copied())?;
        let mut found = Self::at(bytes, end)?;
        found.trailing = believed.is_none();
        found.ambiguous = ends.iter().any(|other| *other != end && Self::at(bytes, *other).is_some());
        Some(found)
    }

    /// The directory that the end record at `end` tells of.
    fn at(bytes: &[u8], end: usize) -> Option<Self> {
        let (mut count, mut size, mut offset) =
            (number(bytes, end + 10, 2)?, number(bytes, end + 12, 4)?, number(bytes, end + 16, 4)?);
        let mut directory_end = end;
        if let Some(locator) =
            end.checked_sub(20).filter(|at| bytes.get(*at..).is_some_and(|at| at.starts_with(b"PK\x06\x07")))
        {
            let mut large = usize::try_from(number(bytes, locator + 8, 8)?).ok()?;
            if !bytes.get(large..).is_some_and(|at| at.starts_with(b"PK\x06\x06")) {
                // Something stands before the zip: the record is right before its locator.
                large = locator.checked_sub(56)?;
            }
            if bytes.get(large..)?.starts_with(b"PK\x06\x06") {
                count = number(bytes, large + 32, 8)?;
                size = number(bytes, large + 40, 8)?;
                offset = number(bytes, large + 48, 8)?;
                directory_end = large;
            }
        }
        let start = directory_end.checked_sub(usize::try_from(size).ok()?)?;
        let shift = start.checked_sub(usize::try_from(offset).ok()?)?;
        let begins = bytes.get(start..)?;
        if size > 0 && !begins.starts_with(b"PK\x01\x02") {
            return None;
        }
        let count = (count < u64::from(u16::MAX) || directory_end != end).then_some(count);
        Some(Self { start, end: directory_end, shift, count, ambiguous: false, trailing: false })
    }
}

impl<'z> Listed<'z> {
    /// The first line of `directory`, and what comes after it.
    fn read(directory: &'z [u8]) -> Option<(Self, &'z [u8])> {
        if !directory.starts_with(b"PK\x01\x02") {
            return None;
        }
        let short = |at| number(directory, at, 2).and_then(|number| u16::try_from(number).ok());
        let (name_length, extra_length, comment) = (short(28)?, short(30)?, short(32)?);
        let (_, rest) = directory.split_at_checked(46)?;
        let (name, rest) = rest.split_at_checked(usize::from(name_length))?;
        let (extra, rest) = rest.split_at_checked(usize::from(extra_length))?;
        let (_, rest) = rest.split_at_checked(usize::from(comment))?;
        let (mut packed, mut size, mut offset) =
            (number(directory, 20, 4)?, number(directory, 24, 4)?, number(directory, 42, 4)?);
        if let Some(large) = field(extra, 1) {
            // Only what did not fit is there, in this order.
            let mut at = 0;
            for value in [&mut size, &mut packed, &mut offset] {
                if *value == ELSEWHERE {
                    *value = number(large, at, 8)?;
                    at += 8;
                }
            }
        }
        // The upper half is a Unix mode, whatever system the writer says it ran on.
        let mode = number(directory, 38, 4).and_then(|attributes| u32::try_from(attributes >> 16).ok());
        let mode = mode.filter(|mode| *mode != 0);
        let crc = number(directory, 16, 4).and_then(|crc| u32::try_from(crc).ok())?;
        Some((Self { name, extra, flags: short(8)?, method: short(10)?, crc, packed, size, mode, offset }, rest))
    }

    /// Where the local header and the data begin.
    fn locate(&self, bytes: &[u8], shift: usize) -> Option<(usize, usize)> {
        let start = usize::try_from(self.offset).ok()?.checked_add(shift)?;
        if !bytes.get(start..)?.starts_with(LOCAL) {
            return None;
        }
        let (name, extra) = (number(bytes, start + 26, 2)?, number(bytes, start + 28, 2)?);
        Some((start, start + 30 + usize::try_from(name + extra).ok()?))
    }

    /// In what the local header at `start` says something else.
    fn disagreements(&self, bytes: &[u8], start: usize) -> Vec<&'static str> {
        let mut found = Vec::new();
        let local = |at, length| number(bytes, start + at, length);
        let name_length = local(26, 2).and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
        if bytes.get(start + 30..start + 30 + name_length) != Some(self.name) {
            found.push("has another name in its own header than in the directory");
        }
        if local(8, 2) != Some(u64::from(self.method)) {
            found.push("is packed in another way in its own header than in the directory");
        }
        // With this flag the sizes stand behind the data.
        let later = self.flags & 8 == 8;
        for (at, listed) in [(18, self.packed), (22, self.size)] {
            let said = local(at, 4);
            if !(said == Some(listed) || said == Some(ELSEWHERE) || later && said == Some(0)) {
                found.push("has other sizes in its own header than in the directory");
                break;
            }
        }
        // A version byte, a checksum, then the name that some programs take instead.
        if field(self.extra, 0x7075).and_then(|field| field.get(5..)).is_some_and(|name| name != self.name) {
            found.push("has a second name, which some programs take");
        }
        found
    }
}

/// A little-endian number.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// An extra field by its number.
fn field(mut extra: &[u8], wanted: u64) -> Option<&[u8]> {
    while let (Some(id), Some(length)) = (number(extra, 0, 2), number(extra, 2, 2)) {
        let (content, rest) = extra.get(4..)?.split_at_checked(usize::try_from(length).ok()?)?;
        if id == wanted {
            return Some(content);
        }
        extra = rest;
    }
    None
}
