//! Texts inside texts: runs of base64 or hex that decode to something readable.

use super::checks;

/// Shorter runs hold no secret that is worth the look.
const SHORTEST: usize = 24;
/// Longer runs are files, not values.
const LONGEST: usize = 1 << 20;

fn of_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'_' | b'-')
}

/// Calls `visit` with every run's place and its decoded text.
///
/// It jumps: a run of 24 has a digit at every 24th place, so most of a source text is never looked at.
pub(super) fn each_run(text: &[u8], mut visit: impl FnMut(usize, usize, &[u8])) {
    let mut at = 0;
    while let Some(probe) = text.get(at + SHORTEST - 1) {
        if !of_base64(*probe) {
            at += SHORTEST;
            continue;
        }
        let window = text.get(at..at + SHORTEST).unwrap_or_default();
        if let Some(stop) = window.iter().rposition(|byte| !of_base64(*byte)) {
            at += stop + 1;
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        let length = rest.iter().take(LONGEST + 1).take_while(|byte| of_base64(**byte)).count();
        if length <= LONGEST
            && let Some(decoded) = readable(rest.get(..length).unwrap_or_default())
        {
            visit(at, at + length, &decoded);
        }
        at += length + 1;
    }
}

/// The decoded text, if it is one.
fn readable(run: &[u8]) -> Option<Vec<u8>> {
    if run.len() >= 40 && run.len().is_multiple_of(2) && run.iter().all(u8::is_ascii_hexdigit) {
        return hex::decode(run).ok().filter(|text| is_text(text));
    }
    // Six letters that mean nothing give it away at once.
    let head = checks::base64(run.get(..16)?)?;
    if !is_text(&head) {
        return None;
    }
    let whole = run.len() - usize::from(run.len() % 4 == 1);
    checks::base64(run.get(..whole)?).filter(|text| is_text(text))
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t'))
}

/// UTF-16 with or without a mark at its beginning, as UTF-8; none where the bytes are not UTF-16.
pub(super) fn utf16(bytes: &[u8]) -> Option<String> {
    let little = match bytes {
        [0xFF, 0xFE, ..] => true,
        [0xFE, 0xFF, ..] => false,
        _ => guess(bytes)?,
    };
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [one, two] if little => u16::from_le_bytes([*one, *two]),
        [one, two] => u16::from_be_bytes([*one, *two]),
        _ => 0,
    });
    Some(
        char::decode_utf16(units)
            .map(|unit| unit.unwrap_or('\u{FFFD}'))
            .filter(|letter| *letter != '\u{FEFF}')
            .collect(),
    )
}

/// English text in UTF-16 has a zero in nearly every other byte, always on the same side. `Some(true)`: the low byte first.
fn guess(bytes: &[u8]) -> Option<bool> {
    let head = bytes.get(..bytes.len().min(512) & !1)?;
    let zeros = |side: usize| head.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), head.len() / 2);
    if half < 8 {
        return None;
    }
    if odd * 10 >= half * 9 && even * 20 <= half {
        return Some(true);
    }
    (even * 10 >= half * 9 && odd * 20 <= half).then_some(false)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn runs_are_found_and_only_texts_are_handed_on() {
        let inner = "a text that is long enough to be looked at";
        let text = format!(
            "x = '{}' and getElementsByClassNameAndTagName 0123456789abcdef0123456789abcdef01234567",
            STANDARD.encode(inner)
        );
        let mut found = Vec::new();
        each_run(text.as_bytes(), |start, _, decoded| {
            found.push((start, String::from_utf8(decoded.to_vec()).unwrap()));
        });
        assert_eq!(found, [(5, inner.to_owned())]);
    }

    #[test]
    fn both_orders_of_utf16_are_read() {
        let text = "TOKEN=abc and more\r\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        assert_eq!(utf16(&little).as_deref(), Some(text));
        assert_eq!(utf16(&big).as_deref(), Some(text));
        assert_eq!(utf16(text.as_bytes()), None);
    }
}
