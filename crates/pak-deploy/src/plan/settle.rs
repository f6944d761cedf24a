//! Asks every registry what it has and what it would refuse. Reads only.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;
use pak_model::code::Exit;
use pak_model::plan::{PlannedStep, StepState};
use pak_model::upload::OnConflict;
use pak_model::{Finding, Presence, Problem, Release, Result, Role, Upload, code};
use pak_platforms::{Call, Platform};

use super::assets;
use super::draft::{Draft, DraftStep};
use crate::credentials;
use crate::session::Session;
use crate::steps::scan::Scanned;
use crate::steps::{self, build::Built};
use crate::targets::Target;
use crate::trust;

const CLEAR_SANDBOX: &str =
    "A real registry takes a version once. To rehearse it again with other content, run `pak sandbox clear`.";

/// How many steps ask at the same time.
const PARALLEL: usize = 16;

/// The plan's steps with their states and findings, and the releases they send.
pub(super) async fn settle(
    session: &Session,
    targets: &[Target],
    draft: &Draft,
    built: &Built,
    scanned: &Scanned,
) -> Result<(Vec<PlannedStep>, BTreeMap<String, Release>)> {
    // Everything is asked at once: a slow sign-in keeps nobody else waiting.
    let checks = targets.iter().map(|target| check_credential(session, target, draft, built));
    let checks = futures_util::future::join_all(checks);
    let jobs = draft.steps.iter().map(|step| async move {
        let target = targets.iter().find(|target| target.name == step.target);
        let release = target.and_then(|target| built.release(&step.package, target));
        let (Some(target), Some(mut release)) = (target, release) else {
            return Err(Problem::new(code::build::ARTIFACT_MISSING, format!("{} has no artifact.", step.id)));
        };
        release.assets = assets::of(step, targets, built)?;
        let call = target.call(session);
        target.platform.publish().prepare(&call, &mut release).await?;
        let mut planned = settle_step(&call, target, step, &release).await?;
        planned.findings.extend(steps::attest::finding(session, target, &release)?);
        Ok((planned, release))
    });
    let asked = stream::iter(jobs).buffered(PARALLEL).collect::<Vec<Result<_>>>();
    let (accounts, settled) = futures_util::join!(checks, asked);
    let accounts: BTreeMap<String, Option<Finding>> = accounts.into_iter().collect();
    let (mut steps, mut releases) = (Vec::new(), BTreeMap::new());
    for settled in settled {
        let (mut step, release): (PlannedStep, Release) = settled?;
        step.findings.extend_from_slice(scanned.of_package(&step.package));
        if let Some(Some(finding)) = accounts.get(&step.target) {
            step.findings.insert(0, finding.clone());
        }
        // Rules are about sending; what is there already with the same bytes breaks none of them any more.
        if step.state == StepState::Published {
            step.findings.retain(|finding| finding.severity != pak_model::Severity::Error);
        }
        releases.insert(step.id.clone(), release);
        steps.push(step);
    }
    Ok((steps, releases))
}

/// Asks once per target whether its credential is good. A registry that cannot be reached is no verdict.
async fn check_credential(
    session: &Session,
    target: &Target,
    draft: &Draft,
    built: &Built,
) -> (String, Option<Finding>) {
    let first = draft.steps.iter().find(|step| step.target == target.name);
    let release = first.and_then(|step| built.release(&step.package, target));
    let uploads = release.and_then(|release| target.platform.publish().uploads(&target.endpoint, &release).ok());
    let name = uploads.and_then(|uploads| uploads.first().map(|upload| upload.coordinates.name.clone()));
    if let Some(identity) = trust::identity(session, target) {
        let note = format!("{} will be asked for a token for {}'s identity.", target.registry, identity.issuer());
        return (target.name.clone(), Some(Finding::note(code::deploy::TRUSTED_PUBLISHING, note)));
    }
    if target.credential.is_none() && !target.config.anonymous && !target.has_keys() {
        let missing = credentials::missing(target.platform.as_ref(), &target.name, &target.config);
        return (target.name.clone(), Some(Finding::error(missing.code(), missing.message()).remedy(missing.advice())));
    }
    let checked = target.platform.credentials().check(&target.call(session), name.as_deref()).await;
    let finding = match checked {
        Err(problem) if problem.code().exit == Exit::Credentials => Some(not_accepted(target, &problem)),
        _ => None,
    };
    (target.name.clone(), finding)
}

