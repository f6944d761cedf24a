//! pypiserver, the simplest upload server of Python packages: one flat index, form uploads with a password.

use super::{Launch, Running, Server, fresh_secret, password_file};
use crate::tools::Tool;

/// Starts it. Anyone may read, the account may upload; uploading a file again is refused.
///
/// # Panics
/// Where it is installed and does not start.
pub fn start() -> Option<Running> {
    let program = Tool::PypiServer.require_or_skip()?;
    let htpasswd = Tool::Htpasswd.require_or_skip()?;
    let password = fresh_secret();
    // SHA-1 of the password: the one hash that its library reads without more packages.
    let account = password_file(&htpasswd, "-nis", &password);
    let server = Server::start("pypiserver", &program, "/simple/", |folder, port| {
        folder.write("htpasswd", &account).write("packages/.keep", "");
        let port = port.to_string();
        Launch::arguments(["run", "-i", "127.0.0.1", "-p", &port, "-P", "htpasswd", "-a", "update", "packages"])
    });
    let mut running = Running::new(server, password);
    running.upload = format!("{}/", running.url);
    running.index = format!("{}/simple/", running.url);
    Some(running)
}
