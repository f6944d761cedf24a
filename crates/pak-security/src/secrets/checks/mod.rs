//! What can be said about a token without asking anybody: checksums, lengths after decoding, dates inside.

mod aws;
mod bech32;
mod crc;
mod der;
mod jwt;
mod macaroon;

pub(super) use aws::account_number;
pub(super) use bech32::age_identity;
pub(super) use crc::{base62_checksum, gitlab_routable, grafana, pak_key};
pub(super) use der::private_key;
pub(super) use jwt::json_web_token;
pub(super) use macaroon::{pypi, snapcraft};

use super::entropy::{Classes, wordiness};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// What a check says of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It cannot be one, whatever it looks like, and is no other secret either: a wrong checksum, a public key, an example.
    Refuted,
    /// Not one of this rule's; another rule may know it.
    No,
    /// The form agrees, though something about it is odd.
    Odd,
    /// The form agrees.
    Likely,
    /// Proven by a checksum or by decoding.
    Certain,
    /// It was one, but is past its own date.
    Expired,
}

/// A check of a matched token.
pub(super) type Check = fn(&[u8]) -> Verdict;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Decodes base64 of either alphabet, padded or not.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let url_safe = text.iter().any(|byte| matches!(byte, b'-' | b'_'));
    if url_safe { URL_SAFE.decode(text).ok() } else { STANDARD.decode(text).ok() }
}

/// The token is public by design.
pub(super) fn public(_: &[u8]) -> Verdict {
    Verdict::Refuted
}

/// Azure account keys are 64 bytes.
pub(super) fn azure_key(text: &[u8]) -> Verdict {
    // The key of the storage emulator, the same on every machine.
    if text.starts_with(b"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsu") {
        return Verdict::Refuted;
    }
    match base64(text) {
        Some(bytes) if bytes.len() == 64 => Verdict::Likely,
        _ => Verdict::No,
    }
}

/// `user:password` in base64, as Basic authentication, npm's `_auth` and docker's `auth` have it.
pub(super) fn basic(text: &[u8]) -> Verdict {
    let Some(decoded) = base64(text) else { return Verdict::No };
    let Some(colon) = decoded.iter().position(|byte| *byte == b':') else { return Verdict::No };
    let password = decoded.get(colon + 1..).unwrap_or_default();
    let printable = decoded.iter().all(|byte| (b' '..=b'~').contains(byte));
    if !printable || password.is_empty() {
        return Verdict::No;
    }
    // The pair of the standard's own example.
    let standard = decoded.starts_with(b"Aladdin:");
    if standard
        || super::context::is_placeholder(password)
        || super::context::is_reference(password)
        || password.len() < 6
    {
        return Verdict::Refuted;
    }
    Verdict::Likely
}

/// Nothing a person would name: letters and digits both, or letters of both cases that read like no word.
pub(super) fn mixed(text: &[u8]) -> Verdict {
    let classes = Classes::of(text);
    let digits = classes.letters() >= 2
        && (classes.digit >= 2 || classes.digit == 1 && classes.kinds() >= 3 && text.len() >= 20);
    let letters = classes.upper >= 4 && classes.lower >= 4 && wordiness(text) < 0.5;
    if digits || letters { Verdict::Likely } else { Verdict::No }
}

/// The same with letters of both cases: digests have but one.
pub(super) fn both_cases(text: &[u8]) -> Verdict {
    let classes = Classes::of(text);
    if classes.upper >= 2 && classes.lower >= 2 { mixed(text) } else { Verdict::No }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_authentication_is_decoded() {
        let encoded = |text: &str| STANDARD.encode(text);
        assert_eq!(basic(encoded("deploy:kX9f2Lq0Zw").as_bytes()), Verdict::Likely);
        assert_eq!(basic(encoded("user:changeme").as_bytes()), Verdict::Refuted);
        assert_eq!(basic(encoded("no colon here").as_bytes()), Verdict::No);
        assert_eq!(basic(b"!!"), Verdict::No);
    }
}
