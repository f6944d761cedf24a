//! Bodies that can be built again for every attempt, without holding files in memory.

use bytes::Bytes;
use camino::Utf8PathBuf;

/// A request body: parts sent one after the other, with a length known beforehand.
#[derive(Debug, Clone, Default)]
pub struct Body {
    pub(crate) parts: Vec<Part>,
}

/// One stretch of a body.
#[derive(Debug, Clone)]
pub enum Part {
    /// Bytes in memory.
    Bytes(Bytes),
    /// A stretch of a file, sent as it is.
    File(FilePart),
    /// A stretch of a file, sent in base64 with padding (npm's attachments).
    Base64(FilePart),
}

/// A stretch of a file and what it must hash to.
#[derive(Debug, Clone)]
pub struct FilePart {
    /// The file.
    pub path: Utf8PathBuf,
    /// Where the stretch begins.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// Its SHA-256 as hex. The last bytes are held back until it is confirmed, so that other bytes never arrive whole.
    pub sha256: Option<String>,
}

impl Body {
    /// No body.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Bytes in memory.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::default().and_bytes(bytes)
    }

    /// A whole file of known size and digest.
    pub fn file(path: impl Into<Utf8PathBuf>, length: u64, sha256: Option<String>) -> Self {
        Self { parts: vec![Part::File(FilePart { path: path.into(), offset: 0, length, sha256 })] }
    }

    /// Appends bytes.
    pub fn and_bytes(mut self, bytes: impl Into<Bytes>) -> Self {
        self.parts.push(Part::Bytes(bytes.into()));
        self
    }

    /// Appends a part.
    pub fn and(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Appends everything of another body.
    pub fn and_body(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self
    }

    /// The length in bytes as sent.
    pub fn len(&self) -> u64 {
        self.parts.iter().map(Part::len).sum()
    }

    /// Whether nothing is sent.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<Part> for Body {
    fn from(part: Part) -> Self {
        Self { parts: vec![part] }
    }
}

impl Part {
    /// The length in bytes as sent.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.length,
            Self::Base64(file) => file.length.div_ceil(3) * 4,
        }
    }

    /// Whether nothing is sent.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
