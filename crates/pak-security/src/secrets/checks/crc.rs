//! Checksums inside tokens: CRC-32 in base 62 (GitHub, npm, pak), in hex (Grafana), in base 36 (GitLab).

use flate2::Crc;

use super::Verdict;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// A number in a base, zero-padded to a width, the highest digit first.
fn digits(mut number: u32, alphabet: &[u8], width: usize) -> Vec<u8> {
    let base = u32::try_from(alphabet.len()).unwrap_or(u32::MAX);
    let mut text = vec![b'0'; width];
    for digit in text.iter_mut().rev() {
        *digit = alphabet.get((number % base) as usize).copied().unwrap_or(b'0');
        number /= base;
    }
    text
}

/// `prefix_` + 30 digits + their checksum in 6. Longer bodies of newer tokens are not judged by it.
pub(in crate::secrets) fn base62_checksum(token: &[u8]) -> Verdict {
    let Some(underscore) = token.iter().position(|byte| *byte == b'_') else { return Verdict::No };
    let body = token.get(underscore + 1..).unwrap_or_default();
    if body.len() != 36 {
        return Verdict::Likely;
    }
    let (random, checksum) = body.split_at(30);
    if digits(crc32(random), DIGITS, 6) == checksum { Verdict::Certain } else { Verdict::Refuted }
}

/// A key of pak's own server: the checksum is over everything before it.
pub(in crate::secrets) fn pak_key(token: &[u8]) -> Verdict {
    let Some(at) = token.len().checked_sub(6) else { return Verdict::No };
    let (body, checksum) = token.split_at(at);
    if digits(crc32(body), DIGITS, 6) == checksum { Verdict::Certain } else { Verdict::Refuted }
}

/// Grafana's service account tokens: `glsa_` + 32 + `_` + CRC-32 in hex of what stands before.
pub(in crate::secrets) fn grafana(token: &[u8]) -> Verdict {
    let Some(underscore) = token.iter().rposition(|byte| *byte == b'_') else { return Verdict::No };
    let (body, checksum) = token.split_at(underscore);
    let expected = hex::encode(crc32(body).to_be_bytes());
    let swapped = hex::encode(crc32(body).to_le_bytes());
    let stands = checksum.get(1..).unwrap_or_default();
    if stands.eq_ignore_ascii_case(expected.as_bytes()) || stands.eq_ignore_ascii_case(swapped.as_bytes()) {
        Verdict::Certain
    } else {
        Verdict::Odd
    }
}

/// GitLab's routable tokens: `glpat-` + payload + `.` + two digits of length + CRC-32 in base 36 of what stands before.
pub(in crate::secrets) fn gitlab_routable(token: &[u8]) -> Verdict {
    let Some(at) = token.len().checked_sub(7) else { return Verdict::No };
    let (body, checksum) = token.split_at(at);
    if digits(crc32(body), DIGITS36, 7) == checksum { Verdict::Certain } else { Verdict::Odd }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_checksum(prefix: &str, random: &str) -> String {
        format!("{prefix}{random}{}", String::from_utf8(digits(crc32(random.as_bytes()), DIGITS, 6)).unwrap())
    }

    #[test]
    fn the_checksum_is_the_known_crc() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(digits(61, DIGITS, 3), b"00z");
    }

    #[test]
    fn a_changed_token_is_none() {
        let random = "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ";
        let token = with_checksum("ghp_", random);
        // A published example: its last six digits are those of its checksum.
        assert!(token.ends_with("0mLq17"), "{token}");
        assert_eq!(base62_checksum(token.as_bytes()), Verdict::Certain);
        let mut changed = token.into_bytes();
        changed[6] = b'7';
        assert_eq!(base62_checksum(&changed), Verdict::Refuted);
        assert_eq!(base62_checksum(b"ghs_longer"), Verdict::Likely);
    }
}
