//! Signatures of messages, out and in: `X-PAK-Signature` over the body alone, as promised to receivers, and the headers of
//! Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`), which cover the id and the time as well.

use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pak_model::{Problem, Result, Secret, code};

/// `sha256=<hex HMAC-SHA256 of the raw body>`.
pub const SIGNATURE: &str = "x-pak-signature";
/// The message's id, the same for every try.
pub const ID: &str = "webhook-id";
/// When this try was sent, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// `v1,<base64>` for each key in use, separated by spaces.
pub const SIGNATURES: &str = "webhook-signature";

/// Secrets we make begin so: libraries for Standard Webhooks know them by it.
const PREFIX: &str = "whsec_";

/// What a message is signed with: the secret in use, and the one before while receivers change over.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Signs everything.
    pub current: Secret,
    /// Signs too, in `webhook-signature`, which may hold several.
    pub previous: Option<Secret>,
}

/// A fresh secret of 256 bits.
pub fn new_secret() -> Result<Secret> {
    let mut bytes = [0u8; 32];
    rand::fill(&mut bytes)
        .map_err(|_| Problem::new(code::server::INTERNAL, "This machine gives no random numbers."))?;
    Ok(Secret::new(format!("{PREFIX}{}", STANDARD.encode(bytes))))
}

/// The value of `X-PAK-Signature`. The key is the secret's text, prefix included: what a receiver has in its configuration.
pub fn body_signature(secret: &Secret, body: &[u8]) -> String {
    format!("sha256={}", hex::encode(hmac::sign(&text_key(secret), body)))
}

/// Checks a value of `X-PAK-Signature`, in a time that does not tell where it differs.
pub fn is_body_signature(secret: &Secret, body: &[u8], value: &str) -> bool {
    let Some(Ok(tag)) = value.trim().strip_prefix("sha256=").map(hex::decode) else { return false };
    hmac::verify(&text_key(secret), body, &tag).is_ok()
}

/// The value of `webhook-signature`.
pub fn signatures(keys: &Keys, id: &str, timestamp: i64, body: &[u8]) -> String {
    let one = |secret| format!("v1,{}", STANDARD.encode(sign_parts(&standard_key(secret), id, timestamp, body)));
    std::iter::once(&keys.current).chain(&keys.previous).map(one).collect::<Vec<_>>().join(" ")
}

/// Whether one of the values of `webhook-signature` is right. Versions other than `v1` are left to others.
pub fn is_signed(secret: &Secret, id: &str, timestamp: i64, body: &[u8], values: &str) -> bool {
    let expected = sign_parts(&standard_key(secret), id, timestamp, body);
    // A sender with more keys than this is none.
    values
        .split(' ')
        .take(8)
        .filter_map(|value| STANDARD.decode(value.strip_prefix("v1,")?).ok())
        .any(|tag| aws_lc_rs::constant_time::verify_slices_are_equal(&tag, expected.as_ref()).is_ok())
}

fn sign_parts(key: &hmac::Key, id: &str, timestamp: i64, body: &[u8]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(format!("{id}.{timestamp}.").as_bytes());
    context.update(body);
    context.sign()
}

fn text_key(secret: &Secret) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes())
}

/// Standard Webhooks decodes the secret; one that a person chose and that is no base64 counts as it is.
fn standard_key(secret: &Secret) -> hmac::Key {
    let text = secret.expose();
    let decoded = text.strip_prefix(PREFIX).and_then(|rest| STANDARD.decode(rest).ok());
    hmac::Key::new(hmac::HMAC_SHA256, decoded.as_deref().unwrap_or(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] =
        br#"{"source":"external_system","data":{"event":"deployment_completed","package":"my-package"}}"#;

    fn example() -> Secret {
        Secret::new([PREFIX, "MfKQ9r8GKYqr", "TwjUPD8ILPZIo2LaLaSw"].concat())
    }

    #[test]
    fn the_promised_signature_is_the_one_every_hmac_makes() {
        // Computed with another implementation: hmac.new(secret, body, sha256).hexdigest().
        let secret = Secret::new("instance-secret");
        let expected = "sha256=a26be5cd7642bcb2cfbfcd0ae4809e23cd78e46e4c187ecef78c5f2480e6d300";
        assert_eq!(body_signature(&secret, BODY), expected);
        let prefixed = "sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c";
        assert_eq!(body_signature(&example(), br#"{"test": 2432232314}"#), prefixed);
        assert!(is_body_signature(&secret, BODY, expected));
        assert!(is_body_signature(&secret, BODY, &expected.replace("a26be5", "A26BE5")), "hex in either case");
    }

    #[test]
    fn standard_webhooks_example() {
        // The example of the specification.
        let (id, at, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        let keys = Keys { current: example(), previous: Some(Secret::new("old secret")) };
        let value = signatures(&keys, id, at, body);
        let (new, old) =
            ("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1,nYnEcKKTntRo0TKU/h4B61YXRrNHYl9BqJsGNJCpX98=");
        assert_eq!(value, format!("{new} {old}"));
        for secret in [&keys.current, keys.previous.as_ref().unwrap()] {
            assert!(is_signed(secret, id, at, body, &value));
            assert!(is_signed(secret, id, at, body, &format!("v2,xyz v1a,{} {value}", "AAAA")));
            assert!(!is_signed(secret, id, at + 1, body, &value));
            assert!(!is_signed(secret, "msg_other", at, body, &value));
        }
        assert!(!is_signed(&Secret::new("another"), id, at, body, &value));
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let secret = new_secret().unwrap();
        let signature = body_signature(&secret, BODY);
        for bit in 0..BODY.len() * 8 {
            let mut body = BODY.to_vec();
            body[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_body_signature(&secret, &body, &signature), "bit {bit} of the body");
        }
        let mut tag = hex::decode(&signature["sha256=".len()..]).unwrap();
        for bit in 0..tag.len() * 8 {
            tag[bit / 8] ^= 1 << (bit % 8);
            assert!(
                !is_body_signature(&secret, BODY, &format!("sha256={}", hex::encode(&tag))),
                "bit {bit} of the tag"
            );
            tag[bit / 8] ^= 1 << (bit % 8);
        }
        for odd in ["", "sha256=", "sha256", "sha1=00", "sha256=zz", &signature[..20], &format!("{signature}00")] {
            assert!(!is_body_signature(&secret, BODY, odd), "{odd}");
        }
    }

    #[test]
    fn secrets_differ() {
        let (one, two) = (new_secret().unwrap(), new_secret().unwrap());
        assert_ne!(one, two);
        assert!(one.expose().starts_with(PREFIX) && one.expose().len() > 45);
    }
}
