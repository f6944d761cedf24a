//! Codes of building and of reading artifacts.

super::codes! { "build";
    TOOL_MISSING = "tool_missing", Usage, "build tool not found", "Install the tool named, or build the artifact beforehand and name it in pak.toml.";
    PROGRAMS_REFUSED = "programs_refused", Usage, "may not start programs", "An administrator allows builds for this project; or its source brings the artifacts prebuilt, named under `artifacts` in pak.toml.";
    TOOL_FAILED = "tool_failed", Usage, "build failed", "Read the tool's own output above; nothing was sent.";
    ARTIFACT_MISSING = "artifact_missing", Usage, "artifact not found", "Build it first, or correct the path in pak.toml.";
    ARTIFACT_INVALID = "artifact_invalid", Usage, "artifact is not what it should be", "Build it anew; it is damaged or of another format.";
    FILE_REFUSED = "file_refused", Usage, "file cannot be packed", "Remove the file, or leave it out by the manifest's file list.";
    LINK_REFUSED = "link_refused", Usage, "symbolic link leaves the package", "Replace the link by the file it points to, or leave it out.";
    RECIPE_INVALID = "recipe_invalid", Usage, "image recipe not supported", "Use the instructions listed in the guide for images, or build the image elsewhere and give its layout.";
    KEY_MISSING = "key_missing", Credentials, "no key to sign with", "Set `sign-key` of the package to a secret key of yours; `gpg --list-secret-keys` shows them.";
    DISK_FULL = "disk_full", Internal, "no space left", "Free some space or set PAK_STATE_DIR to another disk.";
    IO = "io", Internal, "file operation failed", "Check permissions and free space of the path named.";
    NOT_REPRODUCIBLE = "not_reproducible", Findings, "two builds differ", "Find what differs (times, random names, unordered lists) and make the build reproducible.";
}
