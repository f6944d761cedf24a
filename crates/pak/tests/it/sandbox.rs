//! `pak sandbox serve`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use pak_testing::project::Folder;
use serde_json::Value;

use crate::cli::Pak;
use crate::deploy::PROJECT;

/// A sandbox served by the built program; stopped on drop.
pub(crate) struct Served {
    pub(crate) base: String,
    pub(crate) token: String,
    pub(crate) announced: Value,
    child: Child,
    data: Folder,
}

impl Served {
    pub(crate) fn start() -> Self {
        let data = Folder::new();
        let mut child = Command::new(env!("CARGO_BIN_EXE_pak"))
            .args(["sandbox", "serve", "--port", "0", "--json", "--data", data.join("sandbox").as_str()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let announced: Value = serde_json::from_str(&line).unwrap();
        let text = |key: &str| announced[key].as_str().unwrap().to_owned();
        Self { base: text("base"), token: text("token"), child, data, announced }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_client_is_told_how_to_use_it() {
    let sandbox = Served::start();
    let clients = sandbox.announced["clients"].as_array().unwrap();
    for name in ["npm", "pip", "cargo", "docker", "skopeo"] {
        let client = clients.iter().find(|client| client["name"] == name).unwrap();
        let host = sandbox.base.trim_start_matches("http://");
        assert!(client["install"].as_str().unwrap().contains(host), "{name}");
        assert!(client["publish"].as_str().unwrap().contains(&sandbox.token), "{name}");
    }
}

#[test]
fn a_release_goes_to_the_sandbox_that_is_served() {
    let sandbox = Served::start();
    let pak = Pak::of(PROJECT).env("PAK_DATA_DIR", sandbox.data.path().as_str());
    // The served one has its folder to itself: this can only succeed by finding it.
    pak.ok("deploy --platform npm");
    let said = pak.fails("sandbox clear");
    assert!(said.contains("pak::sandbox::in_use"), "{said}");
    drop(sandbox);
    pak.ok("sandbox clear");
}
