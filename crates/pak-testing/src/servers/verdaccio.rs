//! verdaccio, an npm registry.

use pak_model::Secret;
use serde_json::json;

use super::{Launch, Running, Server, USER, fresh_secret};
use crate::http::Http;
use crate::tools::{Tool, require_or_skip, tools_folder};

const CONFIG: &str = "\
storage: ./storage
auth: {htpasswd: {file: ./htpasswd, max_users: 1000}}
uplinks: {}
packages:
  '@*/*': {access: $all, publish: $authenticated, unpublish: $authenticated}
  '**': {access: $all, publish: $authenticated, unpublish: $authenticated}
max_body_size: 500mb
web: {enable: false}
log: {type: stdout, format: pretty, level: http}
";

/// Starts it with an account and a token. Anyone may read, the account may publish and unpublish.
///
/// # Panics
/// Where it is installed and does not start.
pub fn start() -> Option<Running> {
    // No link is installed in `.bin`; the program is run by its path in the package.
    let program = tools_folder().map(|folder| folder.join("npm/node_modules/verdaccio/bin/verdaccio"));
    let program = require_or_skip("verdaccio", program.filter(|file| file.is_file()))?;
    let node = Tool::Node.require_or_skip()?;
    let server = Server::start("verdaccio", &node, "/-/ping", |folder, port| {
        folder.write("config.yaml", CONFIG);
        Launch::arguments([program.as_str(), "-c", "config.yaml", "-l", &format!("127.0.0.1:{port}")])
    });
    let password = fresh_secret();
    let account = json!({"name": USER, "password": password.expose()});
    let answer = Http::new(server.port()).json("PUT", &format!("/-/user/org.couchdb.user:{USER}"), &account);
    let token = answer.ok().and_then(|answer| answer.json()["token"].as_str().map(Secret::new));
    let mut running = Running::new(server, password);
    running.token = Some(token.expect("verdaccio hands out a token for a new account"));
    Some(running)
}
