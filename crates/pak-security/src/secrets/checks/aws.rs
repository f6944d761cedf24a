//! AWS access key ids hold the number of their account.

use super::Verdict;

/// Keys made before 2019 begin with these and hold no account.
const OLD: [&[u8]; 2] = [b"I", b"J"];
const MOST: u64 = 999_999_999_999;

/// The account inside a key id: bits 1 to 40 of the first ten base-32 digits after the prefix. A number of more than twelve
/// digits is none: such an id was made up.
pub(in crate::secrets) fn account_number(id: &[u8]) -> Verdict {
    let Some(body) = id.get(4..14) else { return Verdict::No };
    if id.ends_with(b"EXAMPLE") {
        return Verdict::Refuted;
    }
    if OLD.iter().any(|old| body.starts_with(old)) {
        return Verdict::Likely;
    }
    let mut bits: u64 = 0;
    for byte in body {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return Verdict::No,
        };
        bits = bits << 5 | u64::from(digit);
    }
    // 50 bits: the first 48 are read; of those the highest is a flag and the lowest seven belong to the rest.
    let account = (bits >> 2 & 0x7FFF_FFFF_FF80) >> 7;
    if account <= MOST { Verdict::Likely } else { Verdict::Odd }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_read() {
        assert_eq!(account_number(["AKIA", "IOSFODNN7EXAMPLE"].concat().as_bytes()), Verdict::Refuted);
        assert_eq!(account_number(["ASIA", "QNZGKIQY56JQ7WML"].concat().as_bytes()), Verdict::Likely);
        assert_eq!(account_number(["AKIA", "P777777777777777"].concat().as_bytes()), Verdict::Odd);
    }
}
