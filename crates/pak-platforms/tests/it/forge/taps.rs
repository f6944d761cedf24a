//! Taps whose changes are offered: the driver with git and the forges together.

use std::sync::Arc;

use pak_http::Policy;
use pak_model::plan::UndoAction;
use pak_model::{Presence, Release, Standing, code};
use pak_platforms::{Call, Platform};
use pak_sandbox::Kind;

use super::{Ground, OWN, UPSTREAM, each};
use crate::conformance::publish;
use crate::fixtures::tap::{NAME, release};

/// A tap seen through a forge.
struct Tap<'a> {
    ground: &'a Ground,
    driver: Arc<dyn Platform>,
    call: Call,
    repository: &'static str,
}

impl<'a> Tap<'a> {
    fn new(ground: &'a Ground, repository: &'static str) -> Self {
        let call = ground.call(Policy::default(), Some(ground.sandbox.token()));
        Self { ground, driver: pak_platforms::find("homebrew").unwrap().unwrap(), call, repository }
    }

    fn release(&self, version: &str) -> Release {
        let mut release = release(self.repository, version, 0);
        let commit = release.options.commit.as_mut().unwrap();
        (commit.pull_request, commit.forge) = (true, Some(self.ground.form.id.to_owned()));
        release
    }

    /// How often it was sent.
    async fn offered(&self, version: &str) -> u32 {
        publish(&*self.driver, &self.call, &self.release(version)).await.unwrap()
    }

    /// Where the file of a version stands; `None` where it is not there, or another one is.
    async fn standing(&self, version: &str) -> Option<Standing> {
        let upload = self.driver.publish().uploads(self.call.endpoint(), &self.release(version)).unwrap().remove(0);
        match self.driver.lookup().find(&self.call, &upload).await.unwrap() {
            Presence::Present { digests, standing } if digests.agrees(&upload.digests) == Some(true) => Some(standing),
            _ => None,
        }
    }

    async fn undo(&self, version: &str) -> pak_model::Result<UndoAction> {
        let upload = self.driver.publish().uploads(self.call.endpoint(), &self.release(version)).unwrap().remove(0);
        Ok(self.driver.undo().unwrap().undo(&self.call, &upload, None).await?.action)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_offered_is_live_when_it_is_merged() {
    each(async |ground| {
        for repository in [OWN, UPSTREAM] {
            let tap = Tap::new(&ground, repository);
            // The second finds the fork that is there, and behind.
            for (number, version) in [(1, "1.0.0"), (2, "1.1.0")] {
                assert_eq!(tap.standing(version).await, None);
                assert_eq!(tap.offered(version).await, 1);
                assert_eq!(tap.standing(version).await, Some(Standing::Proposed), "{repository} {version}");
                assert_eq!(tap.offered(version).await, 0, "offered already");
                ground.merge(repository, number).await;
                assert_eq!(tap.standing(version).await, Some(Standing::Live), "{repository} {version}");
                assert_eq!(tap.offered(version).await, 0, "there already");
                let refused = tap.undo(version).await.unwrap_err();
                assert_eq!(refused.code(), code::deploy::UNDO_REFUSED, "what was merged is not ours to take back");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_withdrawn_can_be_offered_anew() {
    each(async |ground| {
        for repository in [OWN, UPSTREAM] {
            let tap = Tap::new(&ground, repository);
            assert_eq!(tap.offered("1.0.0").await, 1);
            for _ in 0..2 {
                assert_eq!(tap.undo("1.0.0").await.unwrap(), UndoAction::Revert);
                assert_eq!(tap.standing("1.0.0").await, None);
            }
            assert_eq!(tap.offered("1.0.0").await, 1);
            assert_eq!(tap.standing("1.0.0").await, Some(Standing::Proposed));
            ground.merge(repository, 2).await;
            assert_eq!(tap.standing("1.0.0").await, Some(Standing::Live));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_answer_is_lost_there_is_one_proposal() {
    let proposes = |form: &str| if form == "gitlab" { "/merge_requests" } else { "/pulls" };
    each(async |ground| {
        let tap = Tap::new(&ground, UPSTREAM);
        let losses = [ground.form.fork, "/git-receive-pack", proposes(ground.form.id)];
        for (number, lost) in losses.into_iter().enumerate() {
            let version = format!("1.0.{number}");
            ground.fault("POST", lost, Kind::LostAnswer);
            assert!(tap.offered(&version).await <= 2, "{lost}");
            assert_eq!(tap.standing(&version).await, Some(Standing::Proposed), "{lost}");
            ground.merge(UPSTREAM, number as u64 + 1).await;
            assert_eq!(tap.standing(&version).await, Some(Standing::Live), "{lost}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_change_to_the_branch_is_left_alone() {
    each(async |ground| {
        let tap = Tap::new(&ground, OWN);
        assert_eq!(tap.offered("1.0.0").await, 1);
        ground.commit(OWN, &format!("pak/{NAME}-1.0.0"), &format!("Formula/{NAME}.rb")).await;
        assert_eq!(tap.standing("1.0.0").await, None);
        assert_eq!(tap.undo("1.0.0").await.unwrap_err().code(), code::deploy::UNDO_REFUSED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_of_another_name_is_found_again() {
    each(async |ground| {
        // GitHub alone finds another name by itself.
        if ground.form.id == "github" {
            ground.commit("sandbox/tools", "main", "README.md").await;
            let tap = Tap::new(&ground, UPSTREAM);
            assert_eq!(tap.offered("1.0.0").await, 1);
            assert_eq!(tap.standing("1.0.0").await, Some(Standing::Proposed));
            assert_eq!(tap.undo("1.0.0").await.unwrap(), UndoAction::Revert);
            assert_eq!(tap.standing("1.0.0").await, None);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_credential_is_checked_by_the_forge() {
    each(async |ground| {
        let tap = Tap::new(&ground, UPSTREAM);
        let name = format!("{UPSTREAM} ({} pull request)", ground.form.id);
        let account = tap.driver.credentials().check(&tap.call, Some(&name)).await.unwrap();
        assert_eq!(account.name.as_deref(), Some("sandbox"));
    })
    .await;
}
