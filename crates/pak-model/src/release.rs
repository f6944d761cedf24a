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
    /// Files that other steps of the same plan publish, and that this one points at (a formula and its archives).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<Asset>,
    /// Signed statements about the artifacts, where the target's settings ask for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attestations: Vec<Attestation>,
}

/// A signed statement about an artifact, for the registry to show beside it. It is made once, after the plan was approved, and
/// saved with the run: a second signing would give other bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// The artifact's id.
    pub artifact: String,
    /// The sigstore bundle around the statement, as JSON.
    pub bundle: String,
}

/// A file that is published elsewhere in the same plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// Where people download it.
    pub url: String,
    /// Its file name.
    pub name: String,
    /// Its digests, from the bytes that the plan sends.
    pub digests: crate::digest::Digests,
    /// Its size in bytes.
    pub size: u64,
    /// What it is for.
    pub details: crate::artifact::Details,
}

impl Release {
    /// The attestations of an artifact.
    pub fn attestations_of<'a>(&'a self, artifact: &'a str) -> impl Iterator<Item = &'a Attestation> {
        self.attestations.iter().filter(move |attestation| attestation.artifact == artifact)
    }

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
    /// docker: the repository (`team/image`). Default: the package's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// docker: tags beside the version, such as `latest`. They may move from one release to the next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// generic: where each file goes below the root: `{name}/{version}/{file}`. homebrew, scoop: the file in the tap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// generic, maven: checksum files to put beside each file: `md5`, `sha1`, `sha256`, `sha512`. None: the platform's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksums: Option<Vec<String>>,
    /// npm, pypi, docker: a signed statement of how the artifacts were made goes with them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provenance: bool,
    /// maven: the unique version of a snapshot, fixed when the plan was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// homebrew, scoop: how the change gets into the tap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<CommitOptions>,
}

/// How a file gets into a git repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CommitOptions {
    /// The branch. Default: the repository's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Offer a pull request instead of pushing to the branch.
    pub pull_request: bool,
    /// The commit's subject, with `{name}` and `{version}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// `Name <address>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The user's own template, as text, in place of the platform's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The forge the repository is on, where its host does not tell: `github`, `gitlab`, `gitea`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forge: Option<String>,
}
