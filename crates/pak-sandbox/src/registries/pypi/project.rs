//! What is kept of a project: one document with its files, and the files beside it.

use std::io;

use pak_model::Digests;
use serde::{Deserialize, Serialize};

use crate::registries::Shared;

/// A project.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Project {
    /// The name as it was first published.
    pub name: String,
    /// Its files in the order of their upload.
    pub files: Vec<File>,
}

/// A file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct File {
    pub name: String,
    pub version: String,
    /// `bdist_wheel` or `sdist`.
    pub kind: String,
    pub size: u64,
    pub digests: Digests,
    pub requires_python: Option<String>,
    pub summary: Option<String>,
    /// Milliseconds since 1970.
    pub uploaded: i64,
    /// Whether attestations came with it.
    #[serde(default)]
    pub attested: bool,
}

impl Project {
    /// Reads a project's document.
    pub(super) fn load(shared: &Shared, normalized: &str) -> io::Result<Option<Self>> {
        let Some(bytes) = shared.store.read(&key(normalized))? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(io::Error::other)
    }

    /// Writes it.
    pub(super) fn save(&self, shared: &Shared, normalized: &str) -> io::Result<()> {
        shared.store.write(&key(normalized), &serde_json::to_vec_pretty(self).map_err(io::Error::other)?)
    }

    /// Files that are visible by now.
    pub(super) fn visible<'a>(&'a self, shared: &'a Shared) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(|file| shared.is_visible(file.uploaded))
    }
}

/// Where a project's document is kept.
pub(super) fn key(normalized: &str) -> String {
    format!("pypi/projects/{normalized}.json")
}

/// Where a file's bytes are.
pub(super) fn file_key(normalized: &str, file: &str) -> String {
    format!("pypi/files/{normalized}/{file}")
}

/// Where a file's attestations are.
pub(super) fn provenance_key(normalized: &str, file: &str) -> String {
    format!("pypi/provenance/{normalized}/{file}.json")
}
