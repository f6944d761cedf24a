//! `pak credential`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::cli::Pak;

/// Runs a line with a text on standard input.
fn with_input(pak: &Pak, line: &str, input: &str) -> (bool, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pak"))
        .args(line.split(' '))
        .env("PAK_CONFIG_DIR", pak.home("config"))
        .current_dir(pak.folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.success(), text)
}

#[test]
fn secrets_go_in_by_standard_input_and_never_come_out() {
    let pak = Pak::new();
    let (ok, said) = with_input(&pak, "credential add npm", "hunter2\n");
    assert!(ok && !said.contains("hunter2"), "{said}");
    let (ok, said) =
        with_input(&pak, "credential add mirror --username alice --registry http://127.0.0.1:9", "hunter3");
    assert!(ok && !said.contains("hunter3"), "{said}");
    let file = std::fs::read_to_string(pak.home("config/credentials.toml")).unwrap();
    assert!(file.contains("hunter2") && file.contains("hunter3"));
    for line in ["credential list", "credential list --json", "core doctor", "config list", "core info"] {
        let output = pak.run(line);
        assert!(!output.to_string().contains("hunter"), "pak {line}:\n{output}");
    }
    assert_eq!(pak.json("credential list")["credentials"][1]["origins"][0], "http://127.0.0.1:9");
    assert_eq!(pak.json("credential remove mirror")["removed"], 1);
    assert!(pak.fails("credential remove mirror").contains("No credential of mirror is stored"));
    assert_eq!(pak.json("credential remove --all")["removed"], 1);
}

#[test]
fn what_cannot_be_a_secret_or_a_target_is_refused() {
    let pak = Pak::new();
    assert!(!with_input(&pak, "credential add npm", "").0);
    assert!(!with_input(&pak, "credential add npm", "two\nlines\n").0);
    let (ok, said) = with_input(&pak, "credential add nowhere", "hunter2");
    assert!(!ok && said.contains("--registry") && !said.contains("hunter2"), "{said}");
    assert!(!pak.home("config/credentials.toml").exists());
}

#[test]
fn a_missing_credential_is_said_with_every_way_to_give_one() {
    let output = Pak::new().run("credential test npm");
    assert!(!output.success && output.stdout.contains("pak credential add npm"), "{output}");
}
