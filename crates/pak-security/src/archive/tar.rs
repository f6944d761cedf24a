//! Tar: ustar, GNU and pax. Read by hand, since what two programs read differently is what has to be seen here.

use std::borrow::Cow;
use std::io;

use super::MemberKind;
use super::source::Source;
use super::walker::{Entry, Place, Walker};

const BLOCK: usize = 512;
/// Longer than any true extended header.
const MOST_EXTENDED: u64 = 1 << 20;

/// What extended headers say about the next member.
#[derive(Default)]
struct Extended {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

/// Whether a block is a tar header: its checksum agrees.
pub(super) fn is_header(block: &[u8]) -> bool {
    let Some(header) = block.first_chunk::<BLOCK>() else { return false };
    number(field(header, 148, 8)) == Some(checksum(header))
}

/// Walks a tar.
pub(super) fn walk(walker: &mut Walker<'_>, place: &mut Place<'_>, source: &mut Source<'_>) -> io::Result<()> {
    let mut extended = Extended::default();
    let mut global = Extended::default();
    let mut ended = false;
    let mut block = [0; BLOCK];
    loop {
        match source.fill(&mut block)? {
            0 => return Ok(()),
            BLOCK => {}
            _ if ended => return Ok(()),
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        if block.iter().all(|byte| *byte == 0) {
            ended = true;
            continue;
        }
        if !is_header(&block) {
            if ended {
                walker.notices.hostile(place.name, "holds bytes after its end, which programs read differently");
                return Ok(());
            }
            return Err(io::Error::other("a header's checksum is wrong"));
        }
        if std::mem::take(&mut ended) {
            walker.notices.hostile(place.name, "holds members after its end, which some programs do not see");
        }
        let header = Header(&block);
        let size = header.size().ok_or_else(|| io::Error::other("a header has no size"))?;
        match header.kind() {
            b'x' => apply(&read(source, size)?, &mut extended)?,
            b'g' => apply(&read(source, size)?, &mut global)?,
            b'L' => extended.path = Some(until_nul(&read(source, size)?).to_vec()),
            b'K' => extended.link = Some(until_nul(&read(source, size)?).to_vec()),
            // What is left of old ways to name volumes and sparse files' maps of maps.
            b'V' | b'M' | b'N' => source.skip(padded(size))?,
            kind => {
                let said = std::mem::take(&mut extended);
                member(walker, place, source, &header, kind, size, said, &global)?;
            }
        }
    }
}

/// One member with all that headers say about it.
#[expect(clippy::too_many_arguments, reason = "a header and what came before it")]
fn member(
    walker: &mut Walker<'_>,
    place: &mut Place<'_>,
    source: &mut Source<'_>,
    header: &Header<'_>,
    kind: u8,
    size: u64,
    said: Extended,
    global: &Extended,
) -> io::Result<()> {
    let name = said.path.or_else(|| global.path.clone()).map_or_else(|| header.name(), Cow::Owned);
    let link = said.link.or_else(|| global.link.clone()).map_or_else(|| Cow::Borrowed(header.link()), Cow::Owned);
    let to = String::from_utf8_lossy(&link);
    let meant = said.size.or(global.size).unwrap_or(size);
    // Programs that heed only one of the two sizes find other members from here on.
    if meant != size && size != 0 && size < 0o7777_7777_7777 {
        let path = format!("{}!/{}", place.name, String::from_utf8_lossy(&name));
        walker.notices.hostile(&path, "has two sizes, so programs read different members after it");
    }
    let kind = match kind {
        b'1' => MemberKind::Hardlink { to: &to },
        b'2' => MemberKind::Symlink { to: &to },
        b'3' | b'4' | b'6' => MemberKind::Device,
        b'5' => MemberKind::Directory,
        // Old tars mark a folder by its name only.
        _ if name.ends_with(b"/") => MemberKind::Directory,
        _ => MemberKind::File,
    };
    let entry = Entry { name: &name, kind, mode: header.mode(), size: meant };
    walker.member(place, &entry, source)?;
    // The last block may be cut off by programs that write no padding.
    match source.skip(padded(meant) - meant) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(()),
        other => other,
    }
}

/// A header block.
struct Header<'h>(&'h [u8; BLOCK]);

impl<'h> Header<'h> {
    fn kind(&self) -> u8 {
        self.0.get(156).copied().unwrap_or_default()
    }

    fn size(&self) -> Option<u64> {
        number(field(self.0, 124, 12))
    }

    fn mode(&self) -> Option<u32> {
        number(field(self.0, 100, 8)).and_then(|mode| u32::try_from(mode & 0o7777).ok())
    }

    fn link(&self) -> &'h [u8] {
        until_nul(field(self.0, 157, 100))
    }

    /// The name, with the prefix that only POSIX headers have (GNU keeps times there).
    fn name(&self) -> Cow<'h, [u8]> {
        let name = until_nul(field(self.0, 0, 100));
        let prefix = if field(self.0, 257, 6) == b"ustar\0" { until_nul(field(self.0, 345, 155)) } else { &[] };
        if prefix.is_empty() { Cow::Borrowed(name) } else { Cow::Owned([prefix, b"/", name].concat()) }
    }
}

fn field(header: &[u8; BLOCK], at: usize, length: usize) -> &[u8] {
    header.get(at..at + length).unwrap_or_default()
}

/// A number as tar has them: octal digits, or binary after a byte of 0x80.
fn number(field: &[u8]) -> Option<u64> {
    if let [0x80, rest @ ..] = field {
        let (high, low) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
        return high.iter().all(|byte| *byte == 0).then(|| low.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
    }
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

fn checksum(header: &[u8; BLOCK]) -> u64 {
    let (before, after) = (field(header, 0, 148), field(header, 156, BLOCK - 156));
    before.iter().chain(after).map(|byte| u64::from(*byte)).sum::<u64>() + 8 * u64::from(b' ')
}

fn padded(size: u64) -> u64 {
    size.checked_next_multiple_of(BLOCK as u64).unwrap_or(size)
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// The content of an extended header.
fn read<'a>(source: &mut Source<'a>, size: u64) -> io::Result<Cow<'a, [u8]>> {
    if size > MOST_EXTENDED {
        return Err(io::Error::other("an extended header is larger than any true one"));
    }
    let bytes = source.take_bytes(size)?;
    source.skip(padded(size) - size)?;
    Ok(bytes)
}

/// Reads pax records: `length key=value\n`.
fn apply(mut records: &[u8], to: &mut Extended) -> io::Result<()> {
    let odd = || io::Error::other("an extended header is malformed");
    while !records.is_empty() && records.first() != Some(&0) {
        let space = records.iter().position(|byte| *byte == b' ').ok_or_else(odd)?;
        let (digits, _) = records.split_at(space);
        let length: usize = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or_else(odd)?;
        let (record, rest) = records.split_at_checked(length).ok_or_else(odd)?;
        records = rest;
        let record = record.get(space + 1..).and_then(|record| record.strip_suffix(b"\n")).ok_or_else(odd)?;
        let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(odd)?;
        let (key, value) = record.split_at(equals);
        let value = value.get(1..).unwrap_or_default();
        match key {
            b"path" => to.path = Some(value.to_vec()),
            b"linkpath" => to.link = Some(value.to_vec()),
            b"size" => {
                let size = std::str::from_utf8(value).ok().and_then(|size| size.parse().ok());
                to.size = Some(size.ok_or_else(odd)?);
            }
            _ => {}
        }
    }
    Ok(())
}
