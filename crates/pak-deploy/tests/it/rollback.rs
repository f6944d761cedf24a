//! What can be taken back is; what cannot is said, and nothing is claimed that the registry did not confirm.

use pak_deploy::{history, run, undo, verify};
use pak_model::code;
use pak_model::event::RunOutcome;
use pak_model::plan::UndoAction;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_says_for_each_registry_what_is_true() {
    let stage = Stage::greeter().await;
    let (session, _) = stage.session();
    run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    let run = history::find(&session, None).unwrap();
    assert!(verify::verify(&session, &run).await.unwrap().iter().all(|checked| checked.problem.is_none()));

    let preview = undo::preview(&run).unwrap();
    let before = stage.writes().len();
    assert!(preview.iter().any(|line| line.step == "pypi/python" && line.action == UndoAction::WebOnly), "{preview:?}");
    assert_eq!(stage.writes().len(), before, "a preview sends nothing");

    let report = undo::rollback(&session, &run).await.unwrap();
    let of = |step: &str| report.lines.iter().filter(|line| line.step == step).collect::<Vec<_>>();
    assert!(of("npm/js").iter().all(|line| line.action == UndoAction::Unpublish && line.problem.is_none()));
    assert!(of("cargo/rust").iter().all(|line| line.action == UndoAction::Yank && line.problem.is_none()));
    assert!(of("docker/image").iter().all(|line| line.problem.is_none()), "{:?}", of("docker/image"));
    assert!(
        of("pypi/python")
            .iter()
            .all(|line| { line.problem.as_ref().is_some_and(|problem| problem.code == code::deploy::UNDO_REFUSED.id) })
    );
    let summary = history::list(&session).unwrap().pop().unwrap();
    assert_eq!(summary.outcome, Some(RunOutcome::PartlyPublished), "the Python files are still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_there_before_the_run_stays() {
    let stage = Stage::greeter().await;
    let (session, _) = stage.session();
    run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    let second = history::find(&session, None).unwrap();
    assert!(undo::preview(&second).unwrap().is_empty());
    let report = undo::rollback(&session, &second).await.unwrap();
    assert!(report.lines.is_empty());
    let first = history::list(&session).unwrap().remove(0);
    let first = history::find(&session, Some(&first.run.to_string())).unwrap();
    assert!(verify::verify(&session, &first).await.unwrap().iter().all(|checked| checked.problem.is_none()));
}
