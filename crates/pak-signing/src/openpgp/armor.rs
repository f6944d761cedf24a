//! Armoured and binary files: their blocks, and their checksums, which the library below does not compare.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pak_model::{Problem, Result, code};

/// What may stand around lines.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];
const BEGIN: &[u8] = b"-----BEGIN PGP ";

/// The armoured blocks of a file that may hold several, or the file itself where it is binary.
pub(super) fn blocks(bytes: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> =
        bytes.windows(BEGIN.len()).enumerate().filter(|(_, window)| *window == BEGIN).map(|(at, _)| at).collect();
    if starts.is_empty() {
        return vec![bytes];
    }
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| bytes.get(*start..end)).collect()
}

/// The bytes of a detached signature, of which nothing may be left over: text around an armoured block could be taken for
/// signed.
pub(super) fn signature(bytes: &[u8]) -> Result<Vec<u8>> {
    let invalid = |why: &str| {
        Problem::new(code::signing::SIGNATURE_INVALID, format!("The OpenPGP signature cannot be read: {why}."))
    };
    if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        return Ok(bytes.to_vec());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| invalid("it is neither armoured nor binary"))?;
    block(text.trim_matches(BLANKS)).map_err(invalid)
}

fn block(text: &str) -> std::result::Result<Vec<u8>, &'static str> {
    let mut lines = text.lines().map(|line| line.trim_end_matches(BLANKS));
    if lines.next() != Some("-----BEGIN PGP SIGNATURE-----") {
        return Err("it does not begin as one");
    }
    // Headers (`Version:`, `Comment:`) up to an empty line; they are not signed.
    for line in lines.by_ref() {
        if line.is_empty() {
            break;
        }
        if !line.contains(": ") {
            return Err("its headers are damaged");
        }
    }
    let (mut body, mut checksum, mut is_closed) = (String::new(), None, false);
    for line in lines.by_ref() {
        if line == "-----END PGP SIGNATURE-----" {
            is_closed = true;
            break;
        }
        match (line.strip_prefix('='), checksum) {
            (Some(sum), None) if sum.len() == 4 => checksum = Some(sum),
            (None, None) => body.push_str(line),
            _ => return Err("it goes on after its checksum"),
        }
    }
    if !is_closed || lines.next().is_some() {
        return Err("it does not end as one");
    }
    let bytes = STANDARD.decode(body).map_err(|_| "it is no base64")?;
    if let Some(sum) = checksum {
        let sum = STANDARD.decode(sum).map_err(|_| "its checksum is no base64")?;
        if sum != crc24(&bytes).to_be_bytes().get(1..).unwrap_or_default() {
            return Err("its checksum is another");
        }
    }
    Ok(bytes)
}

/// RFC 9580, 6.1.1.
fn crc24(bytes: &[u8]) -> u32 {
    let crc = bytes.iter().fold(0x00b7_04ce_u32, |crc, byte| {
        (0..8).fold(crc ^ (u32::from(*byte) << 16), |crc, _| {
            let shifted = crc << 1;
            if shifted & 0x0100_0000 == 0 { shifted } else { shifted ^ 0x0186_4cfb }
        })
    });
    crc & 0x00ff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_compared_and_nothing_is_left_over() {
        let armored = |sum: &str| {
            format!("-----BEGIN PGP SIGNATURE-----\nVersion: 1\n\nMTIzNDU2Nzg5\n={sum}\n-----END PGP SIGNATURE-----\n")
        };
        // The usual check value of this CRC, of "123456789".
        assert_eq!(crc24(b"123456789"), 0x0021_cf02);
        assert_eq!(signature(armored("Ic8C").as_bytes()).unwrap(), b"123456789");
        assert!(signature(armored("Ic8D").as_bytes()).is_err());
        assert!(signature(format!("{}approved\n", armored("Ic8C")).as_bytes()).is_err());
        assert!(signature(format!("approved\n{}", armored("Ic8C")).as_bytes()).is_err());
        assert!(signature(b"").is_err());
    }
}
