//! The actions that generated workflows use, each at the commit of a release. The one place to change them.

/// An action at a commit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pin {
    action: &'static str,
    commit: &'static str,
    version: &'static str,
}

/// Checks the source out.
pub(super) const CHECKOUT: Pin =
    Pin { action: "actions/checkout", commit: "08c6903cd8c0fde910a37f88322edcfb5dd907a8", version: "v5.0.0" };
/// Hands artifacts to later jobs.
pub(super) const UPLOAD: Pin =
    Pin { action: "actions/upload-artifact", commit: "ea165f8d65b6e75b540449e92b4886f43607fa02", version: "v4.6.2" };
/// Takes them.
pub(super) const DOWNLOAD: Pin =
    Pin { action: "actions/download-artifact", commit: "d3f86a106a0bac45b974a628896c90dbdf5c8093", version: "v4.3.0" };

impl std::fmt::Display for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{} # {}", self.action, self.commit, self.version)
    }
}
