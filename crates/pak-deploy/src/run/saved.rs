//! What a run keeps beside its journal: the plan, and what each step sends. Checked again before a run goes on.

use std::collections::BTreeMap;

use camino::Utf8Path;
use pak_build::measure;
use pak_model::plan::Plan;
use pak_model::{Artifact, ArtifactKind, Hasher, Problem, Release, Result, code};
use pak_security::Report;
use serde::de::DeserializeOwned;

use crate::history::Progress;
use crate::plan::Prepared;
use crate::session::Session;
use crate::state::{RunFolder, write_whole};
use crate::targets;

use super::movable;

/// Saves a settled plan before the journal begins.
pub(super) fn save(run: &RunFolder, prepared: &Prepared) -> Result<()> {
    write_whole(&run.plan(), &json(serde_json::to_vec_pretty(&prepared.plan))?)?;
    save_reports(run, prepared)?;
    write_whole(&run.releases(), &json(serde_json::to_vec(&movable::leave(run, prepared.releases.clone())))?)
}

/// Saves what scanning found.
pub(super) fn save_reports(run: &RunFolder, prepared: &Prepared) -> Result<()> {
    write_whole(&run.scan(), &json(serde_json::to_vec(&prepared.reports))?)
}

fn json(value: serde_json::Result<Vec<u8>>) -> Result<Vec<u8>> {
    value.map_err(|error| {
        Problem::new(code::deploy::STATE_UNUSABLE, "The plan cannot be written as JSON.").cause(&error)
    })
}

/// The plan of a run.
pub fn load(run: &RunFolder) -> Result<Plan> {
    read(&run.plan())
}

/// What scanning found for a run; nothing for a run of a version that did not scan.
pub fn load_reports(run: &RunFolder) -> Result<Vec<Report>> {
    if run.scan().exists() { read(&run.scan()) } else { Ok(Vec::new()) }
}

/// The releases of a run, by step.
pub fn load_releases(run: &RunFolder) -> Result<BTreeMap<String, Release>> {
    movable::arrive(run, read(&run.releases())?)
}

fn read<T: DeserializeOwned>(path: &Utf8Path) -> Result<T> {
    let damaged = |error: &(dyn std::error::Error + 'static)| {
        Problem::new(code::deploy::JOURNAL_DAMAGED, format!("{path} cannot be read.")).about("file", path).cause(error)
    };
    let bytes = std::fs::read(path).map_err(|error| damaged(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| damaged(&error))
}

/// A run's plan with targets resolved anew (credentials are never stored), every artifact hashed again.
pub(crate) fn prepared(session: &Session, run: &RunFolder, progress: &Progress) -> Result<Prepared> {
    let plan = load(run)?;
    if progress.plan_digest.as_ref().is_some_and(|digest| *digest != plan.digest) {
        return Err(changed(format!("{} is not the plan this run began with.", run.plan())));
    }
    let releases = load_releases(run)?;
    for artifact in releases.values().flat_map(|release| release.artifacts.iter()) {
        check_artifact(artifact)?;
    }
    let session =
        Session { only: Some(plan.targets.iter().map(|target| target.name.clone()).collect()), ..session.clone() };
    let mut targets = targets::resolve(&session)?;
    targets.retain(|target| plan.targets.iter().any(|planned| planned.name == target.name));
    for planned in &plan.targets {
        let Some(target) = targets.iter().find(|target| target.name == planned.name) else {
            return Err(changed(format!("Target `{}` of the run is no longer configured.", planned.name)));
        };
        if target.registry != planned.registry {
            return Err(changed(format!(
                "Target `{}` was {} when the run began and is {} now.",
                planned.name, planned.registry, target.registry
            )));
        }
    }
    let reports = load_reports(run)?;
    Ok(Prepared { plan, releases, targets, reports })
}

fn changed(message: String) -> Problem {
    Problem::new(code::deploy::PLAN_CHANGED, message).next(
        "Restore what it was, or start a new run with `pak deploy`: it finds by digest what is already published.",
    )
}

/// Images are addressed by the digests of their blobs, which are checked while they are sent.
fn check_artifact(artifact: &Artifact) -> Result<()> {
    if artifact.kind == ArtifactKind::OciImage {
        return Ok(());
    }
    let gone = |error: &std::io::Error| {
        Problem::new(code::deploy::ARTIFACT_CHANGED, format!("{} cannot be read any more.", artifact.path))
            .about("file", &artifact.path)
            .cause(error)
    };
    let (digests, _) = measure::hash(&artifact.path, Hasher::sha256_only()).map_err(|error| gone(&error))?;
    if digests.agrees(&artifact.digests) == Some(true) {
        return Ok(());
    }
    Err(Problem::new(
        code::deploy::ARTIFACT_CHANGED,
        format!("{} is not what it was when the run began.", artifact.path),
    )
    .about("file", &artifact.path)
    .about("package", &artifact.package))
}
