//! Real registry servers as children of the test: free loopback port, bounded wait, log shown on failure, ended on drop.
//!
//! `servers::verdaccio::start()` and its siblings answer none where the server is not installed.

pub mod described;
pub mod devpi;
pub mod docker_registry;
pub mod ferro;
pub mod flask;
pub mod git_http;
pub mod moto;
pub mod nginx;
pub mod postgres;
pub mod pypiserver;
pub mod serve;
pub mod sshd;
pub mod verdaccio;

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Credential, Secret};

use crate::http::Http;
use crate::process::{Group, lasting};
use crate::project::Folder;

/// How long a server may take to answer. Generous: other work may hold the processors.
const PATIENCE: Duration = Duration::from_mins(1);

/// The account that every server knows.
pub const USER: &str = "alice";

/// A registry that runs until this is dropped.
pub struct Running {
    /// The root URL, with no slash at the end.
    pub url: String,
    /// Where uploads go, where that is another place than the root.
    pub upload: String,
    /// Where the index is read, where that is another place than the root.
    pub index: String,
    /// The password of [`USER`], made for this run.
    pub password: Secret,
    /// A token of [`USER`], where the server has tokens.
    pub token: Option<Secret>,
    /// The process and its files.
    pub server: Server,
}

impl Running {
    /// A registry with one URL for everything and no tokens.
    fn new(server: Server, password: Secret) -> Self {
        let url = server.url();
        Self { upload: url.clone(), index: url.clone(), url, password, token: None, server }
    }

    /// The account's name and password.
    pub fn basic(&self) -> Credential {
        Credential::Basic { user: USER.to_owned(), password: self.password.clone() }
    }

    /// The credential as the value of an `Authorization` header.
    pub(crate) fn authorization(&self) -> Secret {
        use base64::Engine;
        Secret::new(match self.credential() {
            Credential::Token(token) => format!("Bearer {}", token.expose()),
            Credential::Basic { user, password } => {
                let pair = format!("{user}:{}", password.expose());
                format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
            }
        })
    }

    /// The token, or the account's name and password where there are no tokens.
    pub fn credential(&self) -> Credential {
        self.token.clone().map_or_else(|| self.basic(), Credential::Token)
    }
}

/// A server's process, port and folder. Dropping it ends the process and everything that it started.
pub struct Server {
    name: &'static str,
    port: u16,
    group: Group,
    folder: Folder,
    program: Utf8PathBuf,
    launch: Launch,
}

impl Server {
    /// Starts a server and waits until the path `ready` is answered, with whatever status.
    ///
    /// `prepare` writes the server's files into a fresh folder, which it runs in, and hands back the arguments and the
    /// variables to run with. It is called again with another port when something else took the port in the meantime.
    fn start(name: &'static str, program: &Utf8Path, ready: &str, prepare: impl Fn(&Folder, u16) -> Launch) -> Self {
        Self::start_when(name, program, |port| Http::new(port).get(ready).is_ok(), prepare)
    }

    /// The same for a server that does not speak http: `ready` looks whether it answers.
    fn start_when(
        name: &'static str,
        program: &Utf8Path,
        ready: impl Fn(u16) -> bool,
        prepare: impl Fn(&Folder, u16) -> Launch,
    ) -> Self {
        let mut log = String::new();
        for _ in 0..3 {
            let (folder, port) = (Folder::new(), free_port());
            let launch = prepare(&folder, port);
            let group = run(name, program, &launch, &folder);
            let mut server = Self { name, port, group, folder, program: program.to_owned(), launch };
            if server.answers(&ready) {
                return server;
            }
            log = server.log();
        }
        panic!("{name} does not start:\n{log}");
    }

    /// The driver of browsers: see [`crate::browser`].
    pub(crate) fn chromedriver(program: &Utf8Path) -> Self {
        Self::start("chromedriver", program, "/status", |_, port| {
            Launch::arguments([&format!("--port={port}"), "--log-level=WARNING"])
        })
    }

    /// Waits for an answer, at most [`PATIENCE`]; false when the process ends or the time is over.
    fn answers(&mut self, ready: impl Fn(u16) -> bool) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && self.group.ended().is_none() {
            if ready(self.port) {
                return true;
            }
            sleep(Duration::from_millis(25));
        }
        false
    }

    /// Ends it at once, as a crash would. Its folder and port stay.
    pub fn kill(&mut self) {
        self.group.end();
    }

    /// Starts it again after [`Server::kill`], on the same port and folder; false when it does not answer.
    fn restart(&mut self, ready: impl Fn(u16) -> bool) -> bool {
        self.group.end();
        // A process that was killed lets go of its port a moment later.
        for _ in 0..250 {
            if TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                break;
            }
            sleep(Duration::from_millis(20));
        }
        self.group = run(self.name, &self.program, &self.launch, &self.folder);
        self.answers(ready)
    }

    /// The memory of its processes, in bytes, without the shell that watches over them; none where the system does not tell.
    pub(crate) fn memory(&self) -> Option<u64> {
        self.group.memory()
    }

    /// The root URL, with no slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder that holds its files, for tests that look at what was stored.
    pub fn folder(&self) -> &Utf8Path {
        self.folder.path()
    }

    /// What it printed so far.
    pub fn log(&self) -> String {
        fs::read(self.folder.join(LOG)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}

impl Drop for Server {
    #[expect(clippy::print_stderr, reason = "the log explains a test that failed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("--- the end of {}'s log\n{}", self.name, lines[lines.len().saturating_sub(60)..].join("\n"));
        }
        self.group.end();
        // Where a shell stands between, the server dies a moment after it; its folder must not go first.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(2) && TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            sleep(Duration::from_millis(5));
        }
    }
}

/// How a server is run.
#[derive(Default)]
struct Launch {
    arguments: Vec<String>,
    variables: Vec<(&'static str, String)>,
}

impl Launch {
    fn arguments<S: Into<String>>(arguments: impl IntoIterator<Item = S>) -> Self {
        Self { arguments: arguments.into_iter().map(Into::into).collect(), variables: Vec::new() }
    }
}

/// Starts the process; what it prints is added to the log.
fn run(name: &str, program: &Utf8Path, launch: &Launch, folder: &Folder) -> Group {
    let output = File::options().create(true).append(true).open(folder.join(LOG)).expect("a log file");
    let mut command = lasting(program);
    command
        .args(&launch.arguments)
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .envs(launch.variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(output.try_clone().expect("the log file again"))
        .stderr(output);
    Group::start(&mut command).unwrap_or_else(|error| panic!("{name} cannot be started: {error}"))
}

/// A password or token that no file of the repository holds.
fn fresh_secret() -> Secret {
    Secret::new(uuid::Uuid::new_v4().simple().to_string())
}

/// A port that nothing listens on at this moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("the address just bound").port()
}

/// A password file with [`USER`] in it; `flags` choose the hash.
fn password_file(htpasswd: &Utf8Path, flags: &str, password: &Secret) -> String {
    use std::io::Write;
    let mut child = std::process::Command::new(htpasswd)
        .args([flags, USER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("htpasswd starts");
    // Over standard input: arguments are visible to every process of the machine.
    child.stdin.take().expect("a pipe").write_all(password.expose().as_bytes()).expect("htpasswd reads");
    let output = child.wait_with_output().expect("htpasswd ends");
    assert!(output.status.success(), "htpasswd failed");
    String::from_utf8(output.stdout).expect("a password file").trim().to_owned() + "\n"
}

/// The log's name in a server's folder.
const LOG: &str = "server.log";

#[cfg(test)]
mod tests;
