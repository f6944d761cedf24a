//! Codes of platforms that are files in a git repository: Homebrew's taps, Scoop's buckets.

super::codes! { "tap";
    REPOSITORY_MISSING = "repository_missing", Findings, "target names no repository", "Set `repository` of the target to the repository that holds the file: `repository = \"https://github.com/you/homebrew-tap\"`.";
    REPOSITORY_NAME = "repository_name", Findings, "repository is not named as clients expect", "Clients find it only by its whole address. Rename it to what the message says.";
    ABOUT_MISSING = "about_missing", Findings, "package is not described", "Set `description`, `homepage` and `license` in the package's manifest, or in `[packages.<id>]` of pak.toml.";
    ABOUT_STYLE = "about_style", Findings, "description is not in the customary form", "Write one short phrase: no article at its beginning, no full stop at its end, not the package's name again.";
    LICENSE_UNKNOWN = "license_unknown", Findings, "licence is no SPDX expression", "Write it as SPDX does: `MIT`, `Apache-2.0`, `MIT OR Apache-2.0`.";
    ASSETS_MISSING = "assets_missing", Findings, "no file to install", "Publish a file for a system this platform serves; its name must tell the system and the architecture (`hello-1.0.0-linux-x86_64.tar.gz`).";
    ASSETS_AMBIGUOUS = "assets_ambiguous", Findings, "several files for one machine", "Publish one archive per system and architecture, or give the target a `template` of your own that chooses.";
    PROGRAM_MISSING = "program_missing", Findings, "file holds no program", "Put the program into the archive, executable, or give the target a `template` of your own.";
    GUESSED = "guessed", Findings, "something had to be guessed", "Check what the message says; a `template` of your own can say it differently.";
    URL_INVALID = "url_invalid", Findings, "address of a file cannot be used", "Publish the files at an https address.";
    DIGEST_MISSING = "digest_missing", Findings, "SHA-256 of a file is not known", "Build the package again.";
    NAME_INVALID = "name_invalid", Findings, "name not usable", "Use lower-case letters, digits, `-`, `_`, `.` and `@`, beginning with a letter; `path` of the target may name the file otherwise.";
    VERSION_INVALID = "version_invalid", Findings, "version not usable", "Use letters, digits, dots, hyphens, `+` and `_`.";
    PATH_INVALID = "path_invalid", Findings, "path in the repository not usable", "Give a path below the repository's root with the extension that clients look for.";
    OLDER_VERSION = "older_version", Findings, "a newer version is there", "Clients would be offered the older version. Leave this target out (`--platform`) unless that is meant.";
    TEMPLATE_INVALID = "template_invalid", Findings, "template cannot be rendered", "Mend the line named; docs/reference/templates.md lists the variables.";
    TEXT_INVALID = "text_invalid", Findings, "file would not be read by clients", "Mend the template; without one of your own, please report this.";
    AUTHOR_MISSING = "author_missing", Findings, "nobody to commit as", "Set `commit-author = \"Name <address>\"` of the target, or GIT_AUTHOR_NAME and GIT_AUTHOR_EMAIL, or git's own `user.name` and `user.email`.";
    AUTHOR_INVALID = "author_invalid", Findings, "author not usable", "Write `Name <address>`, on one line.";
}
