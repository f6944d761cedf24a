//! What is sent to a path: a file on disk, or a short text.

use bytes::Bytes;
use pak_http::Body;
use pak_model::{Artifact, Digests, Problem, Release, Result, Upload, code};

use super::Checksum;

/// A body with its digests and media type.
#[derive(Debug, Clone)]
pub struct Content {
    /// The bytes.
    pub body: Body,
    /// Their digests.
    pub digests: Digests,
    /// Sent as `Content-Type`.
    pub media_type: &'static str,
}

impl Content {
    /// An artifact's file, which must still have the bytes it had when it was hashed.
    pub fn file(artifact: &Artifact) -> Self {
        Self {
            body: Body::file(&artifact.path, artifact.size, artifact.digests.sha256.clone()),
            digests: artifact.digests.clone(),
            media_type: "application/octet-stream",
        }
    }

    /// A document made in memory.
    pub fn text(text: impl Into<Bytes>, media_type: &'static str) -> Self {
        let bytes = text.into();
        Self { digests: Digests::of(&bytes), body: Body::bytes(bytes), media_type }
    }

    /// What an upload consists of: its artifact's file, or a checksum of that, as its digests say.
    pub fn of(release: &Release, upload: &Upload) -> Result<Self> {
        let artifact = release.artifact(&upload.artifact).ok_or_else(|| {
            Problem::new(code::build::ARTIFACT_MISSING, format!("{} is not among the artifacts.", upload.artifact))
        })?;
        if upload.digests.agrees(&artifact.digests) == Some(true) {
            return Ok(Self::file(artifact));
        }
        let checksums = Checksum::ALL.iter().filter_map(|kind| kind.text(&artifact.digests));
        let content = checksums
            .map(|text| Self::text(text.to_owned(), "text/plain"))
            .find(|content| content.digests.agrees(&upload.digests) == Some(true));
        content.ok_or_else(|| {
            Problem::new(code::deploy::ARTIFACT_CHANGED, format!("{} no longer goes with {}.", upload.key, artifact.id))
                .about("file", &artifact.path)
        })
    }
}
