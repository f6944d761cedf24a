//! devpi, an upload server of Python packages with users and indexes. Starts from a template, since making one takes seconds.

use serde_json::json;

use super::{Launch, Running, Server, USER, fresh_secret};
use crate::http::Http;
use crate::project::copy;
use crate::tools::{Tool, require_or_skip, tools_folder};

/// Starts it with an account and the account's index `dev`, where a file once uploaded cannot be replaced.
///
/// # Panics
/// Where it is installed and does not start.
pub fn start() -> Option<Running> {
    let program = Tool::Devpi.require_or_skip()?;
    let template = tools_folder().map(|folder| folder.join("python/devpi-template"));
    let template = require_or_skip("devpi's template", template.filter(|folder| folder.is_dir()))?;
    let server = Server::start("devpi", &program, "/+api", |folder, port| {
        let data = folder.join("data");
        std::fs::create_dir_all(&data).expect("a data folder");
        copy(&template, &data);
        // The argon2 flags are in no manual; without them every password check takes seconds.
        Launch::arguments([
            "--serverdir=data",
            "--host=127.0.0.1",
            &format!("--port={port}"),
            "--argon2-memory=8",
            "--argon2-parallelism=1",
            "--argon2-time=1",
        ])
    });
    let password = fresh_secret();
    let user = json!({"password": password.expose(), "email": "alice@example.org"});
    let made = Http::new(server.port()).json("PUT", &format!("/{USER}"), &user).expect("devpi answers");
    assert_eq!(made.status, 201, "devpi makes an account");
    let index = json!({"bases": [], "volatile": false});
    let made = Http::new(server.port()).basic(USER, &password).json("PUT", &format!("/{USER}/dev"), &index);
    assert_eq!(made.expect("devpi answers").status, 200, "devpi makes an index");
    let mut running = Running::new(server, password);
    running.upload = format!("{}/{USER}/dev/", running.url);
    running.index = format!("{}/{USER}/dev/+simple/", running.url);
    Some(running)
}
