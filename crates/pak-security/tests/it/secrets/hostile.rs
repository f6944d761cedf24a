//! Input that means harm: nothing panics, nothing takes long.

use std::time::{Duration, Instant};

use pak_security::secrets::{Options, scan_bytes};
use proptest::prelude::*;

const PATHS: &[&str] =
    &["a.env", "a.yaml", ".netrc", "settings.xml", "a.js", "x", "a.min.js", "Dockerfile", ".docker/config.json"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..2000), path in 0..PATHS.len()) {
        scan_bytes(PATHS[path], &bytes, &Options::default());
    }

    #[test]
    fn any_pieces_of_settings_are_read(
        pieces in prop::collection::vec(
            prop::sample::select(vec!["password", "=", ":", "\"", "'", "\\", "\n", " ", "${", "}", "<", ">", "secret_key", "://", "@", "a:b",
                "-----BEGIN PRIVATE KEY-----", "-----END", "value", "default", "(", ")", "new ", "eyJ", ".", "AKIA", "é", "\u{0}", "|", "api_key", "||"]),
            0..60,
        ),
        path in 0..PATHS.len(),
    ) {
        scan_bytes(PATHS[path], pieces.concat().as_bytes(), &Options::default());
    }
}

#[test]
fn repeated_keywords_take_no_longer_than_others() {
    let begun = Instant::now();
    for piece in [
        "password=",
        "-----BEGIN RSA PRIVATE KEY-----",
        "eyJ",
        "://a:b@",
        "sk-",
        "AccountKey=",
        "xoxb-",
        "key:\"",
        "\"kty\":\"RSA\"",
        "ghp_",
        "token ",
        "sig=",
        "Q~8q~",
        "hooks.slack.com/",
        "YWJjZGVmZ2hpamts",
        "deadbeef",
        "T3BlbkFJ",
        "secret{",
        "pass\\\"",
        "Bearer a",
        ".atlasv1.",
    ] {
        let text = piece.repeat((1 << 17) / piece.len());
        scan_bytes("x.txt", text.as_bytes(), &Options::default());
        scan_bytes("x.yaml", text.as_bytes(), &Options::default());
    }
    // Unoptimised and beside other tests; what this looks for takes many times longer.
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
}
