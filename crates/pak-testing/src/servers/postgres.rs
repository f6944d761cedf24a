//! PostgreSQL: a throw-away cluster on a free port, with a database for each test. It can be killed and started again.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::sleep;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::Secret;

use super::{Launch, Server, fresh_secret};
use crate::project::Folder;
use crate::tools::Tool;

/// The superuser's name.
const OWNER: &str = "owner";

/// A cluster that runs until this is dropped.
pub struct Postgres {
    server: Server,
    tools: Utf8PathBuf,
    password: Secret,
}

/// A database of a test, in a cluster that all tests of the program share.
pub struct Database {
    url: String,
    _cluster: Arc<Postgres>,
}

impl Database {
    /// Its URL, with the account and password.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// An empty database in the cluster that the tests of one program share; it is ended with the last of them.
///
/// # Panics
/// Where PostgreSQL is installed and does not start.
pub fn database() -> Option<Database> {
    static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
    // A test that failed to start it poisons the lock, and nothing else.
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let cluster = match shared.upgrade() {
        Some(cluster) => cluster,
        None => Arc::new(start(false)?),
    };
    *shared = Arc::downgrade(&cluster);
    drop(shared);
    Some(Database { url: cluster.database(), _cluster: cluster })
}

/// A cluster of the caller's own, to be killed and started again. Every commit is synced.
///
/// # Panics
/// Where PostgreSQL is installed and does not start.
pub fn durable() -> Option<Postgres> {
    start(true)
}

fn start(durable: bool) -> Option<Postgres> {
    let postgres = Tool::Postgres.require_or_skip()?;
    let tools = postgres.parent().expect("a program lies in a folder").to_owned();
    let password = fresh_secret();
    let user = other_user();
    let server = Server::start_when(
        "postgres",
        user.as_ref().map_or(&postgres, |_| Utf8Path::new("setpriv")),
        |port| ready(&tools, port),
        |folder, port| {
            initialise(&tools, folder, &password, user.as_ref());
            let switch = if durable { "on" } else { "off" };
            let words = ["-D", "data", "-h", "127.0.0.1", "-k", "", "-p", &port.to_string()].map(str::to_owned);
            let settings = [
                "max_connections=200".to_owned(),
                "shared_buffers=32MB".to_owned(),
                // Nothing outside the folder, which may outlive a process that was killed.
                "dynamic_shared_memory_type=mmap".to_owned(),
                format!("fsync={switch}"),
                format!("full_page_writes={switch}"),
            ];
            let settings = settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]);
            let program = user.iter().flat_map(|user| user.words(&postgres));
            Launch::arguments(program.chain(words).chain(settings))
        },
    );
    Some(Postgres { server, tools, password })
}

impl Postgres {
    /// Makes an empty database and hands back its URL.
    ///
    /// # Panics
    /// Where the cluster refuses.
    pub fn database(&self) -> String {
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        self.run("postgres", &format!("create database {name}"));
        self.url(&name)
    }

    /// Runs SQL in a database and hands back what it printed, a row a line, columns between bars.
    ///
    /// # Panics
    /// Where it fails.
    pub fn run(&self, database: &str, sql: &str) -> String {
        let output = Command::new(self.tools.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url(database), "-c", sql])
            .stdin(Stdio::null())
            .output()
            .expect("psql starts");
        assert!(output.status.success(), "psql failed: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Ends every process of it at once, as a crash would.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts it again, and waits until it has recovered.
    ///
    /// # Panics
    /// Where it does not come back.
    pub fn restart(&mut self) {
        let tools = self.tools.clone();
        let begun = Instant::now();
        // Those of its processes that the kill did not reach notice a moment later that it is gone; until then a new one refuses.
        while !self.server.restart(|port| ready(&tools, port)) {
            assert!(begun.elapsed() < Duration::from_mins(1), "postgres does not come back:\n{}", self.server.log());
            sleep(Duration::from_millis(100));
        }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://{OWNER}:{}@127.0.0.1:{}/{database}", self.password.expose(), self.server.port())
    }
}

fn ready(tools: &Utf8Path, port: u16) -> bool {
    let mut command = Command::new(tools.join("pg_isready"));
    command.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]).stdin(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn initialise(tools: &Utf8Path, folder: &Folder, password: &Secret, user: Option<&User>) {
    folder.write("password", password.expose());
    if let Some(user) = user {
        for path in [folder.path(), &folder.join("password")] {
            user.own(path);
        }
    }
    let program = tools.join("initdb");
    let mut command = match user {
        Some(user) => {
            let mut command = Command::new("setpriv");
            command.args(user.words(&program));
            command
        }
        None => Command::new(&program),
    };
    let words =
        ["-D", "data", "-U", OWNER, "-A", "scram-sha-256", "--pwfile=password", "-E", "UTF8", "--locale=C.UTF-8"];
    command.args(words).arg("--no-sync").current_dir(folder.path()).env("HOME", folder.path()).stdin(Stdio::null());
    let output = command.output().expect("initdb starts");
    assert!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr));
}

/// Whom the programs run as when the tests run as root, which they refuse.
struct User {
    user: u32,
    group: u32,
}

impl User {
    /// The arguments of `setpriv` that run a program as this user.
    fn words(&self, program: &Utf8Path) -> [String; 5] {
        [
            format!("--reuid={}", self.user),
            format!("--regid={}", self.group),
            "--clear-groups".to_owned(),
            "--".to_owned(),
            program.to_string(),
        ]
    }

    #[cfg(unix)]
    fn own(&self, path: &Utf8Path) {
        std::os::unix::fs::chown(path, Some(self.user), Some(self.group)).expect("root gives a file away");
    }

    #[cfg(not(unix))]
    fn own(&self, _: &Utf8Path) {}
}

/// The user `postgres`, else `nobody`, where the tests run as root; none otherwise.
#[cfg(unix)]
fn other_user() -> Option<User> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("the machine's users");
    let find = |name: &str| {
        let mut fields = users.lines().map(|line| line.split(':')).find(|line| line.clone().next() == Some(name))?;
        Some(User { user: fields.nth(2)?.parse().ok()?, group: fields.next()?.parse().ok()? })
    };
    Some(find("postgres").or_else(|| find("nobody")).expect("a user that is not root"))
}

#[cfg(not(unix))]
fn other_user() -> Option<User> {
    None
}
