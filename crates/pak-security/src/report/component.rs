//! One component: a package that something consists of or depends on.

pub use pak_model::security::Scope;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A component, once per file that names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Component {
    /// Its package URL, canonical: `pkg:npm/%40scope/name@1.0.0`.
    pub purl: String,
    /// The ecosystem as OSV names it (`npm`, `PyPI`, `Maven`, …); empty where OSV has none.
    pub ecosystem: String,
    /// The name as its ecosystem normalises it.
    pub name: String,
    /// The version; none where the file says only a range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The file that names it, relative to the target; members of archives follow `!/`.
    pub path: String,
    /// The line, from 1, where the reader knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What it is used for.
    pub scope: Scope,
    /// Whether the project asks for it itself; none where the file does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direct: Option<bool>,
    /// Where it comes from. Advisories are about what registries serve.
    pub origin: Origin,
    /// How exactly the file names it.
    pub certainty: Certainty,
    /// Its licence, as far as known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<Licence>,
    /// Digests as `sha256:hex`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<String>,
    /// Purls of the components it depends on, where the file says it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<String>,
}

/// Where a component comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The ecosystem's registry, or a mirror of it.
    Registry,
    /// A registry of another name: the same name may be another package.
    OtherRegistry,
    /// A commit of a repository.
    Git,
    /// A folder or file beside the project.
    Path,
    /// An address.
    Url,
}

/// How exactly a file names a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Exactly this version is used.
    Exact,
    /// The file lists it, but it may not be what is built (go.sum, effective POMs).
    Listed,
    /// The file asks for a range; the version is the range or absent.
    Declared,
}

/// What is known of a component's licence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Licence {
    /// What its manifest says, as it says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    /// What its texts are, as an SPDX expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detected: Option<String>,
    /// What follows from both, as a valid SPDX expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concluded: Option<String>,
}
