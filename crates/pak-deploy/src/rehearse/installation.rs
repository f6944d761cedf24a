//! A clean place to install one package in, and the client programs in it: nothing of the user's settings takes part.

use std::collections::BTreeSet;
use std::time::Duration;

use camino::Utf8PathBuf;
use pak_build::toolchain::Tool;
use pak_model::env::Env;
use pak_model::plan::PlannedStep;
use pak_model::{Problem, Release, Result, code};
use pak_platforms::Endpoint;

use super::Check;

/// How long an installation may take: it may compile every dependency.
const INSTALL: Duration = Duration::from_mins(15);
/// How long an import or a question may take.
const ANSWER: Duration = Duration::from_mins(1);

/// What a client needs to install one package.
pub(super) struct Installation {
    /// The embedded registry.
    pub(super) endpoint: Endpoint,
    /// The step that published it.
    pub(super) step: PlannedStep,
    /// What was published.
    pub(super) release: Release,
    /// A folder of its own: the consumer project. The client's home is below it.
    pub(super) folder: Utf8PathBuf,
    /// Whether the client may ask the real registries for what the package needs.
    pub(super) online: bool,
    /// The cleaned environment.
    env: Env,
    /// Names that the embedded registry holds.
    pub(super) held: BTreeSet<String>,
    /// Whether other names are looked for in the real registry.
    pub(super) upstream: bool,
    /// Whether the user wants to stop.
    cancelled: Box<dyn Fn() -> bool + Send>,
}

impl Installation {
    /// Makes the folder.
    pub(super) fn new(
        (endpoint, step, release): (Endpoint, PlannedStep, Release),
        folder: Utf8PathBuf,
        env: &Env,
        cancelled: Box<dyn Fn() -> bool + Send>,
    ) -> Result<Self> {
        crate::state::make(&folder.join("home"))?;
        let cleaned = clean(env, &folder);
        Ok(Self {
            endpoint,
            step,
            release,
            folder,
            env: cleaned,
            held: BTreeSet::new(),
            upstream: false,
            online: false,
            cancelled,
        })
    }

    /// A client program that installs.
    pub(super) fn installer<'a>(&'a self, program: &'a str) -> Tool<'a> {
        self.tool(program, INSTALL)
    }

    /// A program that answers soon.
    pub(super) fn quick<'a>(&'a self, program: &'a str) -> Tool<'a> {
        self.tool(program, ANSWER)
    }

    fn tool<'a>(&'a self, program: &'a str, limit: Duration) -> Tool<'a> {
        Tool::new(program, "Install it to rehearse installations with it.", &self.env)
            .directory(&self.folder)
            .time_limit(limit)
            .stop_when(&*self.cancelled)
    }

    /// The first line a program prints of its own version; `None` when it is not on this machine.
    pub(super) fn version_of(&self, program: &str, args: &[&str]) -> Option<String> {
        let output = self.quick(program).args(args).run().ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        Some(text.lines().next().unwrap_or_default().trim().to_owned())
    }

    /// Writes a file of the consumer project.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent() {
            crate::state::make(parent)?;
        }
        std::fs::write(&path, text).map_err(|error| {
            Problem::new(code::build::IO, format!("{path} cannot be written.")).about("file", &path).cause(&error)
        })
    }

    /// The verdict on an installation. It is no fault of the package that a dependency which nobody looked for is not there:
    /// where the client names one of `needs` that the embedded registry does not hold, nothing was found out.
    pub(super) fn judge<T>(&self, outcome: Result<T>, needs: &[String]) -> Check {
        let check = Check::of(outcome);
        let Check::Failed { why } = &check else { return check };
        let outside: Vec<&str> = needs.iter().map(String::as_str).filter(|name| !self.holds(name)).collect();
        if self.upstream || !outside.iter().any(|name| mentions(why, name)) {
            return check;
        }
        Check::skipped(format!(
            "needs {}, which the embedded registry does not hold (run without --offline)",
            outside.join(", ")
        ))
    }

    fn holds(&self, name: &str) -> bool {
        self.held.iter().any(|held| comparable(held) == comparable(name))
    }
}

