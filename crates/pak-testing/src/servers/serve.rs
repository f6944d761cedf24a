//! `pak serve` itself, as its users run it: the built program on a free port with a data folder of its own. It can be killed
//! and started again, and says how much memory it holds.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Launch, Server};
use crate::http::Http;
use crate::project::Folder;

/// A proxy that is none.
const CLOSED: &str = "http://127.0.0.1:9";

/// How it is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A data folder that others share; one of its own otherwise.
    pub data: Option<Utf8PathBuf>,
    /// A database's URL; SQLite in the data folder otherwise.
    pub database: Option<String>,
    /// More arguments.
    pub arguments: Vec<String>,
    /// More variables.
    pub variables: Vec<(&'static str, String)>,
}

/// A running `pak serve`.
pub struct Served {
    server: Server,
    data: Utf8PathBuf,
}

/// Starts the built program.
///
/// # Panics
/// Where it does not start.
pub fn start(program: &Utf8Path, options: &Options) -> Served {
    let server = Server::start("pak serve", program, "/", |folder, port| {
        let data = data(folder, options);
        let mut arguments = vec!["serve".to_owned(), "--listen".to_owned(), format!("127.0.0.1:{port}")];
        arguments.extend(["--data".to_owned(), data.into_string()]);
        arguments.extend(options.database.iter().flat_map(|url| ["--database".to_owned(), url.clone()]));
        arguments.extend(options.arguments.iter().cloned());
        // Passwords that are cheap to check, no limit of requests, and no way out but loopback, unless the test is about them.
        let usual = [
            ("PAK_PASSWORD_MEMORY", "1024"),
            ("PAK_PASSWORD_PASSES", "1"),
            ("PAK_API_RATE_LIMIT", "0"),
            ("HTTPS_PROXY", CLOSED),
            ("HTTP_PROXY", CLOSED),
            ("ALL_PROXY", CLOSED),
        ];
        let set = |name: &str| options.variables.iter().any(|(given, _)| *given == name);
        let usual = usual.iter().filter(|(name, _)| !set(name)).map(|(name, value)| (*name, (*value).to_owned()));
        let variables = usual.chain(options.variables.iter().cloned()).collect();
        Launch { arguments, variables }
    });
    let data = data(&server.folder, options);
    Served { server, data }
}

fn data(folder: &Folder, options: &Options) -> Utf8PathBuf {
    options.data.clone().unwrap_or_else(|| folder.join("data"))
}

impl Served {
    /// The root URL, with no slash at the end.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// The data folder.
    pub fn data(&self) -> &Utf8Path {
        &self.data
    }

    /// A client with no cookies yet.
    pub fn http(&self) -> Http {
        Http::new(self.port())
    }

    /// What it printed so far.
    pub fn log(&self) -> String {
        self.server.log()
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts it again on the same port and data.
    ///
    /// # Panics
    /// Where it does not come back.
    pub fn restart(&mut self) {
        let back = self.server.restart(|port| Http::new(port).get("/").is_ok());
        assert!(back, "pak serve does not come back:\n{}", self.log());
    }

    /// The memory that it holds now, in bytes; none where the system does not tell.
    pub fn memory(&self) -> Option<u64> {
        self.server.memory()
    }
}
