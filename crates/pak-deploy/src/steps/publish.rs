//! PUBLISH: one upload. Ask, write the intent down, send, write the answer down; a lost answer is asked for, never guessed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pak_model::event::{Fact, How};
use pak_model::upload::OnConflict;
use pak_model::{Effect, Presence, Problem, Receipt, Recovery, Release, Result, Upload, code};
use pak_platforms::{Call, Platform};

use crate::events::Bus;
use crate::journal::is_broken;

/// How often one upload is sent at the most.
const SENDS: u32 = 5;
/// The longest wait for a registry that asks to slow down, beyond what the client waits by itself.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_mins(15);

/// What an upload is done with.
#[derive(Clone)]
pub(crate) struct Publishing {
    /// Where events go.
    pub(crate) bus: Bus,
    /// The step's id.
    pub(crate) step: String,
    /// The platform.
    pub(crate) platform: Arc<dyn Platform>,
    /// The door to its registry.
    pub(crate) call: Call,
    /// The release the upload is of.
    pub(crate) release: Arc<Release>,
}

impl Publishing {
    /// Gets an upload into the registry, or finds that it is there.
    ///
    /// `known` is an answer that the plan got moments ago. `interrupted` says that an earlier process meant to send it and
    /// left no word of how that ended.
    ///
    /// The answer is the registry's own name for it, where it holds it back until it is promoted.
    pub(crate) async fn upload(
        &self,
        upload: &Upload,
        known: Option<Presence>,
        interrupted: bool,
    ) -> Result<Option<String>> {
        let outcome = self.try_upload(upload, known, interrupted).await;
        if let Err(problem) = &outcome
            && problem.code() != code::deploy::CANCELLED
            && !is_broken(problem)
        {
            let (step, key) = (self.step.clone(), upload.key.clone());
            self.bus.fact(Fact::UploadFailed { step, key, problem: problem.report() }).await?;
        }
        outcome
    }

    async fn try_upload(
        &self,
        upload: &Upload,
        mut known: Option<Presence>,
        interrupted: bool,
    ) -> Result<Option<String>> {
        let mut answer_lost = interrupted;
        let mut last: Option<Problem> = None;
        for sends in 0..=SENDS {
            let presence = match known.take() {
                Some(presence) => presence,
                None => self.ask(upload).await?,
            };
            let presence = self.shown(upload, presence).await?;
            let replaces = match self.judge(upload, presence).await? {
                Judged::There => {
                    let how = if answer_lost { How::FoundAfterLostAnswer } else { How::AlreadyThere };
                    return self.done(upload, how, Receipt::default()).await;
                }
                Judged::Missing { replaces } => replaces,
            };
            if sends == SENDS {
                break;
            }
            self.intend(upload, replaces).await?;
            let problem = match self.platform.publish().send(&self.call, &self.release, upload).await {
                Ok(receipt) => return self.done(upload, How::Sent, receipt).await,
                Err(problem) => problem,
            };
            match problem.recovery_of() {
                Recovery::LookUpFirst if problem.code() == code::deploy::CONFLICT => {
                    return self.settle_conflict(upload, answer_lost, problem).await;
                }
                Recovery::LookUpFirst => {
                    answer_lost = true;
                    self.call.wait("asking what arrived", pause(sends)).await?;
                }
                Recovery::RetryAfter(ms) if Duration::from_millis(ms) <= LONGEST_WAIT => {
                    let asked = Duration::from_millis(ms);
                    self.call.wait("the registry asks to wait", asked.max(pause(sends))).await?;
                }
                Recovery::RetryAfter(_) | Recovery::AskUser | Recovery::Stop => return Err(problem),
            }
            last = Some(problem);
        }
        Err(last.unwrap_or_else(|| {
            Problem::new(code::http::ANSWER_LOST, "The upload was sent several times without an answer.")
        }))
    }

    /// The registry says the version exists. Its index may lag behind that: ask until it shows, then compare.
    async fn settle_conflict(&self, upload: &Upload, answer_lost: bool, refusal: Problem) -> Result<Option<String>> {
        let deadline = Instant::now() + visible_within(self.platform.as_ref());
        for attempt in 0.. {
            let presence = self.ask(upload).await?;
            if !matches!(presence, Presence::Absent | Presence::NotVisibleYet { .. }) {
                return match self.judge(upload, presence).await? {
                    Judged::There => {
                        let how = if answer_lost { How::FoundAfterLostAnswer } else { How::AlreadyThere };
                        self.done(upload, how, Receipt::default()).await
                    }
                    Judged::Missing { .. } => Err(refusal),
                };
            }
            if Instant::now() >= deadline {
                break;
            }
            self.call.wait("waiting for the index", poll(attempt)).await?;
        }
        // It exists, and what it is cannot be seen: nobody may claim it as published, nor send it again.
        Err(refusal.recovery(Recovery::Stop).effect(Effect::MaybeSent))
    }

