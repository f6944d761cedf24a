//! Reads a finished run's uploads back again, days later or from another place, and compares. Changes nothing.

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream;
use pak_model::plan::PlannedStep;
use pak_model::problem::Report;
use pak_model::{Digests, Presence, Problem, Result, Standing, Upload, code};
use pak_platforms::Inspected;
use serde::Serialize;

use crate::history::Progress;
use crate::journal;
use crate::run::prepared;
use crate::session::Session;
use crate::state::RunFolder;
use crate::targets::Target;

/// How many uploads are read at the same time.
const PARALLEL: usize = 8;

/// What a registry serves for one upload.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    /// The step.
    pub step: String,
    /// The upload.
    pub key: String,
    /// Where it is.
    pub coordinates: String,
    /// The digest that was read back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Whether users are offered it; none where nothing is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// What is wrong, where something is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Report>,
}

/// Reads back every upload that the run published. What was taken back since is not expected.
pub async fn verify(session: &Session, run: &RunFolder) -> Result<Vec<Checked>> {
    let progress = Progress::of(&journal::read(&run.journal())?.events);
    let prepared = prepared(session, run, &progress)?;
    let mut jobs: Vec<BoxFuture<'static, Checked>> = Vec::new();
    for step in &prepared.plan.steps {
        let undone = progress.step(&step.id).undone;
        let Some(target) = prepared.target(&step.target) else { continue };
        for upload in step.uploads.iter().filter(|upload| !undone.contains_key(&upload.key)) {
            jobs.push(check(session, target, step, upload));
        }
    }
    Ok(stream::iter(jobs).buffered(PARALLEL).collect().await)
}

fn check(session: &Session, target: &Target, step: &PlannedStep, upload: &Upload) -> BoxFuture<'static, Checked> {
    let (call, platform) = (target.call(session), target.platform.clone());
    let (step, upload) = (step.id.clone(), upload.clone());
    Box::pin(async move {
        let (digest, standing, problem) = match platform.lookup().inspect(&call, &upload).await {
            Ok(inspected) => judge(&upload, inspected),
            Err(problem) => (None, None, Some(problem)),
        };
        Checked {
            step,
            key: upload.key.clone(),
            coordinates: upload.coordinates.to_string(),
            digest: digest.map(|digests| digests.label()),
            standing,
            problem: problem.map(|problem| problem.report()),
        }
    })
}

/// What is there, and what is wrong with it.
fn judge(upload: &Upload, inspected: Inspected) -> (Option<Digests>, Option<Standing>, Option<Problem>) {
    let Presence::Present { digests, standing } = inspected.presence else {
        let problem = Problem::new(code::deploy::NOT_CONFIRMED, format!("{} is not there.", upload.coordinates));
        return (None, None, Some(problem));
    };
    let digests = inspected.read.unwrap_or(digests);
    let wrong = digests.agrees(&upload.digests) != Some(true);
    let problem = wrong.then(|| {
        let (there, here) = (digests.label(), upload.digests.label());
        let message = format!("{} is {there} there, and {here} was published.", upload.coordinates);
        Problem::new(code::deploy::WRONG_DIGEST, message)
    });
    (Some(digests), Some(standing), problem)
}
