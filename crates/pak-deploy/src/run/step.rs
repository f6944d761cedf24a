//! One step: its uploads, side by side where they do not need each other, then their verification.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::{self, FuturesUnordered};
use pak_model::event::{Fact, How, StepOutcome};
use pak_model::plan::{PlannedStep, StepState};
use pak_model::{Effect, Presence, Problem, Release, Result, Upload, code};
use pak_platforms::{Call, Platform};

use crate::events::{Bus, StepObserver};
use crate::history::Progress;
use crate::session::Session;
use crate::steps::publish::Publishing;
use crate::targets::Target;

/// A step about to run.
pub(super) struct StepWork {
    planned: PlannedStep,
    release: Release,
    platform: Arc<dyn Platform>,
    call: Call,
    bus: Bus,
    /// Uploads that earlier processes of this run finished.
    done: BTreeSet<String>,
    /// Uploads that earlier processes meant to send, with no word of the end.
    intended: BTreeSet<String>,
    /// Uploads that earlier processes read back.
    verified: BTreeSet<String>,
    /// Whether anything of this step was sent by this run (rather than found there).
    sent_before: bool,
    /// Whether the plan's answers are of this moment.
    fresh: bool,
}

/// How a step ended.
pub(super) struct StepEnd {
    pub(super) outcome: StepOutcome,
    pub(super) problem: Option<Problem>,
}

impl StepEnd {
    pub(super) fn is_published(&self) -> bool {
        matches!(self.outcome, StepOutcome::Published | StepOutcome::AlreadyPublished)
    }
}

impl StepWork {
    pub(super) fn new(
        session: &Session,
        target: &Target,
        release: Release,
        planned: PlannedStep,
        bus: Bus,
        progress: &Progress,
        fresh: bool,
    ) -> Self {
        let observer = StepObserver::new(bus.clone(), &planned.id, planned.size());
        let call = target.call(session);
        let call = call.with_http(call.http().with_observer(observer));
        let step = progress.step(&planned.id);
        Self {
            release,
            platform: Arc::clone(&target.platform),
            call,
            bus,
            done: step.uploads_done.keys().cloned().collect(),
            intended: step.intended.clone(),
            verified: step.verified.clone(),
            sent_before: step.uploads_done.values().any(|how| *how != How::AlreadyThere),
            fresh,
            planned,
        }
    }

    /// Runs it. An error is the journal's own; everything else is an outcome.
    pub(super) async fn run(mut self) -> Result<StepEnd> {
        self.bus.fact(Fact::StepStarted { step: self.planned.id.clone() }).await?;
        let everything_there = matches!(self.planned.state, StepState::Published) && !self.sent_before;
        let sent = self.send_all().await;
        if let Err(problem) = sent {
            return self.failed(problem);
        }
        match self.verify_all().await {
            Ok(()) if everything_there => Ok(StepEnd { outcome: StepOutcome::AlreadyPublished, problem: None }),
            Ok(()) => Ok(StepEnd { outcome: StepOutcome::Published, problem: None }),
            Err(problem) if problem.code() == code::deploy::JOURNAL_WRITE => Err(problem),
            Err(problem) => Ok(StepEnd { outcome: StepOutcome::Unconfirmed, problem: Some(problem.effect(Effect::Published)) }),
        }
    }

    /// Sends every upload whose needs are done, as many at a time as the platform likes.
    async fn send_all(&mut self) -> Result<()> {
        let parallel = self.platform.definition().parallel.max(1);
        let mut done = std::mem::take(&mut self.done);
        let mut waiting: Vec<&Upload> =
            self.planned.uploads.iter().filter(|upload| !done.contains(&upload.key)).collect();
        let publishing = self.publishing();
        let mut running = FuturesUnordered::new();
        let mut failure: Option<Problem> = None;
        loop {
            if failure.is_none() {
                waiting.retain(|upload| {
                    let ready = running.len() < parallel && upload.after.iter().all(|key| done.contains(key));
                    if ready {
                        let (known, interrupted) = (self.known(upload), self.intended.contains(&upload.key));
                        let publishing = &publishing;
                        running.push(async move { (upload, publishing.upload(upload, known, interrupted).await) });
                    }
                    !ready
                });
            }
            let Some((upload, outcome)) = running.next().await else { break };
            match outcome {
                Ok(()) => {
                    done.insert(upload.key.clone());
                }
                // What is on its way is heard out; nothing new begins.
                Err(problem) => failure = failure.or(Some(problem)),
            }
        }
        drop(running);
        self.done = done;
        match failure {
            Some(problem) => Err(problem),
            None => Ok(()),
        }
    }

    /// The plan's answer for an upload, where it was got in this process just now.
    fn known(&self, upload: &Upload) -> Option<Presence> {
        if !self.fresh {
            return None;
        }
        match &self.planned.state {
            StepState::New if upload.visible && upload.on_conflict == pak_model::upload::OnConflict::Stop => {
                Some(Presence::Absent)
            }
            StepState::Published => Some(Presence::present(upload.digests.clone())),
            _ => None,
        }
    }

    async fn verify_all(&self) -> Result<()> {
        let parallel = self.platform.definition().parallel.max(1);
        let publishing = self.publishing();
        let left = self.planned.uploads.iter().filter(|upload| !self.verified.contains(&upload.key));
        let mut checks = stream::iter(left.map(|upload| publishing.verify(upload))).buffer_unordered(parallel);
        let mut failure = None;
        while let Some(checked) = checks.next().await {
            if let Err(problem) = checked {
                failure = failure.or(Some(problem));
            }
        }
        failure.map_or(Ok(()), Err)
    }

    fn publishing(&self) -> Publishing<'_> {
        Publishing {
            bus: &self.bus,
            step: &self.planned.id,
            platform: self.platform.as_ref(),
            call: &self.call,
            release: &self.release,
        }
    }

    /// The outcome of a step whose sending failed: what of it can users see?
    fn failed(&self, problem: Problem) -> Result<StepEnd> {
        if problem.code() == code::deploy::JOURNAL_WRITE {
            return Err(problem);
        }
        let visible = self.planned.uploads.iter().any(|upload| upload.visible && self.done.contains(&upload.key));
        let outcome = if visible {
            StepOutcome::PartlyPublished
        } else if problem.code() == code::deploy::CANCELLED {
            StepOutcome::Skipped
        } else {
            StepOutcome::Failed
        };
        let problem = problem
            .about("platform", &self.planned.platform)
            .about("package", &self.planned.name)
            .about("version", &self.planned.version);
        Ok(StepEnd { outcome, problem: Some(problem) })
    }
}
