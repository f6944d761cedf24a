//! What a driver is handed: one package, one version, its finished artifacts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::artifact::Artifact;
use crate::package::Package;

/// One package at one version with everything that is to be published of it, for one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The package as detected.
    pub package: Package,
    /// The version, read from the finished artifacts.
    pub version: String,
    /// The artifacts.
    pub artifacts: Vec<Artifact>,
    /// The target's publishing options.
    pub options: PublishOptions,
}

impl Release {
    /// The artifact of an id.
    pub fn artifact(&self, id: &str) -> Option<&Artifact> {
        self.artifacts.iter().find(|artifact| artifact.id == id)
    }
}

/// What `pak.toml` says about how a target's packages are published. Drivers read the fields that mean something to them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishOptions {
    /// npm: the dist-tag to set. Default `latest`; required for a pre-release version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// npm: `public` or `restricted`, for scoped packages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<String>,
    /// npm: a one-time password to answer a two-factor challenge with. Never stored.
    #[serde(skip)]
    #[schemars(skip)]
    pub otp: Option<String>,
    /// docker: the repository (`team/image`). Default: the package's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// docker: tags beside the version, such as `latest`. They may move from one release to the next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}
