//! Objects and their names: SHA-1 over kind, length and content.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use sha1::{Digest as _, Sha1};

use crate::error::Error;

/// An object's name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId([u8; Self::LENGTH]);

impl ObjectId {
    /// Its length in bytes.
    pub const LENGTH: usize = 20;
    /// No object: the value of a branch that is not there.
    pub const ZERO: Self = Self([0; Self::LENGTH]);

    /// The name of content.
    pub fn of(kind: Kind, data: &[u8]) -> Self {
        let mut hash = Sha1::new();
        hash.update(format!("{} {}\0", kind.word(), data.len()));
        hash.update(data);
        Self(hash.finalize().into())
    }

    /// From its 20 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its 20 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for ObjectId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut bytes = [0; Self::LENGTH];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| Error::Broken("an object's name"))?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A state of the tree with its history.
    Commit,
    /// A folder.
    Tree,
    /// A file's bytes.
    Blob,
    /// An annotated tag.
    Tag,
}

impl Kind {
    /// Its word in headers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    /// From its word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Commit, Self::Tree, Self::Blob, Self::Tag].into_iter().find(|kind| kind.word() == word)
    }
}

/// An object's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its bytes, without the header.
    pub data: Bytes,
}

impl Object {
    /// An object of bytes.
    pub fn new(kind: Kind, data: impl Into<Bytes>) -> Self {
        Self { kind, data: data.into() }
    }

    /// Its name.
    pub fn id(&self) -> ObjectId {
        ObjectId::of(self.kind, &self.data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_gits() {
        let hello = ObjectId::of(Kind::Blob, b"hello\n");
        assert_eq!(hello.to_string(), "ce013625030ba8dba906f756967f9e9ca394464a", "as `git hash-object` says");
        assert_eq!(ObjectId::of(Kind::Tree, b"").to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        assert_eq!("ce013625030ba8dba906f756967f9e9ca394464a".parse(), Ok(hello));
        for bad in ["", "ce01", "ge013625030ba8dba906f756967f9e9ca394464a"] {
            assert!(bad.parse::<ObjectId>().is_err(), "{bad}");
        }
    }
}
