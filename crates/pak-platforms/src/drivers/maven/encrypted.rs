//! Passwords as `mvn --encrypt-password` writes them, decrypted with the master password of `settings-security.xml`.
//!
//! Maven's scheme: AES-128 in CBC mode, key and vector from one SHA-256 of the pass phrase and a salt.

use aws_lc_rs::cipher::{AES_128, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pak_model::Secret;

/// What the master password itself is encrypted with, in every installation.
const MASTER: &str = "settings.security";
const SALT: usize = 8;

/// The text between braces, where a value is encrypted. A brace that belongs to a plain password is written `\{`.
pub(super) fn encrypted(value: &str) -> Option<&str> {
    let begin = value.find('{').filter(|at| !value.get(..*at).is_some_and(|before| before.ends_with('\\')))?;
    let inner = value.get(begin + 1..)?;
    inner.get(..inner.find('}')?).filter(|text| !text.is_empty())
}

/// The master password of the text between its braces.
pub(super) fn master(text: &str) -> Option<Secret> {
    decrypt(text, &Secret::new(MASTER))
}

/// A password of the text between its braces; none where it is not of this scheme or the pass phrase is another.
pub(super) fn decrypt(text: &str, phrase: &Secret) -> Option<Secret> {
    let bytes = STANDARD.decode(text.trim()).ok()?;
    let (salt, rest) = bytes.split_at_checked(SALT)?;
    let (padding, rest) = rest.split_first()?;
    // Behind the encrypted text there are random bytes, as many as the ninth byte says.
    let mut text = rest.get(..rest.len().checked_sub(usize::from(*padding))?)?.to_vec();
    let derived = digest(&SHA256, &[phrase.expose().as_bytes(), salt].concat());
    let (key, vector) = derived.as_ref().split_at_checked(16)?;
    let vector: [u8; 16] = vector.try_into().ok()?;
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_128, key).ok()?).ok()?;
    let plain = key.decrypt(&mut text, DecryptionContext::Iv128(vector.into())).ok()?;
    Some(Secret::new(std::str::from_utf8(plain).ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // Made by `mvn --encrypt-master-password` and `mvn --encrypt-password` of Maven 3.8.7.
    const MASTER_TEXT: &str = "miK0ARypxYkH2n53pbhKoMpjhWSHrOJbtHOh3gqkClM=";

    #[test]
    fn what_maven_encrypted_is_read() {
        let phrase = master(MASTER_TEXT).unwrap();
        assert_eq!(phrase.expose(), "master secret");
        for (text, expected) in [
            ("+kQi5IGk4KIH1jmro3OKZG4RfI+ZaNTy3QU0wsSerhY=", "pässwörd {1}"),
            ("DbXllV8WaYkHGx7Vxme0NCvlbmAsEAgMPxZS3/BYCjI=", "plain-pw"),
            (
                "2bqF7hmdIYUH9zvgHeLT6sbw/oGBP5MykleKqetSAFFOjoXLYrkSmcCJ4Vo40c5NyAcLq0oiaBG/9wcmDtGAIg==",
                "a-password-that-is-longer-than-one-block",
            ),
        ] {
            assert_eq!(decrypt(text, &phrase).unwrap().expose(), expected);
            assert!(decrypt(text, &Secret::new("other")).is_none_or(|wrong| wrong.expose() != expected));
        }
    }

    #[test]
    fn braces_mean_encryption_unless_escaped() {
        assert_eq!(encrypted("{abc=}"), Some("abc="));
        assert_eq!(encrypted("a note {abc=} more"), Some("abc="));
        for plain in ["plain", "\\{abc\\}", "{}", "{abc", "a}b"] {
            assert_eq!(encrypted(plain), None, "{plain}");
        }
    }

    proptest! {
        #[test]
        fn odd_texts_are_refused_and_nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..80), text in "\\PC{0,20}") {
            let _ = decrypt(&STANDARD.encode(bytes), &Secret::new(MASTER));
            let _ = decrypt(&text, &Secret::new(MASTER));
            let _ = encrypted(&text);
        }
    }
}
