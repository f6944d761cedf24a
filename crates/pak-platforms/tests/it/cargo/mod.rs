//! cargo with what is not ours: the real client on the sandbox, the driver on a real server.

mod client;
mod protocol;
mod real;

use camino::Utf8PathBuf;
use pak_build::{BuildRequest, ImageSettings};
use pak_http::{Client as Http, Policy};
use pak_model::fault::FaultPlan;
use pak_model::release::PublishOptions;
use pak_model::{Credential, Ecosystem, Package, Release};
use pak_platforms::{Call, Endpoint};
use pak_testing::project::Folder;
use pak_testing::{Client, Project, Tool};
use tokio_util::sync::CancellationToken;

/// The name under which clients know the registry.
const REGISTRY: &str = "tested";

/// A workspace of a library and a program that needs it, both in the tested registry.
fn workspace(index: &str) -> Project {
    let project = Project::from_text(
        r#"
-- Cargo.toml --
[workspace]
members = ["base", "hello"]
resolver = "2"
-- base/Cargo.toml --
[package]
name = "pak-test-base"
version = "1.0.0"
edition = "2021"
description = "for tests"
license = "MIT"
readme = "README.md"
-- base/README.md --
# base
-- base/src/lib.rs --
/// 42.
pub fn answer() -> u8 {
    42
}
-- hello/Cargo.toml --
[package]
name = "pak-test-hello"
version = "1.0.0"
edition = "2021"
description = "for tests"
license = "MIT OR Apache-2.0"
[dependencies]
renamed = { package = "pak-test-base", path = "../base", version = "1", registry = "tested" }
[features]
loud = []
-- hello/src/lib.rs --
/// Greets.
pub fn greeting() -> String {
    format!("hello {}", renamed::answer())
}
"#,
    );
    project.write(".cargo/config.toml", configuration(index));
    project
}

/// Cargo's configuration of the tested registry.
fn configuration(index: &str) -> String {
    format!("[registries.{REGISTRY}]\nindex = \"sparse+{index}\"\n[net]\nretry = 0\n")
}

/// Real cargo in a clean home that knows the registry, and nothing of crates.io.
fn cargo(index: &str) -> Option<Client> {
    let client = Client::find(Tool::Cargo)?;
    client.write(".cargo/config.toml", &configuration(index));
    Some(client)
}

/// A program that uses the workspace's library, and what it prints.
fn consumer(requirement: &str) -> Folder {
    Project::from_text(&format!(
        "
-- Cargo.toml --
[package]
name = \"consumer\"
version = \"0.0.0\"
edition = \"2021\"
[dependencies]
pak-test-hello = {{ version = \"{requirement}\", registry = \"{REGISTRY}\", features = [\"loud\"] }}
[workspace]
-- src/main.rs --
fn main() {{
    println!(\"{{}}\", pak_test_hello::greeting());
}}
"
    ))
}

/// Builds a package of the workspace as a run does.
fn release(project: &Project, directory: &str) -> Release {
    let output = Folder::new();
    let package = Package {
        id: directory.to_owned(),
        ecosystem: Ecosystem::Cargo,
        name: format!("pak-test-{directory}"),
        version: None,
        directory: directory.to_owned(),
        manifest: format!("{directory}/Cargo.toml"),
        withheld: None,
        depends_on: if directory == "hello" { vec!["base".to_owned()] } else { Vec::new() },
        about: pak_model::package::About::default(),
    };
    let request = BuildRequest {
        project: project.path().to_owned(),
        package: package.clone(),
        output: output.path().to_owned(),
        env: pak_testing::tools::env(),
        source_date_epoch: None,
        prebuilt: Vec::new(),
        image: ImageSettings::default(),
        run_scripts: false,
    };
    let mut artifacts = pak_build::build(&request).unwrap_or_else(|problem| panic!("{problem:?}"));
    // The output folder ends here; the project's lasts as long as the test.
    for artifact in &mut artifacts {
        let kept: Utf8PathBuf = project.join(&format!("kept/{}", artifact.digests.label().replace(':', "-")));
        std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
        std::fs::copy(&artifact.path, &kept).unwrap();
        artifact.path = kept;
    }
    Release {
        version: "1.0.0".to_owned(),
        package,
        artifacts,
        options: PublishOptions::default(),
        assets: Vec::new(),
        attestations: Vec::new(),
    }
}

fn call(index: &str, credential: Option<Credential>) -> Call {
    let http = Http::new(Policy::default(), FaultPlan::none());
    Call::new(http, Endpoint::parse(index).unwrap(), credential, CancellationToken::new())
}