/// Names are written in more than one way: `Foo_bar` and `foo-bar` are one package to pip and to cargo.
fn comparable(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

/// Whether a client's words name a package, as a word of their own.
fn mentions(text: &str, name: &str) -> bool {
    let name = comparable(name);
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-@/".contains(c);
    comparable(text)
        .split(|c: char| !is_part(c))
        // `name@^1`, or the name at the end of an address.
        .map(|word| {
            word.split_at_checked(1)
                .and_then(|(at, rest)| Some((at, rest.split_once('@')?)))
                .map_or(word.to_owned(), |(at, (name, _))| format!("{at}{name}"))
        })
        .any(|word| word == name || word.strip_suffix(&name).is_some_and(|before| before.ends_with('/')))
}

/// The environment without what configures package managers, and with a home of its own. What tells how to reach the network
/// (proxies, certificates of private authorities) stays: it is the machine's and not the package's.
fn clean(env: &Env, folder: &camino::Utf8Path) -> Env {
    const SETTINGS: &[&str] = &[
        "NPM_",
        "NODE_",
        "YARN_",
        "PNPM_",
        "PIP_",
        "UV_",
        "PYTHON",
        "VIRTUAL_ENV",
        "CONDA_",
        "CARGO",
        "RUSTC",
        "RUSTFLAGS",
        "RUSTDOC",
        "XDG_",
        "MAVEN_",
        "M2_",
        "GIT_",
        "CURL_",
        "DOCKER_",
        "REGISTRY_AUTH",
        "CONTAINERS_",
        "PAK_",
        "HOME",
        "USERPROFILE",
        "APPDATA",
        "LOCALAPPDATA",
        "NO_PROXY",
    ];
    const NETWORK: &[&str] = &["CERT", "CAFILE", "CAINFO", "_CA_", "PROXY", "TLS", "SSL"];
    let home = folder.join("home");
    let kept = env.with_prefix("").filter(|(name, _)| {
        let name = name.to_ascii_uppercase();
        let configures = SETTINGS.iter().any(|prefix| name.starts_with(prefix));
        let reaches = name != "NO_PROXY" && (name.ends_with("_CA") || NETWORK.iter().any(|mark| name.contains(mark)));
        !configures || reaches
    });
    // Loopback is never behind a proxy; clients that are told of one ask it all the same.
    let direct: Vec<&str> =
        ["no_proxy", "NO_PROXY"].iter().filter_map(|name| env.get(name)).chain(["127.0.0.1", "localhost"]).collect();
    let direct = direct.join(",");
    // A rustup shim finds its toolchains through the user's home.
    let rustup = env.get("RUSTUP_HOME").map(str::to_owned).or_else(|| {
        Some(Utf8PathBuf::from(env.home()?).join(".rustup"))
            .filter(|folder| folder.is_dir())
            .map(Utf8PathBuf::into_string)
    });
    let own = [
        ("HOME", home.as_str()),
        ("USERPROFILE", home.as_str()),
        ("APPDATA", home.join("roaming").as_str()),
        ("LOCALAPPDATA", home.join("local").as_str()),
        ("XDG_RUNTIME_DIR", home.join("run").as_str()),
        ("NPM_CONFIG_GLOBALCONFIG", home.join("npmrc-of-the-machine").as_str()),
        ("NPM_CONFIG_USERCONFIG", home.join(".npmrc").as_str()),
        ("PIP_CONFIG_FILE", if cfg!(windows) { "nul" } else { "/dev/null" }),
        ("CARGO_HOME", home.join("cargo").as_str()),
        ("CARGO_TARGET_DIR", folder.join("target").as_str()),
        ("NO_PROXY", &direct),
        ("no_proxy", &direct),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let rustup = rustup.map(|folder| ("RUSTUP_HOME".to_owned(), folder));
    env.replaced(kept.map(|(name, value)| (name.to_owned(), value.to_owned())).chain(own).chain(rustup))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_package_managers_stay_outside() {
        let given = [
            ("PATH", "/bin"),
            ("HOME", "/home/me"),
            ("PIP_INDEX_URL", "http://x"),
            ("PIP_FIND_LINKS", "/wheels"),
            ("npm_config_registry", "http://x"),
            ("CARGO_REGISTRIES_X_INDEX", "http://x"),
            ("RUSTFLAGS", "-D warnings"),
            ("PYTHONPATH", "/lib"),
            ("PIP_CERT", "/ca.pem"),
            ("NODE_EXTRA_CA_CERTS", "/ca.pem"),
            ("npm_config_cafile", "/ca.pem"),
            ("CARGO_HTTP_CAINFO", "/ca.pem"),
            ("https_proxy", "http://proxy"),
            ("NO_PROXY", "intranet"),
            ("RUSTUP_TOOLCHAIN", "stable"),
        ];
        let env = Env::new(given.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let cleaned = clean(&env, "/scratch".into());
        for gone in given.iter().take(8).skip(2) {
            assert_eq!(cleaned.get(gone.0), None, "{}", gone.0);
        }
        for (name, value) in given.iter().skip(8).filter(|(name, _)| *name != "NO_PROXY").chain(&given[..1]) {
            assert_eq!(cleaned.get(name), Some(*value), "{name}");
        }
        assert_eq!(cleaned.home(), Some("/scratch/home"));
        assert_eq!(cleaned.get("no_proxy"), Some("intranet,127.0.0.1,localhost"));
    }

    #[test]
    fn names_are_recognised_in_the_words_of_every_client() {
        for text in [
            "npm error 404  'left-pad@^1.3.0' is not in this registry.",
            "npm error 404 Not Found - GET http://127.0.0.1:1/npm/left-pad - Not found",
            "ERROR: No matching distribution found for left_pad>=1",
            "error: no matching package named `left-pad` found",
        ] {
            assert!(mentions(text, "Left.Pad"), "{text}");
            assert!(!mentions(text, "pad"), "{text}");
            assert!(!mentions(text, "no-such"), "{text}");
        }
        assert!(mentions("404 '@scope/thing@1.0.0' is not", "@scope/thing"));
    }
}
