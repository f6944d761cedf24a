//! One journalled effect on a registry, and what the registry says about it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::coordinates::Coordinates;
use crate::digest::Digests;

/// One effect the engine journals by itself: a file, a blob, a manifest, a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// Unique within the release and the same in every run: a file name, `blob sha256:…`, `tag 1.2.3`.
    pub key: String,
    /// Where it will be found.
    pub coordinates: Coordinates,
    /// The digests by which it is recognised.
    pub digests: Digests,
    /// How many bytes are sent.
    pub size: u64,
    /// The artifact whose bytes these are.
    pub artifact: String,
    /// Keys of uploads that must be done first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// What may be done when other bytes are already there.
    pub on_conflict: OnConflict,
    /// What it is for the release.
    pub role: Role,
}

/// What an upload is for its release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Addressed by its content and shared with other releases (an image's layer): nobody's own, never taken back.
    Shared,
    /// Of this release alone, but not what users find it by (a jar, a manifest by digest): taken back with it.
    Part,
    /// What users find the release by (a version document, a tag, an index that lists it, a commit): done last.
    Front,
}

/// What other bytes under the same name mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnConflict {
    /// The release stops for this package: versions are immutable.
    Stop,
    /// The name is moved (a tag such as `latest`).
    Replace,
}

/// What a registry answers to "is this there".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// Nothing under these coordinates.
    Absent,
    /// Something is there.
    Present {
        /// What the registry says of its bytes.
        digests: Digests,
        /// Whether users are offered it.
        standing: Standing,
    },
    /// Accepted but not listed yet (an index written by a background job).
    NotVisibleYet {
        /// When to ask again, in milliseconds.
        ask_again_ms: u64,
    },
    /// The name cannot be used again: something was there and was removed (npm's unpublished versions, PyPI's deleted files).
    Burnt {
        /// The registry's reason.
        reason: String,
    },
}

/// Whether users are offered what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Offered.
    Live,
    /// There, but not offered any more: yanked, unlisted, deprecated.
    Withdrawn,
    /// Proposed to the people who decide: an open pull request. Users see nothing of it until it is merged.
    Proposed,
}

impl Standing {
    /// Withdrawn, where the registry says so, else live.
    pub fn withdrawn_if(withdrawn: bool) -> Self {
        if withdrawn { Self::Withdrawn } else { Self::Live }
    }
}

impl Presence {
    /// Present and offered, with the digests the registry tells.
    pub fn present(digests: Digests) -> Self {
        Self::Present { digests, standing: Standing::Live }
    }

    /// Accepted, not listed yet.
    pub fn not_yet(ask_again: Duration) -> Self {
        Self::NotVisibleYet { ask_again_ms: u64::try_from(ask_again.as_millis()).unwrap_or(u64::MAX) }
    }
}

/// What a registry said when it accepted an upload.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Where people find it: a page or a file URL (never with a credential in it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The registry's own name for what it holds back until it is promoted (a deployment's id): see `Stage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Warnings the registry gave along with its yes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}
