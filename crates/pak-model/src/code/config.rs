//! Codes of configuration: `pak.toml`, `pak.conf`, flags and variables.

super::codes! { "config";
    NOT_FOUND = "not_found", Usage, "no pak.toml here", "Run `pak init` in the project's root to write one, or give the project's path.";
    SYNTAX = "syntax", Usage, "configuration file cannot be parsed", "Correct the line shown; `pak config schema` prints what is allowed.";
    UNKNOWN_KEY = "unknown_key", Usage, "unknown configuration key", "Remove the key or correct its spelling; `pak config schema` lists every key.";
    INVALID_VALUE = "invalid_value", Usage, "configuration value not allowed", "Correct the value; `pak config schema` says what each key takes.";
    ENVIRONMENT_UNKNOWN = "environment_unknown", Usage, "no such environment", "Add `[environments.<name>.<platform>]` to pak.toml, or name one of the environments listed.";
    PLATFORM_UNKNOWN = "platform_unknown", Usage, "no such platform", "`pak platform list` shows every platform.";
    ASSETS_MISSING = "assets_missing", Usage, "no target publishes the files", "Add a target that publishes the package's files (`[environments.<name>.generic]` with a `registry`), or name one with `assets`.";
    PLATFORM_EXISTS = "platform_exists", Usage, "platform's name is taken", "Give the platform another name; `pak platform list` shows those that are taken.";
    PARAMETER_MISSING = "parameter_missing", Usage, "a host's address is not complete", "Give the parameter in the target's `with = { … }`; `pak platform info <name>` shows what there is.";
    PARAMETER_UNKNOWN = "parameter_unknown", Usage, "a host has no such parameter", "Correct the name in `with = { … }`; `pak platform info <name>` shows what there is.";
    TOKEN_COMMAND = "token_command", Credentials, "token command failed", "Run the command yourself and mend what it says; it must print the token alone, on one line.";
    TARGET_UNKNOWN = "target_unknown", Usage, "no such target in this environment", "Name a target of the environment; `pak plan` shows them.";
    HTTP_NOT_ALLOWED = "http_not_allowed", Usage, "registry on plain http", "Use https, or set `allow-http = true` for this target if the network is yours.";
    URL_INVALID = "url_invalid", Usage, "not a registry URL", "Give a URL with a scheme and a host, such as https://registry.example.org/.";
    CREDENTIAL_MISSING = "credential_missing", Credentials, "no credential for this target", "Add one with `pak credential add <target>`, or set the variable named.";
    FILE_UNREADABLE = "file_unreadable", Usage, "file cannot be read", "Check that the file exists and that you may read it.";
    FILE_UNWRITABLE = "file_unwritable", Internal, "file cannot be written", "Check permissions and free space.";
    EXISTS = "exists", Usage, "file is there already", "Give --force to write it anew; what it says now is lost.";
    USAGE = "usage", Usage, "the command cannot be understood", "`pak <command> --help` shows its forms and an example.";
}
