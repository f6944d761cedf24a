//! Deltas: an object as pieces of another one and new bytes. Servers send them; we write none.

use crate::error::Error;

const BROKEN: Error = Error::Broken("a delta");

/// The size a delta says its result has.
pub(crate) fn result_size(mut delta: &[u8]) -> Result<usize, Error> {
    size(&mut delta)?;
    size(&mut delta)
}

/// Carries a delta out. The result is never larger than what [`result_size`] says.
pub(crate) fn apply(base: &[u8], mut delta: &[u8]) -> Result<Vec<u8>, Error> {
    if size(&mut delta)? != base.len() {
        return Err(BROKEN);
    }
    let wanted = size(&mut delta)?;
    let mut made = Vec::with_capacity(wanted.min(1 << 20));
    while let Some((&instruction, rest)) = delta.split_first() {
        delta = rest;
        let piece = if instruction & 0x80 == 0 {
            let (new, rest) = delta.split_at_checked(usize::from(instruction)).ok_or(BROKEN)?;
            if new.is_empty() {
                return Err(BROKEN);
            }
            delta = rest;
            new
        } else {
            let offset = number(instruction, 4, &mut delta)?;
            let length = match number(instruction >> 4, 3, &mut delta)? {
                0 => 0x1_0000,
                length => length,
            };
            offset.checked_add(length).and_then(|end| base.get(offset..end)).ok_or(BROKEN)?
        };
        if made.len() + piece.len() > wanted {
            return Err(BROKEN);
        }
        made.extend_from_slice(piece);
    }
    if made.len() == wanted { Ok(made) } else { Err(BROKEN) }
}

/// A little-endian number of which only the bytes are written whose bit is set.
fn number(present: u8, bytes: u32, delta: &mut &[u8]) -> Result<usize, Error> {
    let mut number = 0;
    for place in (0..bytes).filter(|place| present & (1 << place) != 0) {
        let (&byte, rest) = delta.split_first().ok_or(BROKEN)?;
        number |= usize::from(byte) << (8 * place);
        *delta = rest;
    }
    Ok(number)
}

/// A number of seven bits a byte, lowest first.
fn size(input: &mut &[u8]) -> Result<usize, Error> {
    let mut size = 0u64;
    for shift in (0..=35).step_by(7) {
        let (&byte, rest) = input.split_first().ok_or(BROKEN)?;
        *input = rest;
        size |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return usize::try_from(size).map_err(|_| BROKEN);
        }
    }
    Err(BROKEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_inserts() {
        // Copy 5 from offset 6, insert " you".
        let delta = [11, 9, 0x91, 6, 5, 4, b' ', b'y', b'o', b'u'];
        assert_eq!(result_size(&delta), Ok(9));
        assert_eq!(apply(b"hello world", &delta).unwrap(), b"world you");
    }

    #[test]
    fn a_length_left_out_is_64_kibibytes() {
        let base = vec![7; 0x1_0000];
        assert_eq!(apply(&base, &[0x80, 0x80, 4, 0x80, 0x80, 4, 0x80]).unwrap(), base);
    }

    #[test]
    fn odd_deltas_are_errors() {
        for bad in [
            &b""[..],
            &[11],
            &[10, 0],
            &[11, 1],
            &[11, 1, 0],
            &[11, 1, 2, b'x', b'y'],
            &[11, 5, 5, b'x'],
            &[11, 5, 0x91, 7, 5],
            &[11, 5, 0xff, 0xff],
            &[11, 4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0xff; 12],
        ] {
            assert!(apply(b"hello world", bad).is_err(), "{bad:?}");
        }
    }
}
