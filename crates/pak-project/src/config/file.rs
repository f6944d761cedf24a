//! The shape of `pak.toml`. Doc comments here are the configuration reference.

use std::collections::BTreeMap;

use pak_model::Ecosystem;
use pak_model::security::SecurityConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::platform::PlatformConfig;

/// `pak.toml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Config {
    /// The project as a whole.
    pub project: ProjectConfig,
    /// Packages by id. A package found in the tree needs no entry; an entry changes how it is built or named.
    pub packages: BTreeMap<String, PackageConfig>,
    /// Environments by name, each a set of targets by name. `sandbox` is always there.
    pub environments: BTreeMap<String, EnvironmentConfig>,
    /// Platforms of your own by id, each like one that is known.
    pub platforms: BTreeMap<String, PlatformConfig>,
    /// What is looked for before a release, and what is decided about it.
    pub security: SecurityConfig,
}

/// `[environments.<name>]`: targets by name. A target's name is its platform unless it says otherwise.
pub type EnvironmentConfig = BTreeMap<String, TargetConfig>;

/// `[project]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ProjectConfig {
    /// The project's name in journals and messages. Default: the folder's name.
    pub name: Option<String>,
    /// The environment of `pak plan` and `pak deploy` when none is named. Default: `production`.
    pub environment: Option<String>,
    /// Globs of folders that detection passes over, relative to the project: `["examples/**", "fixtures"]`.
    pub exclude: Vec<String>,
}

/// `[packages.<id>]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct PackageConfig {
    /// The package's folder or manifest, relative to the project.
    pub path: Option<String>,
    /// Its ecosystem, where the folder holds several manifests.
    pub ecosystem: Option<Ecosystem>,
    /// Its name, where the manifest has none (images).
    pub name: Option<String>,
    /// Its version, where the manifest has none (images): a version, or `from:<package id>` to follow another package.
    pub version: Option<String>,
    /// `false` leaves the package out.
    pub publish: Option<bool>,
    /// Globs of artifacts that are built already; nothing is built then.
    pub artifacts: Vec<String>,
    /// Ids of packages that must be published before this one.
    pub depends_on: Vec<String>,
    /// Whether the manifest's own lifecycle scripts (`prepack`, `prepare`) run before packing. Default: no.
    pub run_scripts: bool,
    /// What people read about it, where the manifest does not say it (files): one sentence.
    pub description: Option<String>,
    /// Its page.
    pub homepage: Option<String>,
    /// Its licence, as an SPDX expression.
    pub license: Option<String>,
    /// Maven, files: puts a detached signature beside every artifact. `gpg`: by the user's GnuPG (`.asc`); `openpgp`, `minisign`
    /// (`.minisig`), `ssh` (`.sig`): by a key file; Maven takes `gpg` and `openpgp`. Default: none.
    pub sign: Option<Signer>,
    /// The key that signs. For `gpg` its id, fingerprint or address; default: the only secret key there is. For the others the
    /// key's file, relative to the project; default: `PAK_SIGNING_KEY`.
    pub sign_key: Option<String>,
    /// Image: the Dockerfile, relative to the project.
    pub dockerfile: Option<String>,
    /// Image: a folder in OCI layout, relative to the project.
    pub layout: Option<String>,
    /// Image: an archive (`docker save`, `skopeo copy oci-archive:`), relative to the project.
    pub archive: Option<String>,
    /// Image: `os/arch` pairs to build for. Default: the machine's own.
    pub platforms: Vec<String>,
}

/// What makes signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Signer {
    /// GnuPG.
    Gpg,
    /// An OpenPGP key in a file.
    Openpgp,
    /// A minisign key in a file.
    Minisign,
    /// An SSH key in a file.
    Ssh,
}

/// `[environments.<environment>.<target>]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the settings file")]
pub struct TargetConfig {
    /// The platform. Default: the target's name.
    pub platform: Option<String>,
    /// The registry's root URL. Default: the platform's public registry, or the one the ecosystem's own configuration names.
    pub registry: Option<String>,
    /// pypi: the upload URL.
    pub upload: Option<String>,
    /// cargo: the sparse index URL. pypi: the simple index URL.
    pub index: Option<String>,
    /// docker: the repository, `team/image`. Default: the package's name. homebrew, scoop: the tap, as a git URL.
    pub repository: Option<String>,
    /// Ids of the packages that go here. Default: every package the platform can take.
    pub packages: Option<Vec<String>>,
    /// The variable that holds the token.
    pub token_env: Option<String>,
    /// The variable that holds the user name.
    pub username_env: Option<String>,
    /// The variable that holds the password.
    pub password_env: Option<String>,
    /// Permits publishing without a credential, where a private registry asks for none.
    pub anonymous: bool,
    /// Permits a registry on plain http elsewhere than on this machine.
    pub allow_http: bool,
    /// npm: the dist-tag. Default: `latest`.
    pub tag: Option<String>,
    /// npm: `public` or `restricted`, for scoped packages.
    pub access: Option<String>,
    /// npm, pypi, docker: sign a statement of how the artifacts were made by the CI job's identity, and publish it with them.
    pub provenance: bool,
    /// docker: tags beside the version; they may move.
    pub tags: Vec<String>,
    /// What the platform's address needs to know: `with = { host = "git.example.org", owner = "acme" }`.
    pub with: BTreeMap<String, String>,
    /// generic: where each file goes below the root, `{name}/{version}/{file}`. homebrew, scoop: the file in the tap.
    pub path: Option<String>,
    /// generic, maven: checksum files to put beside each file: `md5`, `sha1`, `sha256`, `sha512`. Default: the platform's own.
    pub checksums: Option<Vec<String>>,
    /// homebrew, scoop: the target of this environment that publishes the files to point at. Default: the first that does.
    pub assets: Option<String>,
    /// homebrew, scoop: the tap's branch. Default: the repository's own.
    pub branch: Option<String>,
    /// homebrew, scoop: offer a pull request instead of pushing to the branch.
    pub pull_request: bool,
    /// homebrew, scoop: the commit's subject. Default: the platform's custom; `{name}` and `{version}` are filled in.
    pub commit_message: Option<String>,
    /// homebrew, scoop: who commits, as `Name <address>`. Default: git's own variables and settings.
    pub commit_author: Option<String>,
    /// homebrew, scoop: a template file of your own, relative to the project.
    pub template: Option<String>,
    /// homebrew, scoop: the forge the tap is on, where its host does not tell: `github`, `gitlab`, `gitea`.
    pub forge: Option<String>,
}
