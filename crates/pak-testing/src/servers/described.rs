//! GitHub's own description of its API, put before a server that emulates it: no GitHub can be run by a test.

use serde_json::Value;

use super::{Launch, Server};
use crate::http::Http;
use crate::tools::{Tool, require_or_skip, tools_folder};

/// The gate.
const GATE: &str = include_str!("described.mjs");

/// A gate that holds what passes through it against the description, until this is dropped.
pub struct Described {
    server: Server,
}

/// Puts a gate before a server, whose API's paths begin with a prefix.
///
/// # Panics
/// Where it is installed and does not start.
pub fn before(server: &str, prefix: &str) -> Option<Described> {
    let modules = tools_folder().map(|folder| folder.join("npm/node_modules"));
    let modules = modules.filter(|folder| folder.join("@octokit/openapi").is_dir() && folder.join("ajv").is_dir());
    let modules = require_or_skip("GitHub's description of its API", modules)?;
    let node = Tool::Node.require_or_skip()?;
    let server = Server::start("the gate of GitHub's description", &node, "/-/said", |folder, port| {
        folder.write("described.mjs", GATE);
        Launch::arguments(["described.mjs", modules.as_str(), server, prefix, &port.to_string()])
    });
    Some(Described { server })
}

impl Described {
    /// The address to send requests to instead of the server's.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The operations seen, by the description's names, and what did not fit.
    ///
    /// # Panics
    /// Where the gate is gone.
    pub fn said(&self) -> (Vec<String>, Vec<String>) {
        let answer = Http::new(self.server.port()).get("/-/said").expect("the gate answers").json();
        let list = |field: &str| {
            let entries = answer[field].as_array().into_iter().flatten();
            entries.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        (list("operations"), list("violations"))
    }
}
