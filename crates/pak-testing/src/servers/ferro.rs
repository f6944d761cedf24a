//! ferro-cargo-registry-server, a registry of crates with a sparse index and cargo's web API. It has no accounts.

use super::{Launch, Running, Server, fresh_secret};
use crate::tools::{require_or_skip, tools_folder};

/// Starts it. Anyone may do anything; any token is taken.
///
/// # Panics
/// Where it is installed and does not start.
pub fn start() -> Option<Running> {
    let name = if cfg!(windows) { "ferro-cargo-registry-server.exe" } else { "ferro-cargo-registry-server" };
    let program = tools_folder().map(|folder| folder.join("cargo/bin").join(name));
    let program = require_or_skip("ferro-cargo-registry-server", program.filter(|file| file.is_file()))?;
    let server = Server::start("ferro-cargo-registry-server", &program, "/healthz", |folder, port| Launch {
        arguments: Vec::new(),
        variables: vec![
            ("FERRO_CARGO_REGISTRY_DATA", folder.join("data").into_string()),
            ("FERRO_CARGO_REGISTRY_LISTEN", format!("127.0.0.1:{port}")),
            ("FERRO_CARGO_REGISTRY_API", format!("http://127.0.0.1:{port}")),
        ],
    });
    let mut running = Running::new(server, fresh_secret());
    running.index = format!("{}/", running.url);
    running.token = Some(fresh_secret());
    Some(running)
}