fn not_accepted(target: &Target, problem: &Problem) -> Finding {
    let origin = target.credential.as_ref().map_or("nowhere", |found| found.origin.as_str());
    let said = problem.causes().first().map(|said| format!(" It says: {said}")).unwrap_or_default();
    let message = format!("{} does not accept the credential from {origin}.{said}", target.registry);
    Finding::error(problem.code(), message).remedy(problem.advice())
}

async fn settle_step(call: &Call, target: &Target, step: &DraftStep, release: &Release) -> Result<PlannedStep> {
    let platform: &Arc<dyn Platform> = &target.platform;
    let uploads = platform.publish().uploads(&target.endpoint, release)?;
    let Some(first) = uploads.iter().find(|upload| upload.role == Role::Front).or_else(|| uploads.first()) else {
        return Err(Problem::new(code::build::ARTIFACT_MISSING, format!("{} has nothing to send.", step.id)));
    };
    let (name, version) = (first.coordinates.name.clone(), release.version.clone());
    let (state, preflight) =
        futures_util::join!(state(call, platform.as_ref(), &uploads), platform.publish().preflight(call, release));
    let mut findings: Vec<Finding> = Vec::new();
    let mut state = state;
    match preflight {
        Ok(found) => findings.extend(found),
        // A registry that is down now may be up when its turn comes; what can be known without it was checked.
        Err(problem) if is_registry_trouble(&problem) => state = unknown(&problem),
        Err(problem) => return Err(problem.about("platform", &target.name)),
    }
    let found = state_finding(&state, &name, &version);
    // The sandbox is there to be tried again and again, which a real registry is not.
    findings.extend(found.map(|finding| if target.embedded { finding.remedy(CLEAR_SANDBOX) } else { finding }));
    Ok(PlannedStep {
        id: step.id.clone(),
        target: target.name.clone(),
        platform: platform.definition().id.clone(),
        package: step.package.clone(),
        name,
        version,
        after: step.after.clone(),
        uploads,
        options: release.options.clone(),
        undo: platform.definition().undo_offer(),
        state,
        findings,
    })
}

/// What the registry has of a step, by digest.
async fn state(call: &Call, platform: &dyn Platform, uploads: &[Upload]) -> StepState {
    let mut present = Vec::new();
    let answers = stream::iter(uploads.iter().map(|upload| platform.lookup().find(call, upload))).buffered(PARALLEL);
    let answers: Vec<Result<Presence>> = answers.collect().await;
    for (upload, answer) in uploads.iter().zip(answers) {
        match answer {
            Ok(Presence::Present { digests, .. }) => match digests.agrees(&upload.digests) {
                Some(false) if upload.on_conflict == OnConflict::Replace => {}
                Some(false) => return StepState::Conflict { key: upload.key.clone(), remote: digests },
                _ => present.push(upload.key.clone()),
            },
            Ok(Presence::Absent) => {}
            // The step itself waits until it can be compared.
            Ok(Presence::NotVisibleYet { .. }) => {
                return StepState::Unknown { reason: format!("{} is there and does not show yet", upload.coordinates) };
            }
            Ok(Presence::Burnt { reason }) => return StepState::Burnt { reason },
            Err(problem) => return unknown(&problem),
        }
    }
    if present.len() == uploads.len() {
        StepState::Published
    } else if uploads.iter().any(|upload| upload.role != Role::Shared && present.contains(&upload.key)) {
        StepState::Partial { present }
    } else {
        // Blobs that other images brought along are nobody's release.
        StepState::New
    }
}

fn unknown(problem: &Problem) -> StepState {
    StepState::Unknown { reason: problem.message().to_owned() }
}

fn is_registry_trouble(problem: &Problem) -> bool {
    let trouble = [
        code::http::UNREACHABLE,
        code::http::TIMEOUT,
        code::http::SERVER_ERROR,
        code::http::TLS,
        code::http::RATE_LIMITED,
    ];
    trouble.contains(&problem.code())
}

fn state_finding(state: &StepState, name: &str, version: &str) -> Option<Finding> {
    match state {
        StepState::Conflict { key, remote } => Some(Finding::error(
            code::deploy::CONFLICT,
            format!("{name} {version} exists with other content: {key} is {} there.", remote.label()),
        )),
        StepState::Burnt { reason } => {
            Some(Finding::error(code::deploy::BURNT, format!("{name} {version} cannot be published again: {reason}")))
        }
        StepState::Unknown { reason } => Some(
            Finding::warning(
                code::http::UNREACHABLE,
                format!("What the registry has of {name} {version} is not known: {reason}"),
            )
            .remedy("The step is tried all the same; the registry is asked again before anything is sent."),
        ),
        StepState::New | StepState::Published | StepState::Partial { .. } => None,
    }
}
