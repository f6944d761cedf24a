//! A package of the project, as its manifest describes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The packaging world a manifest belongs to. It decides how the package is built and which platforms can take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ecosystem {
    /// `package.json`.
    Npm,
    /// `pyproject.toml`, `setup.cfg`.
    Python,
    /// `Cargo.toml`.
    Cargo,
    /// A `Dockerfile`, an OCI layout or an image archive.
    Oci,
    /// `pom.xml`, `build.gradle`.
    Maven,
    /// Files that `pak.toml` names: archives and programs that people download.
    Generic,
}

impl Ecosystem {
    /// Every ecosystem, in the order they are shown.
    pub const ALL: &[Self] = &[Self::Npm, Self::Python, Self::Cargo, Self::Oci, Self::Maven, Self::Generic];

    /// The word used in `pak.toml`, JSON and messages.
    pub fn id(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Python => "python",
            Self::Cargo => "cargo",
            Self::Oci => "oci",
            Self::Maven => "maven",
            Self::Generic => "generic",
        }
    }

    /// The platform that takes this ecosystem's packages by default; files have no public registry.
    pub fn default_platform(self) -> Option<&'static str> {
        match self {
            Self::Npm => Some("npm"),
            Self::Python => Some("pypi"),
            Self::Cargo => Some("cargo"),
            Self::Oci => Some("docker"),
            Self::Maven => Some("central"),
            Self::Generic => None,
        }
    }
}

impl std::fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}

/// One publishable thing of the project. Paths are relative to the project's root, with `/` between parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The key in `pak.toml`, unique in the project: `js`, `core`, `image`.
    pub id: String,
    /// Its packaging world.
    pub ecosystem: Ecosystem,
    /// The name as the manifest writes it.
    pub name: String,
    /// The version as the manifest writes it; `None` where only the build knows it (Python's `dynamic`).
    pub version: Option<String>,
    /// The folder of the manifest, relative to the project; `.` for the root.
    pub directory: String,
    /// The manifest, relative to the project.
    pub manifest: String,
    /// Why this package is not published, where it is not: `"private": true`, `publish = false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<String>,
    /// Ids of packages of this project that must be visible before this one, for the registry or the user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// What people read about it.
    #[serde(default)]
    pub about: About,
}

/// What people read about a package, from its manifest or `pak.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// An SPDX expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
}

impl Package {
    /// `name version`, or the name alone where the version is not known before the build.
    pub fn label(&self) -> String {
        match &self.version {
            Some(version) => format!("{} {version}", self.name),
            None => self.name.clone(),
        }
    }
}
