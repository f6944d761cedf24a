//! Codes of detection: manifests and workspaces.

super::codes! { "project";
    MANIFEST_INVALID = "manifest_invalid", Usage, "manifest cannot be read", "Correct the manifest; nothing was built or sent.";
    MANIFEST_INCOMPLETE = "manifest_incomplete", Usage, "manifest lacks a required field", "Add the field named.";
    NO_PACKAGES = "no_packages", Usage, "nothing publishable found", "Run this in a folder with a package.json, pyproject.toml, Cargo.toml, pom.xml or Dockerfile, or name the package in pak.toml.";
    PACKAGE_UNKNOWN = "package_unknown", Usage, "no such package", "Name a package of pak.toml; `pak detect` shows them.";
    VERSION_MISMATCH = "version_mismatch", Usage, "version differs from the manifest", "Change the manifest's version first, or leave the version out.";
    PATH_OUTSIDE = "path_outside", Usage, "path leaves the project", "Use a path inside the project.";
    NOT_UTF8 = "not_utf8", Usage, "name is not UTF-8", "Rename the file; registries take UTF-8 names only.";
    DEPENDENCY_CYCLE = "dependency_cycle", Usage, "packages depend on each other in a circle", "Break the circle: one of the packages must be published first.";
    UNREADABLE = "unreadable", Usage, "folder or file cannot be read", "Check that it exists and that you may read it.";
}
