//! Registries that fail, lie, lag or lose answers.

use pak_deploy::journal::RunLock;
use pak_deploy::{history, run};
use pak_model::event::{Fact, How, RunOutcome, StepOutcome, Tick};
use pak_model::{Effect, code};
use pak_sandbox::Kind;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_platform_does_not_stop_the_others_and_resume_finishes() {
    let stage = Stage::greeter().await;
    let refuse = Kind::Status { status: 422, retry_after: None, body: None };
    stage.fault("POST", "/pypi/legacy/", 0, refuse);
    let (session, _) = stage.session();
    let session = pak_deploy::Session { only: Some(vec!["npm".into(), "pypi".into(), "cargo".into()]), ..session };
    let report = run::deploy(&session, None, &|_| Ok(())).await;
    // The credential probe meets the fault too; a refusal that is no verdict on the credential must not stop the plan.
    let report = report.unwrap();
    assert_eq!(report.outcome, RunOutcome::PartlyPublished);
    let of = |id: &str| report.steps.iter().find(|step| step.step == id).unwrap().outcome;
    assert_eq!(of("npm/js"), StepOutcome::Published);
    assert_eq!(of("cargo/rust"), StepOutcome::Published);
    assert_eq!(of("pypi/python"), StepOutcome::Failed);
    let problem = report.problem().unwrap();
    assert_eq!((problem.code(), problem.effect_of()), (code::deploy::PARTLY_PUBLISHED, Effect::PartlyPublished));

    stage.sandbox.faults().clear();
    let (session, _) = stage.session();
    let resumed = run::resume(&session, &history::unfinished(&session).unwrap()).await.unwrap();
    assert_eq!(resumed.outcome, RunOutcome::Success, "{:?}", resumed.problem());
    assert_eq!(resumed.run, report.run);
    assert_eq!(history::unfinished(&session).unwrap_err().code(), code::deploy::NOTHING_TO_RESUME);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_settled_by_asking() {
    let stage = Stage::greeter().await;
    stage.fault("PUT", "/npm/", 1, Kind::LostAnswer);
    let (session, heard) = stage.session();
    let session = pak_deploy::Session { only: Some(vec!["npm".into()]), ..session };
    let report = run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Success, "{:?}", report.problem());
    let done = heard.facts().into_iter().find_map(|fact| match fact {
        Fact::UploadDone { how, .. } => Some(how),
        _ => None,
    });
    assert_eq!(done, Some(How::FoundAfterLostAnswer));
    let puts = stage.writes().iter().filter(|line| line.starts_with("PUT /npm/")).count();
    assert_eq!(puts, 1, "{:?}", stage.writes());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_lags_is_waited_for() {
    let stage = Stage::greeter().await;
    stage.sandbox.faults().add(pak_sandbox::Fault {
        method: None,
        path: None,
        skip: 0,
        times: 0,
        kind: Kind::SlowIndex { ms: 700 },
    });
    let (session, heard) = stage.session();
    let session = pak_deploy::Session { only: Some(vec!["cargo".into(), "npm".into()]), ..session };
    let report = run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Success, "{:?}", report.problem());
    assert!(heard.ticks().iter().any(|tick| matches!(tick, Tick::Waiting { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_bytes_on_read_back_are_never_called_published() {
    let stage = Stage::greeter().await;
    stage.fault("GET", ".tgz", 0, Kind::WrongDigest);
    let (session, _) = stage.session();
    let session = pak_deploy::Session { only: Some(vec!["npm".into()]), ..session };
    let report = run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    assert_eq!(report.outcome, RunOutcome::PartlyPublished);
    assert_eq!(report.steps[0].outcome, StepOutcome::Unconfirmed);
    assert_eq!(report.steps[0].problem.as_ref().unwrap().code, code::deploy::WRONG_DIGEST.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_whose_need_failed_is_not_tried() {
    let stage = Stage::greeter().await;
    stage.fault("PUT", "/cargo/", 0, Kind::Status { status: 400, retry_after: None, body: None });
    let (session, _) = stage.session();
    let report = run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    let image = report.steps.iter().find(|step| step.step == "docker/image").unwrap();
    assert_eq!(image.outcome, StepOutcome::Skipped);
    assert_eq!(image.problem.as_ref().unwrap().code, code::deploy::DEPENDENCY_FAILED.id);
    assert!(!stage.writes().iter().any(|line| line.starts_with("PUT /v2/")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_is_kept_out_while_one_is_at_work() {
    let stage = Stage::greeter().await;
    let (session, _) = stage.session();
    let _lock = RunLock::take(&session.folder().unwrap(), "a test").unwrap();
    let problem = run::deploy(&session, None, &|_| Ok(())).await.unwrap_err();
    assert_eq!(problem.code(), code::deploy::LOCKED);
    assert!(problem.message().contains("a test, process"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_run_can_be_resumed() {
    let stage = Stage::greeter().await;
    stage.fault("PUT", "/npm/", 1, Kind::Slow { ms: 300 });
    let (session, _) = stage.session();
    let session = pak_deploy::Session { only: Some(vec!["npm".into(), "docker".into()]), ..session };
    let cancel = session.cancel.clone();
    let stop = tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        cancel.cancel();
    });
    // Cancelled while planning or while sending, according to the machine's mood; never is anything lost.
    let first = run::deploy(&session, None, &|_| Ok(())).await;
    stop.await.unwrap();
    let (session, _) = stage.session();
    let session = pak_deploy::Session { only: Some(vec!["npm".into(), "docker".into()]), ..session };
    let last = match first {
        Ok(report) if report.outcome == RunOutcome::Success => report,
        Ok(report) => {
            assert_eq!(report.outcome, RunOutcome::Cancelled);
            run::resume(&session, &history::unfinished(&session).unwrap()).await.unwrap()
        }
        Err(problem) => {
            assert_eq!(problem.code(), code::deploy::CANCELLED);
            run::deploy(&session, None, &|_| Ok(())).await.unwrap()
        }
    };
    assert_eq!(last.outcome, RunOutcome::Success, "{:?}", last.problem());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_artifact_changed_is_not_resumed() {
    let stage = Stage::greeter().await;
    stage.fault("PUT", "/npm/", 0, Kind::Status { status: 422, retry_after: None, body: None });
    let (session, _) = stage.session();
    let session = pak_deploy::Session { only: Some(vec!["npm".into()]), ..session };
    let report = run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Failed);
    let run = history::unfinished(&session).unwrap();
    let folder = run.artifacts().join("js");
    let artifact = folder.read_dir_utf8().unwrap().flatten().find(|entry| entry.file_name().ends_with(".tgz")).unwrap();
    std::fs::write(artifact.path(), b"other").unwrap();
    let problem = run::resume(&session, &run).await.unwrap_err();
    assert_eq!(problem.code(), code::deploy::ARTIFACT_CHANGED);
    assert!(problem.message().contains(artifact.file_name()), "{problem}");
}
