//! A file (or image) that the build made and that registries receive.

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digests;

/// What an artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArtifactKind {
    /// An npm tarball.
    NpmTarball,
    /// A Python source distribution.
    Sdist,
    /// A Python wheel.
    Wheel,
    /// A `.crate`.
    Crate,
    /// An OCI image: a folder in OCI layout, or a tar archive of one.
    OciImage,
    /// A file of a Maven component: a jar, its POM, its sources, a signature of one of them.
    MavenFile,
    /// A file that people download: an archive, a program.
    File,
}

/// One artifact. `path` is absolute while a run works with it and is what the journal's artifact list re-hashes on resume.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// The file name, unique within the package's release.
    pub id: String,
    /// What it is.
    pub kind: ArtifactKind,
    /// Where it lies.
    #[schemars(with = "String")]
    pub path: Utf8PathBuf,
    /// Its size in bytes; for an image the sum of its blobs.
    pub size: u64,
    /// Its digests; for an image, the SHA-256 of its top manifest.
    pub digests: Digests,
    /// The package it belongs to.
    pub package: String,
    /// What the format itself says, read back from the finished bytes.
    pub details: Details,
}

/// Facts read from the finished artifact, typed per kind: registries are told what the bytes say, never what the source tree says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Details {
    /// An npm tarball's `package/package.json` and readme.
    Npm(NpmDetails),
    /// A wheel's `METADATA` or an sdist's `PKG-INFO`.
    Python(PythonDetails),
    /// A `.crate`'s normalised manifest, in the shape of cargo's publish request.
    Crate(CrateDetails),
    /// An image's manifests and blobs.
    Image(ImageDetails),
    /// Where a file belongs in a Maven component.
    Maven(MavenDetails),
    /// What a file is for.
    File(FileDetails),
}

/// Where a file belongs in a Maven component, and what a POM says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MavenDetails {
    /// The group id: `org.example`.
    pub group: String,
    /// The artifact id: `hello`.
    pub artifact: String,
    /// The version as the POM says it: `1.0.0`, `1.1.0-SNAPSHOT`.
    pub version: String,
    /// `sources`, `javadoc`, `tests`; none for the main file and the POM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classifier: Option<String>,
    /// The extension: `jar`, `pom`, `module`, `jar.asc` for a signature.
    pub extension: String,
    /// What the POM says, where this file is the POM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pom: Option<Box<PomDetails>>,
}

/// What a POM says, as far as registries check it. Inherited values are filled in where the parent is in the project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PomDetails {
    /// `modelVersion`.
    pub model_version: Option<String>,
    /// `packaging`; `jar` where it says none.
    pub packaging: String,
    /// `name`.
    pub name: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `url`.
    pub url: Option<String>,
    /// `licenses/license`: name and URL.
    pub licenses: Vec<(Option<String>, Option<String>)>,
    /// `developers/developer`: how many have a name, an address or an organisation.
    pub developers: u32,
    /// `scm`: connection, developerConnection, url.
    pub scm: [Option<String>; 3],
    /// `parent` as `group:artifact:version`: what is not said here may be said there.
    pub parent: Option<String>,
    /// Dependencies a client cannot resolve from this POM alone, as `group:artifact`: no version, no managed one.
    pub unversioned: Vec<String>,
    /// Dependencies on snapshots, as `group:artifact:version`.
    pub snapshots: Vec<String>,
    /// Placeholders (`${…}`) that stay unresolved in coordinates or versions.
    pub unresolved: Vec<String>,
}

/// What a downloadable file is for, read from its name and its content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FileDetails {
    /// `linux`, `macos`, `windows`, …, where the name tells.
    pub os: Option<String>,
    /// `x86_64`, `aarch64`, `i686`, …, or `universal`, where the name tells.
    pub architecture: Option<String>,
    /// `tar.gz`, `tar.xz`, `zip`, `dmg`, `exe`, …; empty for a bare program.
    pub format: String,
    /// The one folder that everything in the archive lies in, where there is one.
    pub root: Option<String>,
    /// Programs in it, as paths inside the archive; the file itself for a bare program.
    pub programs: Vec<String>,
}

/// What an npm tarball says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NpmDetails {
    /// `package.json` of the tarball, whole.
    pub manifest: serde_json::Value,
    /// The readme's text, where the tarball has one at its root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readme: Option<String>,
    /// The readme's file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readme_filename: Option<String>,
    /// How many files the tarball holds.
    pub file_count: u64,
    /// Their total size in bytes.
    pub unpacked_size: u64,
    /// Files that the manifest names (`main`, `bin`, `types`, …) and the tarball does not hold, as `main: dist/index.js`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// What a Python distribution says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PythonDetails {
    /// `METADATA`/`PKG-INFO` headers in order, names as written (`Requires-Dist`), values unfolded.
    pub metadata: Vec<(String, String)>,
    /// The description: the body, or the `Description` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `source` for an sdist, else the wheel's Python tag (`py3`, `cp312`).
    pub python_tag: String,
    /// The wheel's platform tags (`any`, `manylinux_2_17_x86_64`); empty for an sdist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platform_tags: Vec<String>,
    /// Every member's path, for checks that a listed licence file is there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
}

impl PythonDetails {
    /// The first value of a header, by case-insensitive name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.metadata.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All values of a header, by case-insensitive name.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.metadata.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What a `.crate` says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrateDetails {
    /// The JSON of cargo's publish request (name, vers, deps, features, …), made from the normalised manifest.
    pub publish: serde_json::Value,
    /// The package's `publish` list of allowed registries, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish_to: Option<Vec<String>>,
    /// The unpacked size in bytes.
    pub unpacked_size: u64,
    /// Whether cargo packed it from a git checkout with uncommitted changes.
    #[serde(default)]
    pub dirty: bool,
}

/// What an image consists of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageDetails {
    /// The digest (`sha256:…`) of the top manifest or index: the image's identity.
    pub digest: String,
    /// Manifests in the order they must be sent: each after those it names, the top one last.
    pub manifests: Vec<ImageManifest>,
    /// Configuration and layer blobs, each once.
    pub blobs: Vec<ImageBlob>,
    /// `os/arch` pairs, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    /// Whether an image configuration names something to run (an entry point or a command).
    #[serde(default)]
    pub runnable: bool,
}

/// One manifest or index of an image, with its exact bytes (they are what the digest is of).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageManifest {
    /// `sha256:…`.
    pub digest: String,
    /// The media type, sent as `Content-Type`.
    pub media_type: String,
    /// The document, byte for byte.
    pub text: String,
    /// Digests of the blobs it names directly.
    pub blobs: Vec<String>,
}

/// One blob of an image: a stretch of a file on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageBlob {
    /// `sha256:…`.
    pub digest: String,
    /// Length in bytes.
    pub size: u64,
    /// The file it lies in: the blob file of a layout, or the archive.
    #[schemars(with = "String")]
    pub path: Utf8PathBuf,
    /// Where in that file it begins.
    pub offset: u64,
}
