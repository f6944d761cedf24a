//! docker-registry, the reference registry of images.

use super::{Launch, Running, Server, fresh_secret, password_file};
use crate::tools::Tool;

/// Starts it. The account may read, push and delete; nobody else may do anything.
///
/// # Panics
/// Where it is installed and does not start.
pub fn start() -> Option<Running> {
    let program = Tool::DockerRegistry.require_or_skip()?;
    let htpasswd = Tool::Htpasswd.require_or_skip()?;
    let password = fresh_secret();
    // It reads bcrypt only.
    let account = password_file(&htpasswd, "-niB", &password);
    let server = Server::start("docker-registry", &program, "/v2/", |folder, port| {
        folder.write("htpasswd", &account).write(
            "config.yml",
            format!(
                "version: 0.1\n\
                 log: {{level: warn}}\n\
                 storage: {{filesystem: {{rootdirectory: ./data}}, delete: {{enabled: true}}}}\n\
                 http: {{addr: '127.0.0.1:{port}'}}\n\
                 auth: {{htpasswd: {{realm: tests, path: ./htpasswd}}}}\n"
            ),
        );
        Launch::arguments(["serve", "config.yml"])
    });
    Some(Running::new(server, password))
}
