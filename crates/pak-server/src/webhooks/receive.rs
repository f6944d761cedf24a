//! Messages from other systems: verified over the raw bytes, before anything in them is read.

use http::HeaderMap;
use pak_model::Secret;

use super::sign;

/// The largest message.
pub const LIMIT: usize = 1 << 20;
/// How far a sender's clock, or a message on its way, may be off; and for how long an equal message without a time of its own is the same one.
pub const WINDOW: i64 = 5 * 60 * 1000;
/// A time beside `X-PAK-Signature`, in seconds since 1970 or RFC 3339; checked when it is sent.
const PAK_TIMESTAMP: &str = "x-pak-timestamp";

/// A message whose signature is right.
#[derive(Debug, PartialEq, Eq)]
pub struct Verified<'a> {
    /// The sender's own id of it, which its signature covers.
    pub id: Option<&'a str>,
}

/// Checks a message. There is one way to be refused: whoever guesses learns nothing from the answer.
///
/// With the headers of Standard Webhooks the id and the time are signed; with `X-PAK-Signature` the body alone is. Where both are
/// sent, both must be right.
pub fn verify<'a>(secret: &Secret, headers: &'a HeaderMap, body: &[u8], now: i64) -> Option<Verified<'a>> {
    // A header that is sent twice could be read in two ways.
    let one = |name: &str| {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Some(None),
            (Some(value), None) => value.to_str().ok().map(Some),
            _ => None,
        }
    };
    let (promised, signatures) = (one(sign::SIGNATURE)?, one(sign::SIGNATURES)?);
    if let Some(text) = one(PAK_TIMESTAMP)? {
        let at = seconds(text).or_else(|| Some(text.parse::<jiff::Timestamp>().ok()?.as_second()))?;
        is_recent(at, now).then_some(())?;
    }
    if let Some(value) = promised {
        sign::is_body_signature(secret, body, value).then_some(())?;
    }
    let Some(values) = signatures else { return promised.map(|_| Verified { id: None }) };
    let (id, at) = (one(sign::ID)??, seconds(one(sign::TIMESTAMP)??)?);
    let fits = (1..=256).contains(&id.len()) && is_recent(at, now);
    (fits && sign::is_signed(secret, id, at, body, values)).then_some(Verified { id: Some(id) })
}

fn seconds(text: &str) -> Option<i64> {
    let digits = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn is_recent(seconds: i64, now: i64) -> bool {
    (seconds * 1000).abs_diff(now) <= WINDOW.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;
    use crate::webhooks::sign::{Keys, body_signature, signatures};

    const BODY: &[u8] = br#"{"source":"ci","data":{"event":"built"}}"#;
    const NOW: i64 = 1_700_000_000_500;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap()))
            .fold(HeaderMap::new(), |mut map, (name, value)| {
                map.append(name, value);
                map
            })
    }

    #[test]
    fn both_forms_are_taken() {
        let secret = Secret::new("s3cr3t");
        let promised = body_signature(&secret, BODY);
        let plain = headers(&[("X-PAK-Signature", &promised)]);
        assert_eq!(verify(&secret, &plain, BODY, NOW), Some(Verified { id: None }));
        let keys = Keys { current: secret.clone(), previous: None };
        let values = signatures(&keys, "msg_1", NOW / 1000, BODY);
        let at = (NOW / 1000).to_string();
        let standard = [("webhook-id", "msg_1"), ("webhook-timestamp", at.as_str()), ("webhook-signature", &values)];
        assert_eq!(verify(&secret, &headers(&standard), BODY, NOW), Some(Verified { id: Some("msg_1") }));
        // Both, of which one is wrong.
        let both = [&standard[..], &[("x-pak-signature", "sha256=00")]].concat();
        assert_eq!(verify(&secret, &headers(&both), BODY, NOW), None);
        let both = [&standard[..2], &[("webhook-signature", "v1,AAAA"), ("x-pak-signature", &promised)]].concat();
        assert_eq!(verify(&secret, &headers(&both), BODY, NOW), None);
    }

    #[test]
    fn what_is_refused() {
        let secret = Secret::new("s3cr3t");
        let right = body_signature(&secret, BODY);
        for (why, pairs, body) in [
            ("nothing signed", vec![], BODY),
            ("another body", vec![("x-pak-signature", right.as_str())], &BODY[1..]),
            ("written anew", vec![("x-pak-signature", &right)], br#"{"source": "ci","data":{"event":"built"}}"#),
            ("no signature", vec![("x-pak-signature", "")], BODY),
            ("twice", vec![("x-pak-signature", &right), ("x-pak-signature", &right)], BODY),
            ("old", vec![("x-pak-signature", &right), ("x-pak-timestamp", "1699999699")], BODY),
            ("to come", vec![("x-pak-signature", &right), ("x-pak-timestamp", "1700000301")], BODY),
            ("no time", vec![("x-pak-signature", &right), ("x-pak-timestamp", "now")], BODY),
            ("huge time", vec![("x-pak-signature", &right), ("x-pak-timestamp", "99999999999999999999")], BODY),
            ("id alone", vec![("webhook-id", "a")], BODY),
            ("no id", vec![("webhook-timestamp", "1700000000"), ("webhook-signature", "v1,AAAA")], BODY),
        ] {
            assert_eq!(verify(&secret, &headers(&pairs), body, NOW), None, "{why}");
        }
        for at in ["1699999800", "2023-11-14T22:13:20Z"] {
            let pairs = [("x-pak-signature", right.as_str()), ("x-pak-timestamp", at)];
            assert!(verify(&secret, &headers(&pairs), BODY, NOW).is_some(), "{at}");
        }
        assert_eq!(verify(&Secret::new("other"), &headers(&[("x-pak-signature", &right)]), BODY, NOW), None);
    }

    #[test]
    fn a_signed_time_must_be_recent() {
        let secret = Secret::new("s3cr3t");
        for (offset, taken) in [(0, true), (-299, true), (299, true), (-301, false), (302, false)] {
            let at = NOW / 1000 + offset;
            let keys = Keys { current: secret.clone(), previous: None };
            let values = signatures(&keys, "m", at, BODY);
            let pairs = [("webhook-id", "m"), ("webhook-timestamp", &at.to_string()), ("webhook-signature", &values)];
            assert_eq!(verify(&secret, &headers(&pairs), BODY, NOW).is_some(), taken, "{offset}");
        }
    }
}
