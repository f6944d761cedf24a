//! Codes of cargo registries.

super::codes! { "cargo";
    NAME_INVALID = "name_invalid", Findings, "name not allowed for crates", "Use at most 64 letters, digits, hyphens and underscores, beginning with a letter.";
    NAME_RESERVED = "name_reserved", Findings, "name reserved by crates.io", "Choose another name; this one belongs to Rust itself or to Windows.";
    NAME_TAKEN = "name_taken", Findings, "crate exists under another spelling", "Use the exact spelling of the existing crate if it is yours, else another name: upper and lower case, hyphen and underscore do not tell names apart.";
    VERSION_INVALID = "version_invalid", Findings, "version not allowed for crates", "Use a SemVer version of at most 150 characters, such as 1.2.3 or 1.2.3-rc.1.";
    METADATA_MISSING = "metadata_missing", Findings, "manifest lacks what crates.io requires", "Add the field to [package] in Cargo.toml.";
    METADATA_INVALID = "metadata_invalid", Findings, "manifest field not accepted by crates.io", "Correct the field in Cargo.toml.";
    FEATURES_INVALID = "features_invalid", Findings, "features not accepted by crates.io", "Rename or reduce the features in Cargo.toml.";
    DEPENDENCY_INVALID = "dependency_invalid", Findings, "dependency not accepted by crates.io", "Give the dependency a version requirement that is not a bare `*`.";
    DEPENDENCY_MISSING = "dependency_missing", Findings, "dependency not in the registry", "Publish the dependency first, or correct its name and version requirement.";
    TOO_LARGE = "too_large", Findings, "crate larger than crates.io takes", "Leave files out with `include` or `exclude` in [package], or ask the crates.io team for a higher limit.";
    DIRTY_TREE = "dirty_tree", Findings, "packed from uncommitted changes", "Commit the changes, so that the crate can be traced to a commit.";
    REGISTRY_NOT_ALLOWED = "registry_not_allowed", Findings, "manifest forbids this registry", "Add the registry to `publish` in [package], or leave the package out of this target.";
    NO_API = "no_api", Usage, "registry cannot be published to", "The index names no web API: publish by the means its operator offers, or correct the index URL.";
    GIT_INDEX = "git_index", Usage, "index is a git repository", "Give the registry's sparse index (`sparse+https://…`); most registries have both.";
}
