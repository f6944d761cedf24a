//! Turns a [`Report`] into what other tools and people read. Called by `pak security`, `pak scan`, the engine and the server.
//!
//! Every format has one function `write(report, out)`. The same report gives the same bytes: identifiers follow from the
//! content, times from [`Report::at`].

pub mod cyclonedx;
pub mod html;

pub mod json;
pub mod openvex;
pub mod sarif;
pub mod spdx;

mod inventory;

use std::io;

use serde::ser::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::report::{Report, Target};

/// A list that is made while it is written: a report of a large tree never lies in memory twice.
struct Each<F>(F);

impl<F, I> Serialize for Each<F>
where
    F: Fn() -> I,
    I: Iterator,
    I::Item: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// Writes a document as JSON that people can read too.
fn document(document: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    out.write_all(b"\n")
}

/// An identifier that follows from the report's content, for documents of the kind `what`.
fn identity(report: &Report, what: &str) -> io::Result<Uuid> {
    struct Digested(Sha256);
    impl io::Write for Digested {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut digested = Digested(Sha256::new_with_prefix(what));
    serde_json::to_writer(&mut digested, report)?;
    let digest: [u8; 32] = digested.0.finalize().into();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, of)| *byte = of);
    Ok(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// The word that a value of the report is written as.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The time of a report to the second, as every format takes it.
fn time(report: &Report) -> String {
    report.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A purl of the thing that was looked at. It has no registry: what is scanned is not published yet.
fn target_purl(target: &Target) -> String {
    let mut purl = format!("pkg:generic/{}", encoded(target_name(target), ""));
    if let Some(version) = &target.version {
        purl.push('@');
        purl.push_str(&encoded(version, ""));
    }
    if let Some(sha256) = &target.sha256 {
        purl.push_str("?checksum=sha256:");
        purl.push_str(&encoded(sha256, ""));
    }
    purl
}

/// The target's name without the way to it; never empty.
fn target_name(target: &Target) -> &str {
    let last = target.name.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
    if last.is_empty() || last == "." || last == ".." { "project" } else { last }
}

/// Percent-encodes all but letters, digits, `-._~` and what `kept` names.
fn encoded(text: &str, kept: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.as_bytes().contains(&byte);
        if plain {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(["%", &hex::encode_upper([byte])]);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::TargetKind;

    #[test]
    fn targets_have_a_name_and_a_purl() {
        let purl = |name: &str, version: Option<&str>| {
            target_purl(&Target {
                kind: TargetKind::Tree,
                name: name.to_owned(),
                version: version.map(str::to_owned),
                sha256: None,
            })
        };
        assert_eq!(purl(".", None), "pkg:generic/project");
        assert_eq!(purl("a/b c/", Some("1+2")), "pkg:generic/b%20c@1%2B2");
        assert_eq!(purl("é.whl", None), "pkg:generic/%C3%A9.whl");
    }
}
