//! Random values of a form, the same for the same seed. A form is text with holes: `{h:40}` is forty hex digits.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// A small generator with a period long enough for tests (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ value >> 31
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    pub(crate) fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len())]
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| u8::try_from(self.next() & 0xFF).unwrap()).collect()
    }

    pub(crate) fn text(&mut self, alphabet: &str, count: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..count).map(|_| *self.pick(&letters)).collect()
    }

    /// A value of a form.
    pub(crate) fn form(&mut self, form: &str) -> String {
        let mut text = String::new();
        let mut rest = form;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (hole, after) = after.split_once('}').unwrap();
            match hole.split_once(':') {
                Some((kind, size)) => {
                    let filled = self.hole(kind, size.parse().unwrap(), &text);
                    text.push_str(&filled);
                }
                None => text.extend(["{", hole, "}"]),
            }
            rest = after;
        }
        text + rest
    }

    fn hole(&mut self, kind: &str, size: usize, before: &str) -> String {
        const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
        const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        const DIGITS: &str = "0123456789";
        let alphabet = match kind {
            "a" => [LOWER, UPPER, DIGITS].concat(),
            "l" => [LOWER, DIGITS].concat(),
            "u" => [UPPER, DIGITS].concat(),
            "z" => [LOWER, UPPER].concat(),
            "w" => [LOWER, UPPER, DIGITS, "_-"].concat(),
            "b" => [LOWER, UPPER, DIGITS, "+/"].concat(),
            "h" => "0123456789abcdef".to_owned(),
            "H" => "0123456789ABCDEF".to_owned(),
            "d" => DIGITS.to_owned(),
            "t" => [UPPER, "234567"].concat(),
            "c" => "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".to_owned(),
            "crc" => return checksum(&before[before.find('_').unwrap() + 1..]),
            "crcall" => return checksum(before),
            "grafana" => return hex::encode(crc32(before.as_bytes()).to_be_bytes()),
            "uuid" => return self.form("{h:8}-{h:4}-4{h:3}-a{h:3}-{h:12}"),
            "pw" => return self.password(size),
            "b64" => {
                let bytes = self.bytes(size);
                return STANDARD.encode(bytes);
            }
            "macaroon" => return self.macaroon(),
            "jwt" => return self.jwt(),
            "account" => return self.aws_id(),
            _ => panic!("no hole {kind}"),
        };
        self.text(&alphabet, size)
    }

    /// Letters of both cases, digits and signs, at least one of each.
    fn password(&mut self, size: usize) -> String {
        let mut text: Vec<char> = Vec::new();
        text.extend(self.text("abcdefghjkmnpqrstuvwxyz", 1).chars());
        text.extend(self.text("ABCDEFGHJKMNPQRSTUVWXYZ", 1).chars());
        text.extend(self.text("23456789", 2).chars());
        text.extend(self.text("!@#%^*_+-=?", 1).chars());
        let all = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!@#%^*_+-=?";
        text.extend(self.text(all, size - 5).chars());
        for at in 1..text.len() {
            let other = 1 + self.below(text.len() - 1);
            text.swap(at, other);
        }
        text.into_iter().collect()
    }

    /// An index token: version 2, the host, an identifier, a signature.
    fn macaroon(&mut self) -> String {
        let host = ["pypi", ".org"].concat();
        let mut bytes = vec![2, 1, u8::try_from(host.len()).unwrap()];
        bytes.extend_from_slice(host.as_bytes());
        let identifier = self.form("{uuid:1}");
        bytes.extend_from_slice(&[2, u8::try_from(identifier.len()).unwrap()]);
        bytes.extend_from_slice(identifier.as_bytes());
        bytes.extend_from_slice(&[0, 0, 6, 32]);
        bytes.extend(self.bytes(32));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn jwt(&mut self) -> String {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let claims = format!(r#"{{"sub":"{}","iat":17{}}}"#, self.form("{d:9}"), self.form("{d:8}"));
        format!("{header}.{}.{}", URL_SAFE_NO_PAD.encode(claims), URL_SAFE_NO_PAD.encode(self.bytes(32)))
    }

    /// Sixteen base-32 digits that hold an account of twelve digits at most.
    fn aws_id(&mut self) -> String {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let account = self.next() % 1_000_000_000_000;
        let mut bits: u128 = 1 << 79 | u128::from(account) << 39 | u128::from(self.next() & 0x7F_FFFF_FFFF);
        let mut text = Vec::new();
        for _ in 0..16 {
            text.push(DIGITS[usize::try_from(bits & 31).unwrap()]);
            bits >>= 5;
        }
        text.reverse();
        String::from_utf8(text).unwrap()
    }
}

pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    })
}

/// CRC-32 as six digits of base 62.
fn checksum(text: &str) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut sum = crc32(text.as_bytes());
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[sum as usize % 62];
        sum /= 62;
    }
    String::from_utf8(digits.to_vec()).unwrap()
}
