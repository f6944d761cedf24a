//! What every driver must do, whatever its protocol: a table of cases, run for each fixture on a fresh sandbox.
//!
//! A new driver adds `fixtures/<driver>.rs` and one test at the end of this file.

mod cases;
mod engine;
mod ground;
mod staged;

use std::panic::AssertUnwindSafe;

use camino::Utf8Path;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use pak_model::code::Code;
use pak_model::plan::UndoAction;
use pak_model::{Credential, Release, Secret};

pub(crate) use engine::publish;
pub(crate) use ground::Ground;

use crate::fixtures;

/// What the suite must know of a driver.
pub(crate) trait Fixture: Sync {
    /// The platform's id.
    fn platform(&self) -> &'static str;

    /// A small, correct release at a version. `variant` changes the bytes and nothing else.
    fn release(&self, folder: &Utf8Path, version: &str, variant: u8) -> Release;

    /// Requests that change the registry, each as method and a part of its path, in the order they are sent. Every one
    /// is failed in every way. The last one makes the version visible.
    fn writes(&self) -> &'static [(&'static str, &'static str)];

    /// A part of the path by which `find` asks for a version.
    fn finds(&self) -> &'static str;

    /// A part of the path by which the published bytes are downloaded.
    fn downloads(&self) -> &'static str;

    /// A part of the path of documents that tell digests and lie among the downloads.
    fn told(&self) -> Option<&'static str> {
        None
    }

    /// A release that a staged registry refuses when it has checked it, with a word of its reason.
    fn unacceptable(&self, _folder: &Utf8Path, _version: &str) -> Option<(Release, &'static str)> {
        None
    }

    /// What `undo` achieves in the sandbox for the upload that users see; `None` where the driver has no undo.
    fn undo(&self) -> Option<UndoAction>;

    /// What happens with other bytes under a version that is there: refused by `find` and by the registry (most), or only
    /// told by `find`, because the registry itself would move the name (OCI tags).
    fn registry_refuses_other_bytes(&self) -> bool {
        true
    }

    /// Whether the driver fetches the version before a release.
    fn fetches_previous(&self) -> bool {
        false
    }

    /// Whether the registry can list what it has; a file server cannot.
    fn lists_versions(&self) -> bool {
        true
    }

    /// The repository that the call is for, where releases go into one.
    fn repository(&self) -> Option<&'static str> {
        None
    }

    /// Whether other bytes take the place of what is there: one file for every version.
    fn replaces(&self) -> bool {
        false
    }

    /// Whether what is accepted is there at once, because there is no index that could lag.
    fn shows_at_once(&self) -> bool {
        false
    }

    /// What wrong bytes end with where the protocol names everything by its digest, and downloads by POST.
    fn checks_itself(&self) -> Option<Code> {
        None
    }

    /// Changes what a release is made of after it was cut.
    fn change(&self, release: &mut Release) {
        for artifact in &release.artifacts {
            let mut bytes = std::fs::read(&artifact.path).unwrap_or_default();
            if let Some(last) = bytes.last_mut() {
                *last ^= 1;
                std::fs::write(&artifact.path, bytes).unwrap();
            }
        }
    }

    /// The credential made of the sandbox's token.
    fn credential(&self, token: &str) -> Credential {
        Credential::Token(Secret::new(token))
    }
}

type Case = fn(&Ground) -> BoxFuture<'_, ()>;

/// The table.
const CASES: &[(&str, Case)] = &[
    ("publishes and reads back", cases::publishes),
    ("a clean release has no error in preflight", cases::preflight_is_clean),
    ("the version before is fetched", cases::version_before),
    ("the same bytes again send nothing", cases::same_again),
    ("other bytes are a conflict", cases::other_bytes),
    ("a wrong token asks the user", cases::wrong_token),
    ("no token asks the user", cases::no_token),
    ("a rate limit with a time is waited for", cases::rate_limit_with_time),
    ("a rate limit without a time is waited for", cases::rate_limit_without_time),
    ("a long rate limit is handed back", cases::rate_limit_too_long),
    ("a failing read is repeated", cases::failing_read),
    ("a failing write is looked up before it is repeated", cases::failing_write),
    ("a lost answer is looked up and not sent again", cases::lost_answer),
    ("a connection cut before, during and after the body", cases::cut),
    ("a slow index is waited for", cases::slow_index),
    ("a lost answer behind a slow index", cases::lost_answer_behind_slow_index),
    ("wrong bytes are seen when reading back", cases::wrong_digest),
    ("an interrupted release is continued", cases::resume),
    ("a release interrupted after any upload is completed", cases::resume_anywhere),
    ("a file that changed is not published", cases::changed_file),
    ("a dry run reads and never writes", cases::dry_run),
    ("undo is confirmed and can be repeated", cases::undo),
    ("undo leaves other bytes alone", cases::undo_of_other_bytes),
    ("a staged upload is held back until it is promoted", staged::held_back_until_promoted),
    ("a staged upload is refused with reasons", staged::refused_with_reasons),
    ("a staged upload is dropped before publication", staged::dropped_before_publication),
    ("a promotion's answer is lost", staged::promotion_without_an_answer),
    ("a staged upload is promoted by another process", staged::promoted_by_another_process),
    ("a staged upload is gone", staged::staged_and_gone),
];

/// Runs the table and reports every case that failed.
async fn run(fixture: &'static dyn Fixture) {
    let mut failed = Vec::new();
    for (name, case) in CASES {
        let ground = Ground::new(fixture).await;
        if AssertUnwindSafe(case(&ground)).catch_unwind().await.is_err() {
            eprintln!("case failed: {name}\n  {}", ground.requests().join("\n  "));
            failed.push(*name);
        }
    }
    assert!(failed.is_empty(), "{}: {} of {} cases failed: {failed:#?}", fixture.platform(), failed.len(), CASES.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn npm() {
    run(&fixtures::npm::Npm).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pypi() {
    run(&fixtures::pypi::Pypi).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cargo() {
    run(&fixtures::cargo::Cargo).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oci() {
    run(&fixtures::oci::Oci).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn central() {
    run(&fixtures::central::Central).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn generic() {
    run(&fixtures::generic::Generic).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn homebrew() {
    run(&fixtures::tap::Tap("homebrew")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn homebrew_cask() {
    run(&fixtures::tap::Tap("homebrew-cask")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scoop() {
    run(&fixtures::tap::Tap("scoop")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn maven() {
    run(&fixtures::maven::Maven).await;
}
