//! A Flask application of a test, as users write one to receive webhooks.

use serde_json::Value;

use super::{Launch, Server};
use crate::tools::Tool;

/// A running application.
pub struct Flask {
    server: Server,
}

/// Starts an application. It is given a signing secret as `WEBHOOK_SECRET`, and a file to write what it took to as `RECEIVED`, a
/// line of JSON each.
///
/// # Panics
/// Where Flask is installed and the application does not start.
pub fn start(application: &str, secret: &str) -> Option<Flask> {
    let python = Tool::ServerPython.require_or_skip()?;
    let server = Server::start("flask", &python, "/", |folder, port| {
        folder.write("receiver.py", application);
        let words = ["-m", "flask", "--app", "receiver", "run", "--no-debugger", "--port", &port.to_string()];
        let received = folder.join(RECEIVED).into_string();
        let variables = vec![("WEBHOOK_SECRET", secret.to_owned()), ("RECEIVED", received)];
        Launch { arguments: words.map(str::to_owned).to_vec(), variables }
    });
    Some(Flask { server })
}

/// The file's name in the application's folder.
const RECEIVED: &str = "received.jsonl";

impl Flask {
    /// The root URL, with no slash at the end.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Writes a file into the folder that it runs in.
    pub fn write(&self, path: &str, content: &str) {
        self.server.folder.write(path, content);
    }

    /// What it took so far.
    pub fn received(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.server.folder().join(RECEIVED)).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// What it printed so far.
    pub fn log(&self) -> String {
        self.server.log()
    }
}
