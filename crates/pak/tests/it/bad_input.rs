//! Bad input of every kind: a clear error with its code, nothing half sent, nothing lost.

use std::process::Output;

use pak_sandbox::{Fault, Kind};

use crate::stage::{Stage, text};

/// Runs a deployment that must fail with a code and an exit status, having sent nothing.
fn refused(stage: &Stage, extra: &[&str], code: &str, exit: i32) -> String {
    let output = stage.deploy().args(extra).output().unwrap();
    let said = text(&output);
    assert!(said.contains(code), "no {code} in:\n{said}");
    assert_eq!(output.status.code(), Some(exit), "{said}");
    assert!(said.to_lowercase().contains("nothing was sent"), "{said}");
    assert_eq!(stage.writes(), Vec::<String>::new());
    said
}

fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", text(output));
    assert!(text(output).contains("All platforms deployed successfully"), "{}", text(output));
}

fn resume(stage: &Stage) -> Output {
    stage.pak(&["deploy", "resume", "--environment", "crash"]).output().unwrap()
}

/// The next npm upload is answered with a status.
fn next_npm_upload(stage: &Stage, status: u16) {
    let kind = Kind::Status { status, retry_after: None, body: None };
    let fault = Fault { method: Some("PUT".into()), path: Some("/npm/".into()), skip: 0, times: 1, kind };
    stage.sandbox.faults().add(fault);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_manifest_names_itself() {
    for (file, content) in [
        ("js/package.json", "{\"name\": \"x\",,}"),
        ("python/pyproject.toml", "[project\nname=1"),
        ("rust/Cargo.toml", "[package]\nname = \n"),
        ("pak.toml", "[project]\nnmae = \"x\"\n"),
    ] {
        let stage = Stage::new().await;
        stage.project.write(file, content);
        let said = refused(&stage, &[], "pak::", 2);
        assert!(said.contains(file), "{file} is not named in:\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_no_manifest_says_is_refused() {
    let stage = Stage::new().await;
    let said = refused(&stage, &["--version", "9.9.9"], "pak::project::version_mismatch", 2);
    assert!(said.contains("9.9.9") && said.contains("1.0.0"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_and_wrong_tokens_stop_before_anything_is_sent() {
    let stage = Stage::new().await;
    let output = stage.deploy().env_remove("PAK_NPM_TOKEN").output().unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(6), "{said}");
    assert!(said.contains("PAK_NPM_TOKEN"), "{said}");
    assert_eq!(stage.writes(), Vec::<String>::new());

    let wrong = ["not", "the", "token"].join("-");
    let output = stage.deploy().env("PAK_PYPI_TOKEN", &wrong).output().unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(6), "{said}");
    assert!(said.contains("pypi") && !said.contains(&wrong), "{said}");
    assert_eq!(stage.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_expires_between_plan_and_upload_leaves_a_run_to_resume() {
    let stage = Stage::new().await;
    next_npm_upload(&stage, 401);
    let output = stage.deploy().output().unwrap();
    let said = text(&output);
    assert!(said.contains("pak::http::unauthorized"), "{said}");
    assert_eq!(output.status.code(), Some(5), "{said}");
    succeeds(&resume(&stage));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_folder_that_cannot_be_made_is_named() {
    let stage = Stage::new().await;
    stage.state.write("file", "x");
    let path = stage.state.join("file/state");
    let output = stage.deploy().env("PAK_STATE_DIR", path.as_str()).output().unwrap();
    let said = text(&output);
    assert!(said.contains("pak::deploy::state_unusable") && said.contains(path.as_str()), "{said}");
    assert_eq!(stage.writes(), Vec::<String>::new());
}

/// A tmpfs of a few kilobytes fills up. Needs the right to mount: elsewhere the case is left out.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_with_nothing_lost() {
    use std::process::Command;
    for size in ["4k", "16k", "32k", "48k", "64k", "96k", "128k"] {
        let stage = Stage::new().await;
        let disk = stage.state.join("disk");
        std::fs::create_dir(&disk).unwrap();
        let options = format!("size={size}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs", disk.as_str()]).output();
        if !mounted.is_ok_and(|output| output.status.success()) {
            println!("skipped: a full disk needs the right to mount a tmpfs");
            return;
        }
        let full = stage.deploy().env("PAK_STATE_DIR", disk.as_str()).output().unwrap();
        let unmounted = Command::new("umount").arg(disk.as_str()).status().unwrap();
        assert!(unmounted.success());
        if !full.status.success() {
            let said = text(&full);
            assert!(said.contains("pak::"), "{size}: {said}");
            assert!(!said.contains("deployed successfully"), "{size}: {said}");
        }
        // With room again the same command converges, whatever the full disk left behind.
        succeeds(&stage.deploy().output().unwrap());
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn links_out_of_the_tree_are_not_followed() {
    let stage = Stage::new().await;
    let secret = stage.state.join("secret.txt");
    std::fs::write(&secret, "outside the project").unwrap();
    for folder in ["js/bin", "image/greetings"] {
        std::os::unix::fs::symlink(&secret, stage.project.join(folder).join("link.txt")).unwrap();
    }
    let output = stage.deploy().output().unwrap();
    let held: Vec<u8> = stage.published().into_values().flatten().collect();
    assert!(!held.windows(19).any(|part| part == b"outside the project"), "{}", text(&output));
    if !output.status.success() {
        assert!(text(&output).contains("pak::build::link_refused"), "{}", text(&output));
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_not_utf8_are_refused_by_name() {
    use std::os::unix::ffi::OsStrExt as _;
    let stage = Stage::new().await;
    let name = std::ffi::OsStr::from_bytes(b"bad-\xff.js");
    std::fs::write(stage.project.join("js/bin").as_std_path().join(name), "x").unwrap();
    let said = refused(&stage, &[], "pak::build::file_refused", 2);
    assert!(said.contains("bad-"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_files_are_walked_without_trouble() {
    let stage = Stage::new().await;
    for folder in 0..100 {
        let folder = stage.project.join(&format!("data/{folder}"));
        std::fs::create_dir_all(&folder).unwrap();
        for file in 0..1000 {
            std::fs::File::create(folder.join(file.to_string())).unwrap();
        }
    }
    succeeds(&stage.deploy().output().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_journal_is_resumed_and_a_foreign_one_is_left_alone() {
    let stage = Stage::new().await;
    next_npm_upload(&stage, 400);
    assert!(!stage.deploy().output().unwrap().status.success());
    let journal = files(&stage).into_iter().find(|path| path.ends_with("journal.jsonl")).unwrap();
    let bytes = std::fs::read(&journal).unwrap();
    std::fs::write(&journal, &bytes[..bytes.len() - 9]).unwrap();
    succeeds(&resume(&stage));

    let first = std::fs::read_to_string(&journal).unwrap().lines().next().unwrap().to_owned();
    let json = first[..first.len() - 17].replacen("\"schema\":1", "\"schema\":999", 1);
    let sum = pak_model::Digests::of(json.as_bytes()).sha256.unwrap();
    let foreign = format!("{json} {}\n", &sum[..16]);
    std::fs::write(&journal, &foreign).unwrap();
    let output = resume(&stage);
    assert!(text(&output).contains("pak::deploy::journal_newer"), "{}", text(&output));
    assert_eq!(std::fs::read_to_string(&journal).unwrap(), foreign, "it is not touched");
}

/// Every file below the state folder.
fn files(stage: &Stage) -> Vec<camino::Utf8PathBuf> {
    let (mut folders, mut files) = (vec![stage.state.path().to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir_utf8().unwrap().flatten() {
            let kept = if entry.file_type().unwrap().is_dir() { &mut folders } else { &mut files };
            kept.push(entry.into_path());
        }
    }
    files
}
