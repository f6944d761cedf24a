//! Random text and digests of secrets: what sessions, keys and one-time links are made of, and what the database keeps of them.

use aws_lc_rs::{constant_time, digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pak_model::{Problem, Result, code};

/// Bytes from the system's random source. Fails only where the machine has none.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| {
        Problem::new(code::access::MASTER_KEY, "This machine gives no random numbers.")
            .next("Check the operating system's random source.")
    })?;
    Ok(bytes)
}

/// 256 random bits as 43 letters, digits, `-` and `_`.
pub fn random_text() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// SHA-256 in hexadecimal of a text that was made for one purpose; the same text under another purpose has another digest.
pub fn digest(purpose: &str, text: &str) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(purpose.as_bytes());
    context.update(&[0]);
    context.update(text.as_bytes());
    hex::encode(context.finish())
}

/// Whether two texts are equal, in a time that does not tell where they differ.
pub fn same(left: &str, right: &str) -> bool {
    constant_time::verify_slices_are_equal(left.as_bytes(), right.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_belongs_to_its_purpose() {
        assert_eq!(digest("reset", "a"), digest("reset", "a"));
        assert_ne!(digest("reset", "a"), digest("verify", "a"));
        assert_ne!(digest("re", "seta"), digest("reset", "a"));
        assert_eq!(digest("x", "").len(), 64);
    }

    #[test]
    fn random_texts_differ_and_are_safe_in_addresses() {
        let (one, two) = (random_text().unwrap(), random_text().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), 43);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        assert!(same(&one, &one) && !same(&one, &two) && !same(&one, &one[1..]));
    }
}
