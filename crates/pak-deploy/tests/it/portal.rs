//! A registry that holds uploads back: checked first, then published, held or dropped.

use std::time::Duration;

use pak_deploy::{Session, history, run, undo};
use pak_model::code;
use pak_model::event::{Fact, RunOutcome, StepOutcome};
use pak_model::plan::UndoAction;
use pak_sandbox::{Fault, Kind};
use pak_testing::component;

use crate::stage::Stage;

/// Uploads and promotions that the portal got.
fn counted(stage: &Stage) -> (usize, usize) {
    let count = |path: &str| stage.writes().iter().filter(|line| line.starts_with(&format!("POST {path}"))).count();
    (count("/central/api/v1/publisher/upload"), count("/central/api/v1/publisher/deployment/"))
}

fn deployments(stage: &Stage) -> usize {
    stage.data("central/deployments").read_dir_utf8().map_or(0, Iterator::count)
}

async fn deploy(stage: &Stage, hold: bool) -> run::RunReport {
    let (session, _) = stage.session();
    run::deploy(&Session { hold, ..session }, None, &|_| Ok(())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_is_checked_then_promoted_then_read_back() {
    let stage = Stage::of(component::project()).await;
    let (session, heard) = stage.session();
    let report = run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Success, "{:?}", report.problem());
    let facts = heard.facts();
    let at = |is: &dyn Fn(&Fact) -> bool| facts.iter().position(is).unwrap();
    let order = [
        at(&|fact| matches!(fact, Fact::UploadDone { receipt, .. } if receipt.reference.is_some())),
        at(&|fact| matches!(fact, Fact::Staged { .. })),
        at(&|fact| matches!(fact, Fact::PromoteIntended { .. })),
        at(&|fact| matches!(fact, Fact::PromoteDone { .. })),
        at(&|fact| matches!(fact, Fact::Verified { .. })),
    ];
    assert!(order.is_sorted(), "{order:?}");

    // The same release, signed on another day: nothing is sent.
    component::sign(&stage.project, "second");
    let again = deploy(&stage, false).await;
    assert_eq!(again.steps[0].outcome, StepOutcome::AlreadyPublished, "{:?}", again.problem());
    assert_eq!(counted(&stage), (1, 1));

    // A run takes back what it published and nothing else: its files must be there as they were.
    component::sign(&stage.project, "first");
    let (session, _) = stage.session();
    let first = history::list(&session).unwrap().remove(0);
    let first = history::find(&session, Some(&first.run.to_string())).unwrap();
    let report = undo::rollback(&session, &first).await.unwrap();
    let problem = report.lines[0].problem.as_ref().expect("what is published stays");
    assert_eq!(problem.code, code::deploy::UNDO_REFUSED.id, "{problem:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn held_back_and_published_later() {
    let stage = Stage::of(component::project()).await;
    let held = deploy(&stage, true).await;
    assert_eq!(held.steps[0].outcome, StepOutcome::Staged, "{:?}", held.problem());
    assert_eq!(counted(&stage), (1, 0), "nothing is promoted");
    assert!(!stage.data("central/maven2").exists(), "nothing is public");

    let (session, _) = stage.session();
    let resumed = run::resume(&session, &history::unfinished(&session).unwrap()).await.unwrap();
    assert_eq!(resumed.outcome, RunOutcome::Success, "{:?}", resumed.problem());
    assert_eq!((resumed.run, counted(&stage)), (held.run, (1, 1)), "the same deployment");
    assert!(stage.data("central/maven2/dev/sample/hello/1.0.0/hello-1.0.0.jar").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn held_back_and_dropped() {
    let stage = Stage::of(component::project()).await;
    deploy(&stage, true).await;
    assert_eq!(deployments(&stage), 1);
    let (session, _) = stage.session();
    let run = history::find(&session, None).unwrap();
    let report = undo::rollback(&session, &run).await.unwrap();
    assert_eq!(report.lines.len(), 1);
    assert!(report.lines[0].problem.is_none() && report.lines[0].action == UndoAction::Delete, "{:?}", report.lines);
    assert_eq!((deployments(&stage), counted(&stage)), (0, (1, 0)));
    let again = deploy(&stage, false).await;
    assert_eq!(again.outcome, RunOutcome::Success, "the version is free: {:?}", again.problem());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_every_reason_and_nothing_is_public() {
    let stage = Stage::of(component::project()).await;
    stage.project.write("dist/hello-1.0.0.jar.asc", "not a signature");
    let report = deploy(&stage, false).await;
    assert_eq!((report.outcome, report.steps[0].outcome), (RunOutcome::Failed, StepOutcome::Failed));
    let problem = report.steps[0].problem.as_ref().unwrap();
    assert_eq!(problem.code, code::deploy::STAGE_REFUSED.id);
    assert!(problem.causes.iter().any(|cause| cause.contains("hello-1.0.0.jar.asc: Invalid signature")), "{problem:?}");
    assert_eq!(counted(&stage), (1, 0));

    component::sign(&stage.project, "second");
    let mended = deploy(&stage, false).await;
    assert_eq!(mended.outcome, RunOutcome::Success, "{:?}", mended.problem());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_preflight_knows_is_not_uploaded() {
    let stage = Stage::of(component::project()).await;
    let silent = stage.project.read("dist/hello-1.0.0.pom").replace("<name>hello</name>", "");
    stage.project.write("dist/hello-1.0.0.pom", silent);
    let (session, _) = stage.session();
    let problem = run::deploy(&session, None, &|_| Ok(())).await.unwrap_err();
    assert_eq!(problem.code(), code::deploy::PLAN_BLOCKED, "{problem:?}");
    assert_eq!(counted(&stage), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_dropped_in_the_portal_is_told() {
    let stage = Stage::of(component::project()).await;
    deploy(&stage, true).await;
    std::fs::remove_dir_all(stage.data("central/deployments")).unwrap();
    let (session, _) = stage.session();
    let resumed = run::resume(&session, &history::unfinished(&session).unwrap()).await.unwrap();
    assert_eq!(resumed.steps[0].problem.as_ref().unwrap().code, code::deploy::STAGE_GONE.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_portal_is_waited_for_and_nothing_is_sent_twice() {
    let stage = Stage::of(component::project()).await;
    let slow = |ms| Fault { method: None, path: None, skip: 0, times: 0, kind: Kind::SlowIndex { ms } };
    stage.sandbox.faults().add(slow(600));
    let report = deploy(&stage, false).await;
    assert_eq!(report.outcome, RunOutcome::Success, "{:?}", report.problem());

    // Published, and not served yet: another run must neither send it again nor call it new.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    stage.sandbox.faults().add(slow(4000));
    let again = deploy(&stage, false).await;
    assert_eq!(again.outcome, RunOutcome::Success, "{:?}", again.problem());
    assert_eq!(counted(&stage), (1, 1));
}
