//! Kills the real binary at every fault point of a four-platform release, resumes, and asks the registries what they have.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::Utf8PathBuf;
use pak_sandbox::{Options, Sandbox};
use pak_testing::project::Folder;

/// A release of the greeter to registries that outlive the killed process.
struct Stage {
    project: Folder,
    state: Folder,
    sandbox: Sandbox,
    _data: Folder,
}

impl Stage {
    async fn new() -> Self {
        let example = Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/greeter");
        let data = Folder::new();
        let sandbox = Sandbox::start(Options { data: data.join("registries"), port: 0 }).await.unwrap();
        let project = Folder::copy_of(&example);
        let mut config = project.read("pak.toml");
        for platform in ["npm", "pypi", "cargo", "docker"] {
            let (root, upload, index) = pak_sandbox::serve::addresses(&sandbox.base(), platform).unwrap();
            let mut table = format!("\n[environments.crash.{platform}]\nregistry = \"{root}\"\n");
            table.extend(upload.map(|url| format!("upload = \"{url}\"\n")));
            table.extend(index.map(|url| format!("index = \"{url}\"\n")));
            config.push_str(&table);
        }
        project.write("pak.toml", config);
        Self { project, state: Folder::new(), sandbox, _data: data }
    }

    fn pak(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pak"));
        command.args(args).current_dir(self.project.path()).env("PAK_STATE_DIR", self.state.path());
        command.env("PAK_CONFIG_DIR", self.state.join("config")).env("PAK_DATA_DIR", self.state.join("data"));
        for platform in ["NPM", "PYPI", "CARGO", "DOCKER"] {
            command.env(format!("PAK_{platform}_TOKEN"), self.sandbox.token());
        }
        // Docker registries of this kind take a user and a password.
        command.env_remove("PAK_DOCKER_TOKEN").env("PAK_DOCKER_USERNAME", "sandbox");
        command.env("PAK_DOCKER_PASSWORD", self.sandbox.token());
        command
    }

    fn deploy(&self) -> Command {
        self.pak(&["deploy", "--environment", "crash", "--yes"])
    }

    /// What the registries hold, read from their files, so that no protocol of ours is in between.
    fn published(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self._data.join("registries")];
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir_utf8().unwrap().flatten() {
                if entry.file_type().unwrap().is_dir() {
                    if entry.file_name() != "tmp" {
                        folders.push(entry.path().to_owned());
                    }
                } else if is_content(entry.path().as_str()) {
                    let name = entry.path().strip_prefix(self._data.path()).unwrap().to_string();
                    files.insert(name, std::fs::read(entry.path()).unwrap());
                }
            }
        }
        files
    }
}

/// Artifacts themselves; indexes carry times.
fn is_content(path: &str) -> bool {
    [".tgz", ".whl", ".tar.gz", ".crate"].iter().any(|end| path.ends_with(end)) || path.contains("/blobs/")
}

fn text(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Requests by which something became visible, each with how often it was accepted.
fn accepted(sandbox: &Sandbox) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in sandbox.requests() {
        let (request, status) = line.split_once(" -> ").unwrap();
        let publishes = request.starts_with("PUT /npm/")
            || request.starts_with("PUT /cargo/api/v1/crates/new")
            || (request.starts_with("PUT /v2/") && request.contains("/manifests/"));
        if publishes && status.starts_with('2') {
            *counts.entry(request.to_owned()).or_insert(0) += 1;
        }
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_point_a_release_is_resumed_and_nothing_is_lost_or_doubled() {
    let whole = Stage::new().await;
    let trace = whole.state.join("trace");
    let output = whole.deploy().env("PAK_FAULT_TRACE", trace.as_str()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("All platforms deployed successfully"), "{}", text(&output));
    let expected = whole.published();
    assert!(expected.len() >= 6, "{:?}", expected.keys());
    let points: Vec<String> = std::fs::read_to_string(&trace).unwrap().lines().map(str::to_owned).collect();
    assert!(points.len() > 60, "too few fault points: {points:#?}");

    let next = AtomicUsize::new(1);
    let failures = Mutex::new(Vec::new());
    let died = AtomicUsize::new(0);
    // Two at a time: the test is mostly waiting for processes.
    let walkers = (0..2).map(|_| async {
        loop {
            let point = next.fetch_add(1, Ordering::Relaxed);
            if point > points.len() {
                break;
            }
            match kill_and_resume(point, &expected).await {
                Ok(killed) => died.fetch_add(usize::from(killed), Ordering::Relaxed),
                Err(why) => {
                    failures.lock().unwrap().push(format!("point {point}: {why}"));
                    0
                }
            };
        }
    });
    futures_util::future::join_all(walkers).await;
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {} points:\n{}", failures.len(), points.len(), failures.join("\n"));
    // Polling makes the number of points differ a little from run to run; nearly every walk must have died.
    let died = died.into_inner();
    assert!(died * 100 >= points.len() * 95, "only {died} of {} walks died", points.len());
}

async fn kill_and_resume(point: usize, expected: &BTreeMap<String, Vec<u8>>) -> Result<bool, String> {
    let stage = Stage::new().await;
    let mut killed = stage.deploy();
    killed.env("PAK_FAULT_POINT", point.to_string());
    let first = run(killed).await;
    let died = first.status.code().is_none();
    if !died && !first.status.success() {
        return Err(format!("neither killed nor done:\n{}", text(&first)));
    }
    // A person runs `resume`; where the kill came before there was a run, the same command again.
    let mut last = run(stage.pak(&["deploy", "resume", "--environment", "crash"])).await;
    let began = !text(&last).contains("pak::deploy::no_runs");
    if died && !began {
        last = run(stage.deploy()).await;
    }
    let finished_before = text(&last).contains("pak::deploy::nothing_to_resume");
    if !last.status.success() && !finished_before {
        return Err(format!("not resumed:\n{}", text(&last)));
    }
    if stage.published() != *expected {
        let have: BTreeSet<String> = stage.published().into_keys().collect();
        return Err(format!("the registries hold {have:?}"));
    }
    let again = accepted(&stage.sandbox).into_iter().filter(|(request, count)| *count > 1 && !request.contains("/manifests/"));
    let doubled: Vec<(String, usize)> = again.collect();
    if !doubled.is_empty() {
        return Err(format!("accepted more than once: {doubled:?}"));
    }
    Ok(died)
}

async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}
