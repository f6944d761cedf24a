//! Kills the real binary at every fault point of a four-platform release, resumes, and asks the registries what they have.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use pak_sandbox::Sandbox;
use pak_testing::tools::Tool;

use crate::stage::{Stage, text};

/// Requests by which something became visible, each with how often it was accepted.
fn accepted(sandbox: &Sandbox) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in sandbox.requests() {
        let (request, status) = line.split_once(" -> ").unwrap();
        let publishes = request.starts_with("PUT /npm/")
            || request.starts_with("PUT /cargo/api/v1/crates/new")
            || request.starts_with("POST /central/api/v1/publisher/deployment/")
            || (request.starts_with("PUT /maven/") && !request.contains("maven-metadata.xml"))
            || request.starts_with("PUT /files/")
            || request.ends_with("/git-receive-pack")
            || (request.starts_with("PUT /v2/") && request.contains("/manifests/"));
        if publishes && status.starts_with('2') {
            *counts.entry(request.to_owned()).or_insert(0) += 1;
        }
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_point_a_release_is_resumed_and_nothing_is_lost_or_doubled() {
    walk(Stage::new, 6, 60).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_point_a_staged_release_is_promoted_once() {
    // A jar, its sources, documentation and POM with a signature and four checksums each.
    walk(Stage::portal, 24, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_point_a_release_of_many_files_is_completed() {
    walk(Stage::repository, 4, 60).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_point_a_commit_is_made_once() {
    if Tool::Git.require_or_skip().is_some() {
        walk(Stage::taps, 7, 60).await;
    }
}

/// Kills a release at every point it passes; it leaves at least so many files and passes at least so many points.
async fn walk<F: Future<Output = Stage>>(make: impl Fn() -> F + Copy, files: usize, least: usize) {
    let whole = make().await;
    let trace = whole.state.join("trace");
    let output = whole.deploy().env("PAK_FAULT_TRACE", trace.as_str()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("All platforms deployed successfully"), "{}", text(&output));
    let expected = whole.published();
    assert!(expected.len() >= files, "{:?}", expected.keys());
    let points: Vec<String> = std::fs::read_to_string(&trace).unwrap().lines().map(str::to_owned).collect();
    assert!(points.len() > least, "too few fault points: {points:#?}");

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
            match kill_and_resume(make, point, &expected).await {
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

async fn kill_and_resume<F: Future<Output = Stage>>(
    make: impl Fn() -> F,
    point: usize,
    expected: &BTreeMap<String, Vec<u8>>,
) -> Result<bool, String> {
    let stage = make().await;
    let mut killed = stage.deploy();
    killed.env("PAK_FAULT_POINT", point.to_string());
    let first = run(killed).await;
    let died = first.status.code().is_none();
    if !died && !first.status.success() {
        return Err(format!("neither killed nor done:\n{}", text(&first)));
    }
    stage.sandbox.until_idle().await;
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
    let published = stage.published();
    let differs = |name: &&String| published.get(*name) != expected.get(*name);
    let names: BTreeSet<&String> = expected.keys().chain(published.keys()).filter(differs).collect();
    if !names.is_empty() {
        return Err(format!("the registries differ in {names:?}"));
    }
    let again =
        accepted(&stage.sandbox).into_iter().filter(|(request, count)| *count > 1 && !request.contains("/manifests/"));
    let doubled: Vec<(String, usize)> = again.collect();
    if !doubled.is_empty() {
        return Err(format!("accepted more than once: {doubled:?}"));
    }
    Ok(died)
}

async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}
