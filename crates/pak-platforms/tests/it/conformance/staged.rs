//! The cases of registries that hold uploads back. Others pass them by having no stage.

use pak_model::plan::UndoAction;
use pak_model::{Effect, Presence, Recovery, Release, Upload, code};
use pak_platforms::{Stage, Staged};
use pak_sandbox::Kind;

use super::cases::case;
use super::engine::{promote, ready};
use super::{Ground, publish};

/// A registry with something in it that is held back.
struct Held<'a> {
    ground: &'a Ground,
    stage: &'a dyn Stage,
    release: Release,
    upload: Upload,
    reference: String,
}

/// Sends a release of version 1.0.0 and leaves it held back; nothing where the driver has no stage.
async fn held(ground: &Ground) -> Option<Held<'_>> {
    let stage = ground.driver.stage()?;
    let release = ground.release("1.0.0", 0);
    let upload = ground.visible(&release);
    let receipt = ground.driver.publish().send(&ground.call, &release, &upload).await.unwrap();
    Some(Held { ground, stage, release, upload, reference: receipt.reference.expect("a staged upload has a name") })
}

impl Held<'_> {
    async fn state(&self) -> Staged {
        ready(self.stage, &self.ground.call, &self.upload, &self.reference).await.unwrap()
    }

    async fn is_absent(&self) -> bool {
        self.ground.driver.lookup().find(&self.ground.call, &self.upload).await.unwrap() == Presence::Absent
    }
}

case!(held_back_until_promoted, |ground| {
    let Some(held) = held(ground).await else { return };
    assert_eq!(held.state().await, Staged::Ready);
    assert!(held.is_absent().await, "what is held back is not public");
    held.stage.promote(&ground.call, &held.upload, &held.reference).await.unwrap();
    assert_eq!(held.state().await, Staged::Promoted);
    assert_eq!(publish(&*ground.driver, &ground.call, &held.release).await.unwrap(), 0, "found, not sent again");
    let problem = held.stage.discard(&ground.call, &held.upload, &held.reference).await.unwrap_err();
    assert_eq!(problem.code(), code::deploy::UNDO_REFUSED, "{problem:?}");
});

case!(refused_with_reasons, |ground| {
    let Some(stage) = ground.driver.stage() else { return };
    let (release, word) = ground.unacceptable("1.0.0").expect("a staged registry checks something");
    let upload = ground.visible(&release);
    let receipt = ground.driver.publish().send(&ground.call, &release, &upload).await.unwrap();
    let held = Held { ground, stage, release, upload, reference: receipt.reference.unwrap() };
    match held.state().await {
        Staged::Refused { reasons } => assert!(reasons.iter().any(|reason| reason.contains(word)), "{reasons:?}"),
        other => panic!("{other:?}"),
    }
    stage.promote(&ground.call, &held.upload, &held.reference).await.expect_err("what was refused is not published");
    assert!(held.is_absent().await);
    stage.discard(&ground.call, &held.upload, &held.reference).await.unwrap();
    publish(&*ground.driver, &ground.call, &ground.release("1.0.0", 0)).await.expect("the version is still free");
});

case!(dropped_before_publication, |ground| {
    let Some(held) = held(ground).await else { return };
    assert_eq!(held.state().await, Staged::Ready);
    for round in ["first", "again"] {
        let undone = held.stage.discard(&ground.call, &held.upload, &held.reference).await.unwrap();
        assert_eq!(undone.action, UndoAction::Delete, "{round}");
    }
    assert_eq!(held.state().await, Staged::Gone);
    assert!(held.is_absent().await);
    held.stage.promote(&ground.call, &held.upload, &held.reference).await.expect_err("it is gone");
    publish(&*ground.driver, &ground.call, &held.release).await.expect("it can be published later");
});

case!(promotion_without_an_answer, |ground| {
    let Some(held) = held(ground).await else { return };
    assert_eq!(held.state().await, Staged::Ready);
    ground.fault(*ground.fixture.writes().last().unwrap(), 1, Kind::LostAnswer);
    let problem = held.stage.promote(&ground.call, &held.upload, &held.reference).await.unwrap_err();
    assert_eq!((problem.recovery_of(), problem.effect_of()), (Recovery::LookUpFirst, Effect::MaybeSent), "{problem:?}");
    let writes = ground.final_writes();
    promote(held.stage, &ground.call, &held.upload, &held.reference).await.unwrap();
    assert_eq!(ground.final_writes(), writes, "found as promoted, not promoted again");
    publish(&*ground.driver, &ground.call, &held.release).await.unwrap();
});

case!(promoted_by_another_process, |ground| {
    let Some(held) = held(ground).await else { return };
    // All that a later process has is the plan and the name that the first one wrote down.
    let upload = ground.visible(&held.release);
    promote(held.stage, &ground.call, &upload, &held.reference).await.unwrap();
    // Somebody else was faster: a promotion of what is promoted is done.
    held.stage.promote(&ground.call, &upload, &held.reference).await.unwrap();
    assert_eq!(publish(&*ground.driver, &ground.call, &held.release).await.unwrap(), 0);
});

case!(staged_and_gone, |ground| {
    let Some(stage) = ground.driver.stage() else { return };
    let upload = ground.visible(&ground.release("1.0.0", 0));
    let reference = "00000000-0000-0000-0000-000000000000";
    assert_eq!(stage.state(&ground.call, &upload, reference).await.unwrap(), Staged::Gone);
    stage.promote(&ground.call, &upload, reference).await.expect_err("there is nothing to promote");
    stage.discard(&ground.call, &upload, reference).await.expect("what is gone is done");
    let problem = stage.state(&ground.call_as(None), &upload, reference).await.unwrap_err();
    assert_eq!(problem.recovery_of(), Recovery::AskUser);
});
