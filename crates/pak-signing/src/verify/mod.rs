//! What a verified signature has proven: the one result of every verifier. Called by `pak security verify` and by policies.

mod evidence;
mod keyring;

use jiff::Timestamp;
use pak_model::Digests;
use serde::Serialize;

pub use evidence::{Evidence, Outcome, artifact, beside, kind_of};
pub use keyring::Keyring;

/// The kinds of signature, and what is like one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A list of checksums. It proves that a file is whole, and nothing about who made it.
    Checksums,
    /// A minisign signature.
    Minisign,
    /// An OpenPGP signature: detached, or around a text.
    Openpgp,
    /// An SSH signature (`ssh-keygen -Y sign`).
    Ssh,
    /// A DSSE envelope.
    Dsse,
    /// A sigstore bundle.
    Sigstore,
    /// A signature inside a Debian package.
    Deb,
    /// A signature inside an RPM package.
    Rpm,
    /// A signature inside an Alpine package.
    Apk,
    /// The provenance file of a Helm chart.
    Helm,
}

/// What was verified, and by whom it was signed. There is no such value for a signature by an unknown key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The kind of signature.
    pub kind: Kind,
    /// The key, and the identity where there is one: `key 6FB2… (Alice <alice@example.org>)`. None: nobody signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// What exactly the signature covers: `a.tgz, 1234 bytes, sha256:…`.
    pub what: String,
    /// When it was signed, where the signature says so under its own protection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What else was signed along (trusted comments, a statement's claims), and what was not proven.
    pub notes: Vec<String>,
}

impl Verified {
    /// A proof about content, with nothing said about time yet.
    pub fn new(kind: Kind, signer: impl Into<String>, content: Content<'_>) -> Self {
        Self { kind, signer: Some(signer.into()), what: content.to_string(), at: None, notes: Vec::new() }
    }

    /// Says when it was signed.
    pub fn at(mut self, time: Option<Timestamp>) -> Self {
        self.at = time;
        self
    }

    /// Adds a note.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

/// Bytes to sign or to verify, with the name they are known by.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// A file's name, for messages and for lists that name files.
    pub name: &'a str,
    /// All of it.
    pub bytes: &'a [u8],
}

impl std::fmt::Display for Content<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digest = Digests::of(self.bytes).sha256.unwrap_or_default();
        write!(f, "{}, {} bytes, sha256:{digest}", self.name, self.bytes.len())
    }
}
