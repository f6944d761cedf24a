//! One step: its uploads, side by side where they do not need each other, then their verification.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, FuturesUnordered};
use pak_model::event::{Fact, How, StepOutcome};
use pak_model::plan::{PlannedStep, StepState};
use pak_model::{Effect, Presence, Problem, Release, Result, Role, Upload, code};
use pak_platforms::identity::Identity;

use crate::events::{Bus, StepObserver};
use crate::history::Progress;
use crate::session::Session;
use crate::steps::publish::Publishing;
use crate::targets::Target;
use crate::trust;

/// A step about to run.
pub(super) struct StepWork {
    planned: PlannedStep,
    publishing: Publishing,
    /// The CI identity to exchange for a credential, where the target has none.
    identity: Option<Identity>,
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
            identity: trust::identity(session, target),
            publishing: Publishing {
                bus,
                step: planned.id.clone(),
                platform: Arc::clone(&target.platform),
                call,
                release: Arc::new(release),
            },
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
        self.publishing.bus.fact(Fact::StepStarted { step: self.planned.id.clone() }).await?;
        let everything_there = matches!(self.planned.state, StepState::Published) && !self.sent_before;
        let sent = match self.sign_in().await {
            Ok(()) => self.send_all().await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = sent {
            return self.failed(problem);
        }
        match self.verify_all().await {
            Ok(()) if everything_there => Ok(StepEnd { outcome: StepOutcome::AlreadyPublished, problem: None }),
            Ok(()) => Ok(StepEnd { outcome: StepOutcome::Published, problem: None }),
            Err(problem) if problem.code() == code::deploy::JOURNAL_WRITE => Err(problem),
            Err(problem) => {
                Ok(StepEnd { outcome: StepOutcome::Unconfirmed, problem: Some(problem.effect(Effect::Published)) })
            }
        }
    }

    /// Exchanges the job's identity for a credential that lives a few minutes: late, so that it does not run out before.
    async fn sign_in(&mut self) -> Result<()> {
        if let (Some(identity), Some(trust)) = (&self.identity, self.publishing.platform.trust()) {
            let call = trust::exchange(identity, trust, &self.publishing.call, &self.planned.name).await?;
            self.publishing.call = call;
        }
        Ok(())
    }

    /// Sends every upload whose needs are done, as many at a time as the platform likes.
    async fn send_all(&mut self) -> Result<()> {
        let mut waiting: Vec<Upload> = self.planned.uploads.clone();
        waiting.retain(|upload| !self.done.contains(&upload.key));
        let mut running: FuturesUnordered<BoxFuture<'static, (String, Result<()>)>> = FuturesUnordered::new();
        let mut failure: Option<Problem> = None;
        loop {
            // What is on its way is heard out after a failure; nothing new begins.
            while failure.is_none() && running.len() < self.parallel() {
                let Some(next) = waiting.iter().position(|upload| self.is_ready(upload)) else { break };
                running.push(self.send_one(waiting.remove(next)));
            }
            match running.next().await {
                Some((key, Ok(()))) => {
                    self.done.insert(key);
                }
                Some((_, Err(problem))) => failure = failure.or(Some(problem)),
                None => break,
            }
        }
        failure.map_or(Ok(()), Err)
    }

    fn is_ready(&self, upload: &Upload) -> bool {
        upload.after.iter().all(|key| self.done.contains(key))
    }

    fn send_one(&self, upload: Upload) -> BoxFuture<'static, (String, Result<()>)> {
        let (known, interrupted) = (self.known(&upload), self.intended.contains(&upload.key));
        let publishing = self.publishing.clone();
        Box::pin(async move {
            let outcome = publishing.upload(&upload, known, interrupted).await;
            (upload.key, outcome)
        })
    }

    fn parallel(&self) -> usize {
        self.publishing.platform.definition().parallel.max(1)
    }

    /// The plan's answer for an upload, where it was got in this process just now.
    fn known(&self, upload: &Upload) -> Option<Presence> {
        if !self.fresh {
            return None;
        }
        match &self.planned.state {
            StepState::New
                if upload.role == Role::Front && upload.on_conflict == pak_model::upload::OnConflict::Stop =>
            {
                Some(Presence::Absent)
            }
            StepState::Published => Some(Presence::present(upload.digests.clone())),
            _ => None,
        }
    }

    async fn verify_all(&self) -> Result<()> {
        let left = self.planned.uploads.iter().filter(|upload| !self.verified.contains(&upload.key));
        let checks = left.map(|upload| {
            let (publishing, upload) = (self.publishing.clone(), upload.clone());
            let check: BoxFuture<'static, Result<()>> = Box::pin(async move { publishing.verify(&upload).await });
            check
        });
        let mut checks = stream::iter(checks.collect::<Vec<_>>()).buffer_unordered(self.parallel());
        let mut failure = None;
        while let Some(checked) = checks.next().await {
            if let Err(problem) = checked {
                failure = failure.or(Some(problem));
            }
        }
        failure.map_or(Ok(()), Err)
    }

    /// The outcome of a step whose sending failed: what of it can users see?
    fn failed(&self, problem: Problem) -> Result<StepEnd> {
        if problem.code() == code::deploy::JOURNAL_WRITE {
            return Err(problem);
        }
        let visible =
            self.planned.uploads.iter().any(|upload| upload.role == Role::Front && self.done.contains(&upload.key));
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
