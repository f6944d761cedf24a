//! Codes of plain files over HTTP: generic file servers and Maven repositories.

super::codes! { "files";
    ROOT_MISSING = "root_missing", Findings, "no server to upload to", "Set `registry = \"https://…\"` for this target: files have no public registry of their own.";
    PATH_INVALID = "path_invalid", Findings, "path not allowed on a file server", "Use names without `..`, empty parts, backslashes or control characters.";
    TEMPLATE_INVALID = "template_invalid", Findings, "path template not usable", "Use the placeholders {name}, {version} and {file}; {file} must be in it.";
    CHECKSUM_UNKNOWN = "checksum_unknown", Findings, "unknown checksum", "Use md5, sha1, sha256 or sha512.";
    FILES_MISSING = "files_missing", Findings, "release has no files", "Name the files: `artifacts = [\"dist/*.tar.gz\"]` for the package in pak.toml.";
    FILES_COLLIDE = "files_collide", Findings, "two files at one address", "Give the files different names, or add {name} or {version} to the target's `path`.";
    FOLDER_REFUSED = "folder_refused", Refused, "folder cannot be made", "Check that the account may create folders there, or make the folder by hand.";
    SPACE_EXHAUSTED = "space_exhausted", Refused, "server has no space left", "Free space on the server or raise the account's quota; then run `pak deploy resume`.";
}
