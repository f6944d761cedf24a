//! DER, as much as certificates of the emulated authority need: a writer, and a reader for what clients send.

/// Tags of universal types.
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT: u8 = 0x06;
pub(super) const UTF8: u8 = 0x0c;
pub(super) const TIME: u8 = 0x18;
pub(super) const TRUE: [u8; 3] = [0x01, 0x01, 0xff];

/// One element: its tag, its length, its parts one after the other.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    match significant[..] {
        [] => out.push(0),
        [short @ ..=0x7f] => out.push(short),
        _ => {
            out.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
            out.extend(&significant);
        }
    }
    out.extend(content);
    out
}

/// An object identifier from its dotted form.
pub(super) fn object(dotted: &str) -> Vec<u8> {
    let mut arcs = dotted.split('.').filter_map(|arc| arc.parse::<u64>().ok());
    let first = arcs.next().unwrap_or(0) * 40 + arcs.next().unwrap_or(0);
    let mut content = Vec::new();
    for arc in std::iter::once(first).chain(arcs) {
        let mut digits = vec![u8::try_from(arc & 0x7f).unwrap_or(0)];
        let mut rest = arc >> 7;
        while rest > 0 {
            digits.push(0x80 | u8::try_from(rest & 0x7f).unwrap_or(0));
            rest >>= 7;
        }
        content.extend(digits.into_iter().rev());
    }
    element(OBJECT, &[&content])
}

/// A bit string of whole bytes.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], bytes])
}

/// A time. Certificates before 2050 want the short form.
pub(super) fn time(at: jiff::Timestamp) -> Vec<u8> {
    let at = at.to_zoned(jiff::tz::TimeZone::UTC);
    if at.year() < 2050 {
        element(0x17, &[at.strftime("%y%m%d%H%M%SZ").to_string().as_bytes()])
    } else {
        element(TIME, &[at.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes()])
    }
}

/// An element that was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Read<'a> {
    pub(super) tag: u8,
    /// What is in it.
    pub(super) content: &'a [u8],
    /// All of it, tag and length included.
    pub(super) whole: &'a [u8],
}

/// The elements of `bytes` one after the other; `None` where they are not DER.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<Read<'_>>> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let [tag, first, tail @ ..] = rest {
        let (length, tail) = match first {
            ..=0x7f => (usize::from(*first), tail),
            0x81..=0x84 => {
                let (digits, tail) = tail.split_at_checked(usize::from(first & 0x7f))?;
                (digits.iter().fold(0usize, |sum, digit| sum << 8 | usize::from(*digit)), tail)
            }
            _ => return None,
        };
        let (content, after) = tail.split_at_checked(length)?;
        let whole = rest.get(..rest.len() - after.len())?;
        found.push(Read { tag: *tag, content, whole });
        rest = after;
    }
    rest.is_empty().then_some(found)
}

/// The parts of the one element that `bytes` are.
pub(super) fn parts(bytes: &[u8]) -> Option<Vec<Read<'_>>> {
    match read(bytes)?[..] {
        [one] => read(one.content),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(object("1.3.6.1.4.1.57264.1.8"), [6, 10, 43, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 1, 8]);
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let long = element(OCTET_STRING, &[&vec![7; length]]);
            let whole = element(SEQUENCE, &[&long, &TRUE]);
            let read = parts(&whole).unwrap();
            assert_eq!((read[0].content.len(), read[0].whole.len(), read[1].tag), (length, long.len(), 1));
            assert!(read_all_cuts(&whole), "{length}");
        }
    }

    fn read_all_cuts(whole: &[u8]) -> bool {
        (1..whole.len().min(300)).all(|cut| parts(&whole[..whole.len() - cut]).is_none())
    }
}
