//! Private keys in PEM: whether there is a key at all, whether it is encrypted.

use super::{Verdict, base64};

/// Less text than this is no key, only the lines around one.
const LEAST: usize = 48;

/// Judges a PEM block from its first dash to its last. Line ends may be written out (`\n`), as in JSON.
pub(in crate::secrets) fn private_key(block: &[u8]) -> Verdict {
    let Some((head, body)) = split(block) else { return Verdict::No };
    let digits: Vec<u8> = digits(body);
    if digits.len() < LEAST || super::super::context::is_placeholder(&digits) || repeats(&digits) {
        return Verdict::Refuted;
    }
    if memchr::memmem::find(head, b"PGP").is_some() {
        return Verdict::Likely;
    }
    match base64(&digits).as_deref() {
        Some([0x30, 0x82, high, low, rest @ ..]) if rest.len() == usize::from(*high) << 8 | usize::from(*low) => {
            Verdict::Certain
        }
        Some([0x30, 0x81, length, rest @ ..]) if rest.len() == usize::from(*length) => Verdict::Certain,
        Some([0x30, length @ 0..=0x7F, rest @ ..]) if rest.len() == usize::from(*length) => Verdict::Certain,
        Some(bytes) if bytes.starts_with(b"openssh-key-v1\0") => Verdict::Certain,
        // Cut, or wrapped in an unusual way; somebody's key all the same.
        _ => Verdict::Likely,
    }
}

/// The first line and what stands between it and the last.
fn split(block: &[u8]) -> Option<(&[u8], &[u8])> {
    let begin = memchr::memmem::find(block, b"-----")? + 5;
    let end = begin + memchr::memmem::find(block.get(begin..)?, b"-----")?;
    let head = block.get(begin..end)?;
    let body = block.get(end + 5..)?;
    let last = memchr::memmem::find(body, b"-----").unwrap_or(body.len());
    Some((head, body.get(..last)?))
}

/// The base64 digits of a body: line ends, written-out line ends, quotes, comment marks and RFC 1421 headers left out.
fn digits(body: &[u8]) -> Vec<u8> {
    let mut digits = Vec::with_capacity(body.len());
    for line in body.split(|byte| *byte == b'\n') {
        if line.contains(&b':') {
            continue;
        }
        let mut bytes = line.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            match byte {
                b'\\' => drop(bytes.next()),
                byte if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/') => digits.push(byte),
                _ => {}
            }
        }
    }
    digits
}

/// Whether a body is one line over and over, as drawings of keys have it.
fn repeats(digits: &[u8]) -> bool {
    let mut seen = [false; 256];
    let mut kinds = 0;
    for byte in digits {
        if let Some(slot) = seen.get_mut(usize::from(*byte)) {
            kinds += usize::from(!*slot);
            *slot = true;
        }
    }
    kinds < 16
}
