//! Digests of bytes, in every algorithm a registry compares by. Called wherever files are hashed or compared.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

/// What is known of a file's digests. `sha256` is always set for a local artifact; a registry may tell only some.
///
/// All values are lower-case hex, also where the registry writes base64 (npm's `integrity`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Digests {
    /// SHA-256: cargo's `cksum`, PyPI's `sha256`, OCI's `sha256:`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// SHA-512: npm's `dist.integrity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha512: Option<String>,
    /// BLAKE2b with 32 bytes of output: PyPI's `blake2_256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blake2b_256: Option<String>,
    /// SHA-1: npm's `dist.shasum`. Compared only when nothing better is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
    /// MD5: asked for by old indexes. Compared only when nothing better is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
    /// Git's object id of the bytes as a blob: how a repository knows a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<String>,
}

impl Digests {
    /// Digests of bytes held in memory.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = Hasher::new();
        hasher.update(bytes);
        hasher.finish()
    }

    /// Git's object id of bytes as a blob: SHA-1 over `blob <length>`, a zero byte, and the bytes.
    pub fn git_blob(bytes: &[u8]) -> String {
        let mut hasher = sha1::Sha1::new();
        hasher.update(format!("blob {}\0", bytes.len()));
        hasher.update(bytes);
        hex::encode(hasher.finalize())
    }

    /// Only the SHA-256, as hex.
    pub fn from_sha256(hex: impl Into<String>) -> Self {
        Self { sha256: Some(hex.into()), ..Self::default() }
    }

    /// Whether both sides are of the same bytes, by the strongest algorithm both know; `None` when they share none.
    pub fn agrees(&self, other: &Self) -> Option<bool> {
        let pairs = [
            (&self.sha512, &other.sha512),
            (&self.sha256, &other.sha256),
            (&self.blake2b_256, &other.blake2b_256),
            (&self.sha1, &other.sha1),
            (&self.git, &other.git),
            (&self.md5, &other.md5),
        ];
        pairs.into_iter().find_map(|(a, b)| match (a, b) {
            (Some(a), Some(b)) => Some(a.eq_ignore_ascii_case(b)),
            _ => None,
        })
    }

    /// The strongest digest known, written `algorithm:hex`, for messages and journals.
    pub fn label(&self) -> String {
        let known = [
            ("sha256", &self.sha256),
            ("sha512", &self.sha512),
            ("blake2b-256", &self.blake2b_256),
            ("sha1", &self.sha1),
            ("git", &self.git),
            ("md5", &self.md5),
        ];
        known
            .into_iter()
            .find_map(|(name, value)| value.as_ref().map(|hex| format!("{name}:{hex}")))
            .unwrap_or_else(|| "unknown".to_owned())
    }

    /// The SHA-512 as a subresource-integrity string (`sha512-<base64>`), npm's form.
    pub fn integrity(&self) -> Option<String> {
        let raw = hex::decode(self.sha512.as_ref()?).ok()?;
        Some(format!("sha512-{}", STANDARD.encode(raw)))
    }

    /// Reads a subresource-integrity string; unknown algorithms are passed over.
    pub fn from_integrity(integrity: &str) -> Self {
        let mut digests = Self::default();
        for part in integrity.split_whitespace() {
            let Some((algorithm, value)) = part.split_once('-') else { continue };
            let Ok(raw) = STANDARD.decode(value.split('?').next().unwrap_or(value)) else { continue };
            match algorithm {
                "sha512" => digests.sha512 = Some(hex::encode(raw)),
                "sha256" => digests.sha256 = Some(hex::encode(raw)),
                "sha1" => digests.sha1 = Some(hex::encode(raw)),
                _ => {}
            }
        }
        digests
    }
}

/// Hashes a stream once into the algorithms asked for.
#[derive(Clone)]
pub struct Hasher {
    sha256: sha2::Sha256,
    rest: Option<Rest>,
    length: u64,
}

#[derive(Clone)]
struct Rest {
    sha512: sha2::Sha512,
    blake2b: blake2::Blake2b<sha2::digest::consts::U32>,
    sha1: sha1::Sha1,
    md5: md5::Md5,
}

impl Hasher {
    /// Every algorithm of [`Digests`]: for artifacts, which different registries compare differently.
    pub fn new() -> Self {
        let rest = Rest {
            sha512: sha2::Sha512::new(),
            blake2b: blake2::Blake2b::new(),
            sha1: sha1::Sha1::new(),
            md5: md5::Md5::new(),
        };
        Self { sha256: sha2::Sha256::new(), rest: Some(rest), length: 0 }
    }

    /// SHA-256 alone: for large blobs that are only ever named by it.
    pub fn sha256_only() -> Self {
        Self { sha256: sha2::Sha256::new(), rest: None, length: 0 }
    }

    /// Takes the next bytes of the stream.
    pub fn update(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.sha256.update(bytes);
        if let Some(rest) = &mut self.rest {
            rest.sha512.update(bytes);
            rest.blake2b.update(bytes);
            rest.sha1.update(bytes);
            rest.md5.update(bytes);
        }
    }

    /// How many bytes were hashed.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The digests of everything taken.
    pub fn finish(self) -> Digests {
        let mut digests = Digests::from_sha256(hex::encode(self.sha256.finalize()));
        if let Some(rest) = self.rest {
            digests.sha512 = Some(hex::encode(rest.sha512.finalize()));
            digests.blake2b_256 = Some(hex::encode(rest.blake2b.finalize()));
            digests.sha1 = Some(hex::encode(rest.sha1.finalize()));
            digests.md5 = Some(hex::encode(rest.md5.finalize()));
        }
        digests
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_uses_the_strongest_shared_algorithm() {
        let local = Digests::of(b"hello");
        let same = Digests { sha1: local.sha1.clone(), ..Digests::default() };
        assert_eq!(local.agrees(&same), Some(true));
        let mixed = Digests { sha1: local.sha1.clone(), sha256: Some("00".repeat(32)), ..Digests::default() };
        assert_eq!(local.agrees(&mixed), Some(false), "a matching SHA-1 must not outvote a differing SHA-256");
        assert_eq!(local.agrees(&Digests::default()), None);
    }

    #[test]
    fn integrity_round_trips() {
        let digests = Digests::of(b"hello");
        let integrity = digests.integrity().unwrap();
        assert_eq!(Digests::from_integrity(&integrity).sha512, digests.sha512);
        assert_eq!(Digests::from_integrity("md5-x what"), Digests::default());
    }
}
