//! RPM packages: the payload, which is a compressed cpio behind two headers.

use std::io::{self, Read};

use super::source::Source;
use super::walker::{Place, Walker};
use super::{Format, format_of};

/// Longer than any true header.
const MOST_HEADER: u64 = 256 << 20;

/// Walks an RPM package's files.
pub(super) fn walk(walker: &mut Walker<'_>, place: &Place<'_>, source: &mut Source<'_>) -> io::Result<()> {
    source.skip(96)?;
    let signature = header(source)?;
    // The signature fills up to eight bytes; the header itself does not.
    source.skip(signature.next_multiple_of(8) - signature)?;
    header(source)?;
    if let Source::Slice(payload) = source {
        return payload_of(walker, place, payload, None);
    }
    let mut head = vec![0; 512];
    let count = source.fill(&mut head)?;
    head.truncate(count);
    payload_of(walker, place, &head, Some(source))
}

/// Goes on with the payload, which begins with `head` and goes on in `rest`.
fn payload_of(
    walker: &mut Walker<'_>,
    place: &Place<'_>,
    head: &[u8],
    rest: Option<&mut Source<'_>>,
) -> io::Result<()> {
    let Some(format @ (Format::Gzip | Format::Xz | Format::Bzip2 | Format::Zstd | Format::Cpio)) =
        format_of("payload.lzma", head)
    else {
        return Err(io::Error::other("the payload is of an unknown kind"));
    };
    match rest {
        None => walker.archive(place.name, format, Source::Slice(head), place.depth),
        Some(rest) => {
            let mut reader = head.chain(rest);
            walker.archive(place.name, format, Source::Stream { reader: &mut reader, length: None }, place.depth);
        }
    }
    Ok(())
}

/// Passes over a header; its length in bytes, without the intro.
fn header(source: &mut Source<'_>) -> io::Result<u64> {
    let odd = || io::Error::other("a header is malformed");
    let intro = source.take_bytes(16)?;
    let number = |at: usize| {
        let bytes = intro.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_be_bytes).map(u64::from).ok_or_else(odd)
    };
    if !intro.starts_with(b"\x8e\xad\xe8\x01") {
        return Err(odd());
    }
    let length = number(8)? * 16 + number(12)?;
    if length > MOST_HEADER {
        return Err(odd());
    }
    source.skip(length)?;
    Ok(length)
}
