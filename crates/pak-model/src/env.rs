//! Every environment variable `pak` reads by a fixed name, and a captured environment that tests can replace. It knows what of
//! it other programs are given, and whether any may be started at all: whoever starts one asks here.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Problem, Result, code};

/// The environment of the process, captured once by the binary. Libraries never read the process environment themselves.
#[derive(Clone, Default)]
pub struct Env {
    variables: BTreeMap<String, String>,
    /// Names that were given as secrets, whatever they are called.
    secrets: BTreeSet<String>,
    /// Why no other program may be started, where none may.
    no_programs: Option<String>,
}

/// In names of variables that hold credentials.
const MARKS: &[&str] = &[
    "TOKEN",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "API_KEY",
    "PRIVATE_KEY",
    "_OTP",
    "CREDENTIAL",
    "PAK_REMOTE_KEY",
    "SIGNING_KEY",
    "PAK_DATABASE",
    "PAK_SMTP_URL",
];

impl Env {
    /// Captures pairs; values that are not UTF-8 are left out by the caller.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { variables: pairs.into_iter().collect(), ..Self::default() }
    }

    /// The same with more variables, which replace those of the same name.
    pub fn and(mut self, pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        self.variables.extend(pairs);
        self
    }

    /// The same with credentials: to be read, and never handed on, whatever their names.
    pub fn and_secrets(mut self, pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        for (name, value) in pairs {
            self.secrets.insert(name.clone());
            self.variables.insert(name, value);
        }
        self
    }

    /// Other variables under the same rules.
    pub fn replaced(&self, pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { variables: pairs.into_iter().collect(), ..self.clone() }
    }

    /// The same where no other program is started. `why` goes on "… was not run, because": "builds are not allowed here".
    pub fn without_programs(mut self, why: impl Into<String>) -> Self {
        self.no_programs = Some(why.into());
        self
    }

    /// Whether a program may be started.
    pub fn may_run(&self, program: &str) -> Result<()> {
        let Some(why) = &self.no_programs else { return Ok(()) };
        Err(Problem::new(code::build::PROGRAMS_REFUSED, format!("`{program}` was not run, because {why}."))
            .about("program", program))
    }

    /// What a program is given that builds or installs: everything but credentials, with which a build script has no business.
    pub fn for_programs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.with_prefix("").filter(|(name, _)| {
            let capitals = name.to_ascii_uppercase();
            !self.secrets.contains(*name) && !MARKS.iter().any(|mark| capitals.contains(mark))
        })
    }

    /// What a program of the user's is given that signs in by itself (ssh, a credential helper): it may need credentials of its
    /// own, and pak's are no business of it.
    pub fn for_sign_in(&self) -> impl Iterator<Item = (&str, &str)> {
        self.with_prefix("").filter(|(name, _)| !name.starts_with("PAK_") && !self.secrets.contains(*name))
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
        name: "PAK_SIGNING_KEY",
        since: "0.1.0",
        about: "Secret key that releases, `pak security sign` and `attest` sign with: the path of its file, or the key itself.",
    },
    Variable {
        name: "PAK_SIGNING_PASSPHRASE",
        since: "0.1.0",
        about: "Passphrase of the key that signs artifacts with minisign, OpenPGP or SSH.",
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
        name: "PAK_LISTEN",
        since: "0.1.0",
        about: "Where `pak serve` listens: `address:port`. Default: 127.0.0.1:5000.",
    },
    Variable {
        name: "PAK_BASE_URL",
        since: "0.1.0",
        about: "The address people reach the server at, used in links: `https://pak.example.org`. With https, cookies are marked secure.",
    },
    Variable {
        name: "PAK_DATABASE",
        since: "0.1.0",
        about: "The server's database: `postgres://…`, or `sqlite:<file>`. Default: `pak.db` in its data folder.",
    },
    Variable {
        name: "PAK_FILES",
        since: "0.1.0",
        about: "The server's file store: a folder, or `s3://bucket/prefix` with the usual `AWS_…` variables. Default: `files` in its data folder.",
    },
    Variable {
        name: "PAK_MASTER_KEY_FILE",
        since: "0.1.0",
        about: "The file of the key that seals stored secrets: several nodes need the same. Default: made in the data folder at first start.",
    },
    Variable {
        name: "PAK_REGISTRATION",
        since: "0.1.0",
        about: "Who may make an account: `open`, `invite` or `closed`. Default: open.",
    },
    Variable {
        name: "PAK_WORKERS",
        since: "0.1.0",
        about: "How many deployments a server or worker carries out at a time. Default: 2.",
    },
    Variable {
        name: "PAK_PROJECTS_ROOT",
        since: "0.1.0",
        about: "The folder below which projects of the server may take their source from. Default: none may.",
    },
    Variable {
        name: "PAK_UPLOAD_LIMIT",
        since: "0.1.0",
        about: "The largest source archive that the server takes, in bytes. Default: 512 MiB.",
    },
    Variable {
        name: "PAK_ALLOW_PRIVATE_NETWORKS",
        since: "0.1.0",
        about: "Private networks, addresses or hosts that webhooks, registries and git sources of the server may be in, separated by commas.",
    },
    Variable {
        name: "PAK_TRUSTED_PROXIES",
        since: "0.1.0",
        about: "Addresses of proxies whose `X-Forwarded-For` the server believes, separated by commas.",
    },
    Variable {
        name: "PAK_SMTP_URL",
        since: "0.1.0",
        about: "The mail server: `smtps://user:password@host`. Default: none; mails stay in the outbox.",
    },
    Variable {
        name: "PAK_MAIL_FROM",
        since: "0.1.0",
        about: "The sender of the server's mails. Default: pak@localhost.",
    },
    Variable {
        name: "PAK_SESSION_IDLE_MINUTES",
        since: "0.1.0",
        about: "A sign-in in a browser ends after so many minutes without a request. Default: 30.",
    },
    Variable {
        name: "PAK_SESSION_MINUTES",
        since: "0.1.0",
        about: "A sign-in in a browser ends after so many minutes in any case. Default: 720.",
    },
    Variable {
        name: "PAK_PASSWORD_MEMORY",
        since: "0.1.0",
        about: "Memory of a password's hash, in KiB. Default: 65536.",
    },
    Variable { name: "PAK_PASSWORD_PASSES", since: "0.1.0", about: "Passes of a password's hash. Default: 3." },
    Variable {
        name: "PAK_LEASE_SECONDS",
        since: "0.1.0",
        about: "A deployment whose worker was not heard of for so long is taken over by another. Default: 20.",
    },
    Variable { name: "PAK_METRICS", since: "0.1.0", about: "`open`: the server's `/metrics` answers without a key." },
    Variable {
        name: "PAK_REMOTE_URL",
        since: "0.1.0",
        about: "The server that `pak remote` and `pak deploy --remote` talk to. Default: the one of `pak login`.",
    },
    Variable {
        name: "PAK_REMOTE_KEY",
        since: "0.1.0",
        about: "API key for that server. Default: the one of `pak login`.",
    },
    Variable {
        name: "PAK_REMOTE_PROJECT",
        since: "0.1.0",
        about: "The project's name on that server. Default: the project's own name.",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn env(names: &[&str]) -> Env {
        Env::new(names.iter().map(|name| ((*name).to_owned(), "x".to_owned())))
    }

    #[test]
    fn programs_are_not_given_credentials() {
        let env = env(&["NPM_TOKEN", "PATH", "PAK_PYPI_PASSWORD", "HOME", "aws_secret_access_key", "PAK_DATA_DIR"])
            .and_secrets([("DEPLOY".to_owned(), "s".to_owned())]);
        assert_eq!(env.get("DEPLOY"), Some("s"));
        let names = |pairs: Vec<(&str, &str)>| pairs.into_iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
        assert_eq!(names(env.for_programs().collect()), ["HOME", "PAK_DATA_DIR", "PATH"]);
        assert_eq!(names(env.for_sign_in().collect()), ["HOME", "NPM_TOKEN", "PATH", "aws_secret_access_key"]);
    }

    #[test]
    fn what_may_not_start_programs_may_not_after_any_change() {
        let env = env(&["PATH"]);
        assert!(env.may_run("cargo").is_ok());
        let refusing = env.without_programs("builds are not allowed for project hello");
        let pairs = || [("A".to_owned(), "b".to_owned())];
        for env in [refusing.clone().and(pairs()), refusing.clone().and_secrets(pairs()), refusing.replaced(pairs())] {
            let problem = env.may_run("cargo").unwrap_err();
            assert_eq!(problem.code(), code::build::PROGRAMS_REFUSED);
            assert_eq!(problem.message(), "`cargo` was not run, because builds are not allowed for project hello.");
        }
    }
}
