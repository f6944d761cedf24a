//! Starts the real registry servers named on the command line, prints their addresses and credentials as one line of JSON,
//! and runs until standard input ends. For `scripts/bench`, and for trying something by hand:
//! `cargo run -p pak-testing --example servers -- verdaccio docker-registry`

use std::io::{Read, Write};

use pak_testing::servers::{Running, USER, devpi, docker_registry, ferro, nginx, pypiserver, verdaccio};
use serde_json::{Map, Value, json};

fn main() -> Result<(), String> {
    let mut running: Vec<(String, Running)> = Vec::new();
    for name in std::env::args().skip(1) {
        let started = match name.as_str() {
            "verdaccio" => verdaccio::start(),
            "pypiserver" => pypiserver::start(),
            "devpi" => devpi::start(),
            "cargo" => ferro::start(),
            "docker-registry" => docker_registry::start(),
            "nginx" => nginx::start(nginx::Dav::default()),
            _ => {
                return Err(format!(
                    "no server named `{name}`: verdaccio pypiserver devpi cargo docker-registry nginx"
                ));
            }
        };
        running.push((name.clone(), started.ok_or_else(|| format!("{name} is not installed: scripts/setup-tests"))?));
    }
    let about: Map<String, Value> = running.iter().map(|(name, server)| (name.clone(), describe(server))).collect();
    let mut out = std::io::stdout();
    writeln!(out, "{}", Value::Object(about)).and_then(|()| out.flush()).map_err(|error| error.to_string())?;
    std::io::stdin().read_to_end(&mut Vec::new()).map_err(|error| error.to_string())?;
    Ok(())
}

fn describe(server: &Running) -> Value {
    json!({
        "url": server.url,
        "upload": server.upload,
        "index": server.index,
        "user": USER,
        "password": server.password.expose(),
        "token": server.token.as_ref().map(pak_model::Secret::expose),
        "folder": server.server.folder(),
    })
}
