//! A release goes out whole, and the same command again finds that nothing is left to do.

use pak_deploy::run;
use pak_model::code;
use pak_model::event::{Fact, RunOutcome, StepOutcome};
use pak_model::plan::StepState;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn four_platforms_go_out_and_are_read_back() {
    let stage = Stage::greeter().await;
    let (session, heard) = stage.session();
    let report = run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Success, "{:?}", report.problem());
    assert_eq!(report.steps.len(), 4);
    let facts = heard.facts();
    for step in &report.plan.steps {
        for upload in &step.uploads {
            let is = |wanted: &dyn Fn(&Fact) -> bool| facts.iter().position(wanted);
            let key = &upload.key;
            let intended =
                is(&|fact| matches!(fact, Fact::UploadIntended { step: s, key: k, .. } if *s == step.id && k == key));
            let done =
                is(&|fact| matches!(fact, Fact::UploadDone { step: s, key: k, .. } if *s == step.id && k == key));
            let verified =
                is(&|fact| matches!(fact, Fact::Verified { step: s, key: k, .. } if *s == step.id && k == key));
            assert!(intended < done && done < verified, "{} {key}", step.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_release_again_sends_nothing() {
    let stage = Stage::greeter().await;
    let first = run::deploy(&stage.session().0, None, &|_| Ok(())).await.unwrap();
    let uploads = |writes: Vec<String>| writes.into_iter().filter(|line| line.starts_with("PUT ")).count();
    let sent = uploads(stage.writes());
    let (session, heard) = stage.session();
    let second = run::deploy(&session, Some(&first.plan.digest), &|_| Ok(())).await.unwrap();
    assert_eq!(second.outcome, RunOutcome::Success);
    assert!(second.steps.iter().all(|step| step.outcome == StepOutcome::AlreadyPublished), "{:?}", second.steps);
    assert_eq!(uploads(stage.writes()), sent, "nothing is uploaded twice");
    assert!(!heard.facts().iter().any(|fact| matches!(fact, Fact::UploadIntended { .. })));
    assert!(heard.facts().iter().any(|fact| matches!(fact, Fact::Verified { .. })), "it is read back all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_plan_that_changed_is_refused_before_anything_is_sent() {
    let stage = Stage::greeter().await;
    let (session, _) = stage.session();
    let approved = pak_deploy::plan::prepare(&session, &stage.project.join("out")).await.unwrap().plan;
    assert!(approved.steps.iter().all(|step| step.state == StepState::New), "{approved:?}");
    std::fs::remove_dir_all(stage.project.join("out")).unwrap();
    let index = stage.project.read("js/index.js");
    stage.project.write("js/index.js", format!("{index}\n// changed\n"));
    let (session, _) = stage.session();
    let before = stage.sandbox.requests().iter().filter(|line| line.starts_with("PUT ")).count();
    let problem = run::deploy(&session, Some(&approved.digest), &|_| Ok(())).await.unwrap_err();
    assert_eq!(problem.code(), code::deploy::PLAN_CHANGED);
    assert_eq!(stage.sandbox.requests().iter().filter(|line| line.starts_with("PUT ")).count(), before);
    assert!(pak_deploy::history::list(&session).unwrap().is_empty(), "a refused plan leaves no run");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_under_the_same_version_stop_the_plan() {
    let stage = Stage::greeter().await;
    run::deploy(&stage.session().0, None, &|_| Ok(())).await.unwrap();
    let index = stage.project.read("js/index.js");
    stage.project.write("js/index.js", format!("{index}\n// changed\n"));
    let problem = run::deploy(&stage.session().0, None, &|_| Ok(())).await.unwrap_err();
    assert_eq!(problem.code(), code::deploy::PLAN_BLOCKED);
    assert!(problem.causes().iter().any(|cause| cause.contains("pak::deploy::conflict")), "{:?}", problem.causes());
}
