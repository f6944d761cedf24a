//! What to build, from what, into where.

use camino::Utf8PathBuf;
use pak_model::Package;
use pak_model::env::Env;

/// One package to build.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// The project's root, absolute.
    pub project: Utf8PathBuf,
    /// The package.
    pub package: Package,
    /// An empty folder for what is made, absolute and outside the checkout.
    pub output: Utf8PathBuf,
    /// The captured environment, handed to child processes without credentials.
    pub env: Env,
    /// Seconds since 1970 for archive members, where the format does not fix a time; the commit's time, usually.
    pub source_date_epoch: Option<i64>,
    /// Globs (relative to the project) of artifacts that are built already. When given, nothing is built.
    pub prebuilt: Vec<String>,
    /// Settings of images.
    pub image: ImageSettings,
    /// Whether the package's own lifecycle scripts (`prepack`, `prepare`) run. Off unless the user asked.
    pub run_scripts: bool,
}

/// Where an image comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageSettings {
    /// A Dockerfile, relative to the project.
    pub dockerfile: Option<String>,
    /// An OCI layout folder, relative to the project.
    pub layout: Option<String>,
    /// An image archive (`docker save`, `skopeo copy oci-archive:`), relative to the project.
    pub archive: Option<String>,
    /// `os/arch[/variant]` to build for; empty for the machine's own.
    pub platforms: Vec<String>,
}

impl BuildRequest {
    /// The package's folder.
    pub fn directory(&self) -> Utf8PathBuf {
        if self.package.directory == "." { self.project.clone() } else { self.project.join(&self.package.directory) }
    }
}
