//! `ar`: Debian packages and static libraries, in their BSD and GNU spellings.

use std::borrow::Cow;
use std::io;

use super::MemberKind;
use super::source::Source;
use super::walker::{Entry, Place, Walker};

const HEADER: usize = 60;
/// Longer than any table of names.
const MOST_NAMES: u64 = 16 << 20;

/// Walks an `ar`.
pub(super) fn walk(walker: &mut Walker<'_>, place: &mut Place<'_>, source: &mut Source<'_>) -> io::Result<()> {
    let odd = || io::Error::other("a member's header is malformed");
    source.skip(8)?;
    let mut long_names: Vec<u8> = Vec::new();
    let mut header = [0; HEADER];
    loop {
        match source.fill(&mut header)? {
            0 => return Ok(()),
            HEADER => {}
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        let (name, rest) = header.split_at(16);
        if !rest.ends_with(b"`\n") {
            return Err(odd());
        }
        let mut size = decimal(rest.get(32..42).unwrap_or_default()).ok_or_else(odd)?;
        let odd_size = size % 2 == 1;
        let mode = std::str::from_utf8(rest.get(24..32).unwrap_or_default()).unwrap_or_default();
        let mode = u32::from_str_radix(mode.trim(), 8).ok().map(|mode| mode & 0o7777);
        let name = name.trim_ascii_end();
        if name == b"//" {
            if size > MOST_NAMES {
                return Err(odd());
            }
            long_names = source.take_bytes(size)?.into_owned();
        } else if name == b"/" || name == b"/SYM64/" {
            source.skip(size)?;
        } else {
            let name: Cow<'_, [u8]> = if let Some(length) = name.strip_prefix(b"#1/") {
                let length = decimal(length).filter(|length| *length <= size.min(4096)).ok_or_else(odd)?;
                size -= length;
                Cow::Owned(source.take_bytes(length)?.trim_ascii_end().to_vec())
            } else if let Some(at) = name.strip_prefix(b"/").and_then(decimal) {
                let at = usize::try_from(at).map_err(|_| odd())?;
                let long = long_names.get(at..).ok_or_else(odd)?;
                Cow::Borrowed(long.split(|byte| *byte == b'\n').next().unwrap_or_default())
            } else {
                Cow::Borrowed(name)
            };
            let name = name.strip_suffix(b"/").unwrap_or(&name);
            let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
            walker.member(place, &Entry { name, kind: MemberKind::File, mode, size }, source)?;
        }
        if odd_size {
            // The last member may go without its padding.
            let mut padding = [0];
            source.fill(&mut padding)?;
        }
    }
}

fn decimal(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.trim().parse().ok()
}
