//! Bech32, the form of age's identities: its checksum finds every single wrong letter.

use super::Verdict;

const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];

/// An age identity, `AGE-SECRET-KEY-1…`.
pub(in crate::secrets) fn age_identity(token: &[u8]) -> Verdict {
    let token = token.to_ascii_lowercase();
    let Some(one) = token.iter().rposition(|byte| *byte == b'1') else { return Verdict::No };
    let (human, data) = token.split_at(one);
    let high = human.iter().map(|byte| u32::from(byte >> 5));
    let low = human.iter().map(|byte| u32::from(byte & 31));
    let mut values: Vec<u32> = high.chain([0]).chain(low).collect();
    for byte in data.iter().skip(1) {
        let Some(value) = ALPHABET.iter().position(|letter| letter == byte) else { return Verdict::No };
        values.push(u32::try_from(value).unwrap_or(0));
    }
    let sum = values.iter().fold(1u32, |sum, value| {
        let shifted = (sum & 0x01ff_ffff) << 5 ^ value;
        let top = sum >> 25;
        GENERATOR
            .iter()
            .enumerate()
            .fold(shifted, |sum, (bit, term)| if top >> bit & 1 == 1 { sum ^ term } else { sum })
    });
    // A wrong letter is a typing error in something that was meant to be a key: still worth a look.
    if sum == 1 { Verdict::Certain } else { Verdict::Odd }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_of_the_standard_holds() {
        // A valid string of BIP 173, whose human-readable part is `split`.
        assert_eq!(age_identity(b"split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w"), Verdict::Certain);
        assert_eq!(age_identity(b"split1checkupstagehandshakeupstreamerranterredcaperred2y9e3x"), Verdict::Odd);
    }
}
