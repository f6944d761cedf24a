//! Cpio: the "new" ASCII form that RPM and initial RAM disks use, and the older portable one.

use std::io;

use super::MemberKind;
use super::source::Source;
use super::walker::{Entry, Place, Walker};

/// Longer than any name or link.
const LONGEST: u64 = 64 << 10;

/// Walks a cpio.
pub(super) fn walk(walker: &mut Walker<'_>, place: &mut Place<'_>, source: &mut Source<'_>) -> io::Result<()> {
    let odd = || io::Error::other("a member's header is malformed");
    loop {
        let mut magic = [0; 6];
        match source.fill(&mut magic)? {
            0 => return Ok(()),
            6 => {}
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        let new = match &magic {
            b"070701" | b"070702" => true,
            b"070707" => false,
            // Large RPM packages keep sizes elsewhere.
            b"07070X" => {
                return Err(io::Error::other("sizes are kept outside, as in RPM packages with files over 4 GiB"));
            }
            _ => return Err(odd()),
        };
        let header = source.take_bytes(if new { 104 } else { 70 })?;
        let number = |at: usize, length: usize| {
            let digits = std::str::from_utf8(header.get(at..at + length).unwrap_or_default()).unwrap_or_default();
            u64::from_str_radix(digits, if new { 16 } else { 8 }).map_err(|_| odd())
        };
        // Both forms name the mode, the size and the name's length, at other places.
        let (mode, size, name_size) = if new {
            (number(8, 8)?, number(48, 8)?, number(88, 8)?)
        } else {
            (number(12, 6)?, number(59, 11)?, number(53, 6)?)
        };
        if name_size > LONGEST {
            return Err(odd());
        }
        let name = source.take_bytes(name_size)?;
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        let align = |length: u64| if new { length.next_multiple_of(4) - length } else { 0 };
        source.skip(align(110 + name_size))?;
        if name == b"TRAILER!!!" {
            return after_the_end(walker, place, source);
        }
        let permissions = u32::try_from(mode & 0o7777).ok();
        let entry = |kind, size| Entry { name, kind, mode: permissions, size };
        match mode & 0o170_000 {
            0o040_000 => walker.member(place, &entry(MemberKind::Directory, size), source)?,
            0o120_000 => {
                if size > LONGEST {
                    return Err(odd());
                }
                let to = source.take_bytes(size)?;
                let to = String::from_utf8_lossy(&to);
                walker.member(place, &entry(MemberKind::Symlink { to: &to }, 0), source)?;
            }
            0o010_000 | 0o020_000 | 0o060_000 | 0o140_000 => {
                walker.member(place, &entry(MemberKind::Device, size), source)?;
            }
            _ => walker.member(place, &entry(MemberKind::File, size), source)?,
        }
        source.skip(align(size))?;
    }
}

/// Zeros fill the last block; anything else is not seen by most programs.
fn after_the_end(walker: &mut Walker<'_>, place: &Place<'_>, source: &mut Source<'_>) -> io::Result<()> {
    let mut block = [0; 512];
    loop {
        let count = source.fill(&mut block)?;
        if block.iter().take(count).any(|byte| *byte != 0) {
            walker.notices.hostile(place.name, "holds bytes after its end, which programs read differently");
            return Ok(());
        }
        if count < block.len() {
            return Ok(());
        }
    }
}
