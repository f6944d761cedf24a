//! Where a published thing is found: registry-side name, version and file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name, version and (where a version holds several) file of something in a registry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coordinates {
    /// The name as the registry writes it: `@scope/name`, `my-package`, `team/image`.
    pub name: String,
    /// The version as the registry writes it; for OCI the tag or `sha256:…`.
    pub version: String,
    /// The file of the version, where there can be several (`x-1.0-py3-none-any.whl`), or a blob's digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl Coordinates {
    /// A version as a whole.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self { name: name.into(), version: version.into(), file: None }
    }

    /// One file of it.
    #[must_use]
    pub fn file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }
}

impl std::fmt::Display for Coordinates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.version)?;
        match &self.file {
            Some(file) => write!(f, " ({file})"),
            None => Ok(()),
        }
    }
}
