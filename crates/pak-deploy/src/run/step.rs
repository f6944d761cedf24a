//! One step: its uploads, side by side where they do not need each other, then their verification.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, FuturesUnordered};
use pak_model::event::{Fact, How, StepOutcome};
use pak_model::plan::{PlannedStep, StepState};
use pak_model::{Effect, Presence, Problem, Release, Result, Role, Standing, Upload, code};
use pak_platforms::identity::Identity;

use crate::events::{Bus, StepObserver};
use crate::history::Progress;
use crate::journal::is_broken;
use crate::session::Session;
use crate::steps::publish::Publishing;
use crate::steps::stage::Stood;
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
    /// The registry's names for uploads that it holds back.
    references: BTreeMap<String, String>,
    /// Uploads that are public now, or may be, though they were held back.
    promoted: BTreeSet<String>,
    /// Whether what the registry holds back stays held back (`--stage`).
    hold: bool,
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
            references: step.references.clone(),
            promoted: step.promoted.clone(),
            hold: session.hold,
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
        match self.send_and_promote().await {
            Ok(Stood::Promoted) => {}
            Ok(Stood::Held) => return Ok(StepEnd { outcome: StepOutcome::Staged, problem: None }),
            Err(problem) => return self.failed(problem),
        }
        match self.verify_all().await {
            Ok(Standing::Proposed) => Ok(StepEnd { outcome: StepOutcome::Proposed, problem: None }),
            Ok(_) if everything_there => Ok(StepEnd { outcome: StepOutcome::AlreadyPublished, problem: None }),
            Ok(_) => Ok(StepEnd { outcome: StepOutcome::Published, problem: None }),
            Err(problem) if is_broken(&problem) => Err(problem),
            Err(problem) => {
                Ok(StepEnd { outcome: StepOutcome::Unconfirmed, problem: Some(problem.effect(Effect::Published)) })
            }
        }
    }

    async fn send_and_promote(&mut self) -> Result<Stood> {
        self.sign_in().await?;
        self.send_all().await?;
        self.promote_all().await
    }

    /// Has everything that the registry holds back made public, one after the other: these are the points of no return.
    async fn promote_all(&mut self) -> Result<Stood> {
        let platform = Arc::clone(&self.publishing.platform);
        let Some(stage) = platform.stage() else { return Ok(Stood::Promoted) };
        let mut stood = Stood::Promoted;
        for upload in &self.planned.uploads {
            let Some(reference) = self.references.get(&upload.key) else { continue };
            match self.publishing.promote(stage, upload, reference, self.hold).await? {
                Stood::Promoted => {
                    self.promoted.insert(upload.key.clone());
                }
                Stood::Held => stood = Stood::Held,
            }
        }
        Ok(stood)
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
        let mut running: FuturesUnordered<BoxFuture<'static, (String, Result<Option<String>>)>> =
            FuturesUnordered::new();
        let mut failure: Option<Problem> = None;
        loop {
            // What is on its way is heard out after a failure; nothing new begins.
            while failure.is_none() && running.len() < self.parallel() {
                let Some(next) = waiting.iter().position(|upload| self.is_ready(upload)) else { break };
                running.push(self.send_one(waiting.remove(next)));
            }
            match running.next().await {
                Some((key, Ok(reference))) => {
                    if let Some(reference) = reference {
                        self.references.insert(key.clone(), reference);
                    }
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

    fn send_one(&self, upload: Upload) -> BoxFuture<'static, (String, Result<Option<String>>)> {
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
                if upload.role != Role::Shared && upload.on_conflict == pak_model::upload::OnConflict::Stop =>
            {
                Some(Presence::Absent)
            }
            StepState::Published => Some(Presence::present(upload.digests.clone())),
            _ => None,
        }
    }

    /// Reads everything back. What is only proposed makes the whole step a proposal.
    async fn verify_all(&self) -> Result<Standing> {
        let left = self.planned.uploads.iter().filter(|upload| !self.verified.contains(&upload.key));
        let checks = left.map(|upload| {
            let (publishing, upload) = (self.publishing.clone(), upload.clone());
            let check: BoxFuture<'static, Result<Standing>> = Box::pin(async move { publishing.verify(&upload).await });
            check
        });
        let mut checks = stream::iter(checks.collect::<Vec<_>>()).buffer_unordered(self.parallel());
        let (mut failure, mut standing) = (None, Standing::Live);
        while let Some(checked) = checks.next().await {
            match checked {
                Ok(Standing::Proposed) => standing = Standing::Proposed,
                Ok(_) => {}
                Err(problem) => failure = failure.or(Some(problem)),
            }
        }
        failure.map_or(Ok(standing), Err)
    }

    /// The outcome of a step whose sending failed: what of it can users see?
    fn failed(&self, problem: Problem) -> Result<StepEnd> {
        if is_broken(&problem) {
            return Err(problem);
        }
        // What the registry holds back is done, and nobody sees it.
        let held = |key: &String| self.references.contains_key(key) && !self.promoted.contains(key);
        let visible = self
            .planned
            .uploads
            .iter()
            .any(|upload| upload.role == Role::Front && self.done.contains(&upload.key) && !held(&upload.key));
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
