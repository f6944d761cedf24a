//! `pak core`.

use crate::cli::Pak;

#[test]
fn version_is_said_as_promised() {
    let pak = Pak::new();
    let expected = concat!("PAK.sh v", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(pak.ok("core version"), expected);
    assert_eq!(pak.ok("version"), expected);
    assert_eq!(pak.json("core version")["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn status_names_what_fails() {
    let pak = Pak::of("-- pak.toml --\n[project\n");
    let output = pak.run("core status");
    assert!(!output.success && output.stdout.contains("✗ configuration: "), "{output}");
    assert!(!output.stdout.contains("operational"), "{output}");
    let status = pak.json("core health");
    assert_eq!(status["operational"], false);
    let failed: Vec<_> = status["checks"].as_array().unwrap().iter().filter(|check| check["ok"] == false).collect();
    assert_eq!(failed.len(), 1);
}

#[test]
fn a_state_folder_that_cannot_be_written_fails_the_status() {
    let pak = Pak::new();
    std::fs::write(pak.home("state"), "a file where the folder belongs").unwrap();
    assert!(pak.run("core health").stdout.contains("✗ state: "));
}

#[test]
fn info_update_and_modules_answer() {
    let pak = Pak::new();
    assert!(pak.json("core info")["platforms"].as_array().unwrap().iter().any(|name| name == "npm"));
    assert_eq!(pak.json("core update")["latest"], serde_json::Value::Null);
    assert!(pak.ok("core update").contains("does not look for new versions"));
    assert!(pak.json("core modules")["modules"].is_array());
    assert!(pak.ok("core config").contains("project.environment"));
    assert!(pak.ok("core validate").contains("Settings are valid"));
}

#[test]
fn doctor_names_variables_and_never_shows_their_values() {
    let pak = Pak::new().env("HTTPS_PROXY", "http://alice:hunter2@127.0.0.1:1").env("PAK_NPM_TOKEN", "hunter3");
    let output = pak.ok("core doctor");
    assert!(output.contains("HTTPS_PROXY") && output.contains("PAK_NPM_TOKEN"), "{output}");
    assert!(!output.contains("hunter"), "{output}");
}
