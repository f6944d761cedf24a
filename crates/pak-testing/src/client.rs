//! Runs an official client in a clean home: no configuration, credentials or caches of the machine. Called by interop tests.

use std::fs::{self, File};
use std::io;
use std::process::{Command, Stdio};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::process::Group;
use crate::project::Folder;
use crate::tools::{self, Tool};

/// How long a client may take unless the test says otherwise.
const PATIENCE: Duration = Duration::from_mins(2);

/// A client with a home of its own, which it keeps from call to call.
pub struct Client {
    program: Utf8PathBuf,
    home: Folder,
    directory: Utf8PathBuf,
    variables: Vec<(String, String)>,
    patience: Duration,
}

/// What a client did.
#[derive(Debug)]
pub struct Output {
    /// Whether it ended with code 0.
    pub success: bool,
    /// The code it ended with; none where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Client {
    /// The client, or none where it is not installed (see [`tools::require_or_skip`]).
    pub fn find(tool: Tool) -> Option<Self> {
        Some(Self::of(tool.require_or_skip()?))
    }

    /// Any program: the `pak` under test, for one.
    pub fn of(program: impl Into<Utf8PathBuf>) -> Self {
        let home = Folder::new();
        let directory = home.path().to_owned();
        Self { program: program.into(), home, directory, variables: Vec::new(), patience: PATIENCE }
    }

    /// Its home folder, where configuration files go (`.npmrc`, `.cargo/config.toml`).
    pub fn home(&self) -> &Utf8Path {
        self.home.path()
    }

    /// Sets the folder it runs in; the home folder at first.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<Utf8PathBuf>) -> Self {
        self.directory = directory.into();
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets how long it may take.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Writes a file of its home.
    ///
    /// # Panics
    /// Where the file cannot be written.
    pub fn write(&self, path: &str, content: &str) {
        self.home.write(path, content);
    }

    /// Runs it and hands back what it did, success or not.
    ///
    /// # Panics
    /// Where it cannot be started, or takes longer than it may.
    pub fn run<S: AsRef<str>>(&self, arguments: &[S]) -> Output {
        let shown = || arguments.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" ");
        // Files, not pipes: a grandchild that keeps a pipe open cannot make the test wait.
        let (out, err) = (self.home.path().join(".stdout"), self.home.path().join(".stderr"));
        let mut command = Command::new(&self.program);
        command
            .args(arguments.iter().map(AsRef::as_ref))
            .current_dir(&self.directory)
            .env_clear()
            .envs(self.environment())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(File::create(&out).expect("a file for standard output"))
            .stderr(File::create(&err).expect("a file for standard error"));
        let mut group = Group::start(&mut command)
            .unwrap_or_else(|error: io::Error| panic!("{} could not be started: {error}", self.program));
        let status = group.wait(self.patience);
        drop(group);
        let read = |file: &Utf8Path| {
            String::from_utf8_lossy(&fs::read(file).expect("the client's output")).replace("\r\n", "\n")
        };
        let output = Output {
            success: status.is_some_and(|status| status.success()),
            code: status.and_then(|status| status.code()),
            stdout: read(&out),
            stderr: read(&err),
        };
        assert!(status.is_some(), "{} {} took longer than {:?}:\n{output}", self.program, shown(), self.patience);
        output
    }

    /// Runs it and hands back its standard output.
    ///
    /// # Panics
    /// Where it fails, with everything it printed.
    pub fn succeed<S: AsRef<str>>(&self, arguments: &[S]) -> String {
        let output = self.run(arguments);
        let shown = || arguments.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" ");
        assert!(output.success, "{} {} failed:\n{output}", self.program, shown());
        output.stdout
    }

    /// What every client sees: the search path, a clean home, and nothing configured on the machine as a whole.
    fn environment(&self) -> Vec<(String, String)> {
        let machine = tools::env();
        let home = self.home.path();
        let kept = ["PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "PATHEXT", "COMSPEC", "RUSTUP_TOOLCHAIN"]
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), machine.get(name)?.to_owned())));
        // rustup's `cargo` looks for its toolchains under the home folder.
        let rustup = machine
            .get("RUSTUP_HOME")
            .map(str::to_owned)
            .or_else(|| Some(Utf8PathBuf::from(machine.home()?).join(".rustup").into_string()));
        let fixed = [
            ("HOME", home.as_str()),
            ("USERPROFILE", home.as_str()),
            ("LC_ALL", "C.UTF-8"),
            ("NPM_CONFIG_GLOBALCONFIG", home.join("npmrc-of-the-machine").as_str()),
            ("NPM_CONFIG_UPDATE_NOTIFIER", "false"),
            ("NPM_CONFIG_AUDIT", "false"),
            ("NPM_CONFIG_FUND", "false"),
            ("PIP_CONFIG_FILE", if cfg!(windows) { "nul" } else { "/dev/null" }),
            ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
            ("PIP_NO_INPUT", "1"),
            ("UV_NO_CONFIG", "1"),
            ("TWINE_NON_INTERACTIVE", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        kept.chain(rustup.map(|folder| ("RUSTUP_HOME".to_owned(), folder))).chain(fixed).collect()
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_runs_in_a_home_of_its_own() {
        let Some(python) = Client::find(Tool::Python) else { return };
        let printed = python.env("GREETING", "hi").succeed(&[
            "-c",
            "import os; print(os.environ['HOME'], os.getcwd(), os.environ['GREETING'], os.environ.get('CARGO_HOME'))",
        ]);
        assert_eq!(printed, format!("{0} {0} hi None\n", python_home(&printed)));
    }

    fn python_home(printed: &str) -> String {
        printed.split(' ').next().unwrap_or_default().to_owned()
    }

    #[test]
    #[should_panic(expected = "took longer than")]
    fn a_client_that_hangs_is_ended() {
        let Some(python) = Client::find(Tool::Python) else { panic!("took longer than (python is not here)") };
        python.patience(Duration::from_millis(200)).run(&["-c", "import time; time.sleep(60)"]);
    }
}
