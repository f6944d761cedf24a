//! Every environment variable `pak` reads by a fixed name, and a captured environment that tests can replace.

use std::collections::BTreeMap;

/// The environment of the process, captured once by the binary. Libraries never read the process environment themselves.
#[derive(Clone, Default)]
pub struct Env {
    variables: BTreeMap<String, String>,
}

impl Env {
    /// Captures pairs; values that are not UTF-8 are left out by the caller.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { variables: pairs.into_iter().collect() }
    }

    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Names that begin with a prefix, with their values, in order.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.variables
            .range(prefix.to_owned()..)
            .take_while(move |(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The user's home folder.
    pub fn home(&self) -> Option<&str> {
        self.get("HOME").or_else(|| self.get("USERPROFILE"))
    }
}

impl std::fmt::Debug for Env {
    /// Values may be secrets: only the count is printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Env({} variables)", self.variables.len())
    }
}

/// A documented variable.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name; `<PLATFORM>` stands for a target's name in capitals, `-` written `_`.
    pub name: &'static str,
    /// The version it appeared in.
    pub since: &'static str,
    /// What it does.
    pub about: &'static str,
}

/// All of them, the source of `docs/reference/env.md`.
pub const VARIABLES: &[Variable] = &[
    Variable {
        name: "PAK_CONFIG_DIR",
        since: "0.1.0",
        about: "Folder of the user's configuration and credential store. Default: the platform's configuration folder, `pak` inside.",
    },
    Variable {
        name: "PAK_DATA_DIR",
        since: "0.1.0",
        about: "Folder of kept data: the sandbox's registries. Default: the platform's data folder, `pak` inside.",
    },
    Variable {
        name: "PAK_STATE_DIR",
        since: "0.1.0",
        about: "Folder of journals, locks and built artifacts. Default: the platform's state folder, `pak` inside.",
    },
    Variable {
        name: "PAK_LOGS_DIR",
        since: "0.1.0",
        about: "Folder of log files. Default: `logs` inside the state folder.",
    },
    Variable {
        name: "PAK_VERSION",
        since: "0.1.0",
        about: "The version of pak that the settings were written for, shown by `pak core info`. Never the version that is released.",
    },
    Variable { name: "PAK_ENVIRONMENT", since: "0.1.0", about: "The environment when `--environment` is not given." },
    Variable {
        name: "PAK_PLATFORMS",
        since: "0.1.0",
        about: "Platforms to release to, separated by spaces or commas, when `--platform` is not given.",
    },
    Variable { name: "PAK_<PLATFORM>_REGISTRY", since: "0.1.0", about: "Root URL of a target's registry." },
    Variable {
        name: "PAK_<PLATFORM>_UPLOAD",
        since: "0.1.0",
        about: "Upload URL, where the platform has one of its own (pypi).",
    },
    Variable {
        name: "PAK_<PLATFORM>_INDEX",
        since: "0.1.0",
        about: "Index URL, where the platform has one of its own (cargo: the sparse index).",
    },
    Variable {
        name: "PAK_<PLATFORM>_REPOSITORY",
        since: "0.1.0",
        about: "Repository inside the registry, where packages do not name it (docker).",
    },
    Variable { name: "PAK_<PLATFORM>_TOKEN", since: "0.1.0", about: "Token for a target." },
    Variable { name: "PAK_<PLATFORM>_USERNAME", since: "0.1.0", about: "Account for a target." },
    Variable { name: "PAK_<PLATFORM>_PASSWORD", since: "0.1.0", about: "Password for a target." },
    Variable {
        name: "PAK_NPM_OTP",
        since: "0.1.0",
        about: "One-time password to answer npm's two-factor challenge with.",
    },
    Variable {
        name: "PAK_GPG_PASSPHRASE",
        since: "0.1.0",
        about: "Passphrase of the key that signs artifacts, where GnuPG's agent does not know it. MAVEN_GPG_PASSPHRASE is taken too.",
    },
    Variable {
        name: "PAK_HEALTH_CHECK_INTERVAL",
        since: "0.1.0",
        about: "Seconds between health checks of platforms.",
    },
    Variable { name: "PAK_LOG_LEVEL", since: "0.1.0", about: "ERROR, WARN, INFO, DEBUG or TRACE." },
    Variable { name: "PAK_LOG_FORMAT", since: "0.1.0", about: "`json` or `text`." },
    Variable {
        name: "PAK_LOG_RETENTION_DAYS",
        since: "0.1.0",
        about: "Days that log files and finished runs are kept.",
    },
    Variable { name: "PAK_API_KEY", since: "0.1.0", about: "Key of machine calls to the web API." },
    Variable { name: "PAK_API_SECRET", since: "0.1.0", about: "Webhook signing secret of the instance." },
    Variable {
        name: "PAK_API_RATE_LIMIT",
        since: "0.1.0",
        about: "Requests per minute and key that the web API answers.",
    },
    Variable {
        name: "PAK_FAULT_POINT",
        since: "0.1.0",
        about: "For tests: ends the process, as `kill -9` would, at the n-th fault point it passes.",
    },
    Variable {
        name: "PAK_FAULT_TRACE",
        since: "0.1.0",
        about: "For tests: a file to which the name of every fault point passed is appended.",
    },
    Variable {
        name: "SOURCE_DATE_EPOCH",
        since: "0.1.0",
        about: "Seconds since 1970 used as the time of archive members, where the format does not fix one.",
    },
    Variable { name: "NO_COLOR", since: "0.1.0", about: "Set: no colours, and plain words instead of symbols." },
    Variable { name: "CI", since: "0.1.0", about: "Set: quiet lines instead of a live board." },
];