    /// What was accepted and is not listed yet is not sent again: it is waited for, and then compared.
    async fn shown(&self, upload: &Upload, mut presence: Presence) -> Result<Presence> {
        let deadline = Instant::now() + visible_within(self.platform.as_ref());
        for attempt in 0.. {
            let Presence::NotVisibleYet { ask_again_ms } = presence else { return Ok(presence) };
            if Instant::now() >= deadline {
                break;
            }
            let pause = poll(attempt).min(Duration::from_millis(ask_again_ms));
            self.call.wait("waiting until it shows", pause).await?;
            presence = self.ask(upload).await?;
        }
        let text = format!("{} is in the registry and does not show, so it cannot be compared.", upload.coordinates);
        Err(Problem::new(code::deploy::NOT_CONFIRMED, text).effect(Effect::MaybeSent))
    }

    async fn ask(&self, upload: &Upload) -> Result<Presence> {
        let presence = self.platform.lookup().find(&self.call, upload).await?;
        let (step, key) = (self.step.clone(), upload.key.clone());
        self.bus.fact(Fact::PresenceChecked { step, key, presence: presence.clone() }).await?;
        Ok(presence)
    }

    /// Whether what is there is what is to be there.
    async fn judge(&self, upload: &Upload, presence: Presence) -> Result<Judged> {
        let remote = match presence {
            Presence::Absent | Presence::NotVisibleYet { .. } => return Ok(Judged::Missing { replaces: None }),
            Presence::Burnt { reason } => {
                return Err(Problem::new(
                    code::deploy::BURNT,
                    format!("{} cannot be published again: {reason}", upload.coordinates),
                ));
            }
            Presence::Present { digests, .. } => digests,
        };
        // A registry that tells no digest is asked for the bytes.
        let (agrees, remote) = match remote.agrees(&upload.digests) {
            Some(agrees) => (agrees, remote),
            None => {
                let read = self.platform.lookup().read_back(&self.call, upload).await?;
                (read.agrees(&upload.digests).unwrap_or(false), read)
            }
        };
        match (agrees, upload.on_conflict) {
            (true, _) => Ok(Judged::There),
            (false, OnConflict::Replace) => Ok(Judged::Missing { replaces: Some(remote.label()) }),
            (false, OnConflict::Stop) => Err(Problem::new(
                code::deploy::CONFLICT,
                format!(
                    "{} exists with other content: {} there, {} here.",
                    upload.coordinates,
                    remote.label(),
                    upload.digests.label()
                ),
            )),
        }
    }

    async fn intend(&self, upload: &Upload, replaces: Option<String>) -> Result<()> {
        if self.call.is_cancelled() {
            return Err(Problem::new(code::deploy::CANCELLED, "The run was cancelled before this was sent."));
        }
        let (step, key) = (self.step.clone(), upload.key.clone());
        self.bus.fact(Fact::UploadIntended { step, key, digest: upload.digests.label(), replaces }).await
    }

    async fn done(&self, upload: &Upload, how: How, receipt: Receipt) -> Result<Option<String>> {
        let (step, key) = (self.step.clone(), upload.key.clone());
        let reference = receipt.reference.clone();
        self.bus.fact(Fact::UploadDone { step, key, how, receipt }).await?;
        Ok(reference)
    }
}

/// What an answer means for an upload.
enum Judged {
    /// The same bytes are there.
    There,
    /// It must be sent; a mutable name may point elsewhere now.
    Missing {
        /// Where it points.
        replaces: Option<String>,
    },
}

/// How long after acceptance a version may take to show.
pub(crate) fn visible_within(platform: &dyn Platform) -> Duration {
    Duration::from_secs(platform.definition().visible_within)
}

/// Between two questions to an index that lags: quick at first, a second later on.
pub(crate) fn poll(attempt: u32) -> Duration {
    Duration::from_millis(50 * u64::from(2u32.saturating_pow(attempt.min(5)))).min(Duration::from_secs(1))
}

/// Between two sends.
fn pause(sends: u32) -> Duration {
    Duration::from_millis(100 * u64::from(3u32.saturating_pow(sends.min(5))))
}
