//! Reads a finished run's uploads back again, days later or from another place, and compares. Changes nothing.

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream;
use pak_model::plan::PlannedStep;
use pak_model::problem::Report;
use pak_model::{Digests, Presence, Problem, Result, Standing, Upload, code};
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
    /// Whether it is there but withdrawn (yanked, deprecated).
    pub withdrawn: bool,
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
        let read = async {
            let presence = platform.lookup().find(&call, &upload).await?;
            let Presence::Present { standing, .. } = presence else {
                return Err(Problem::new(code::deploy::NOT_CONFIRMED, format!("{} is not there.", upload.coordinates)));
            };
            Ok((platform.lookup().read_back(&call, &upload).await?, standing == Standing::Withdrawn))
        };
        let outcome: Result<(Digests, bool)> = read.await;
        let (digest, withdrawn, problem) = match outcome {
            Ok((digests, withdrawn)) if digests.agrees(&upload.digests) == Some(true) => {
                (Some(digests), withdrawn, None)
            }
            Ok((digests, withdrawn)) => {
                let problem = Problem::new(
                    code::deploy::WRONG_DIGEST,
                    format!(
                        "{} is {} there, and {} was published.",
                        upload.coordinates,
                        digests.label(),
                        upload.digests.label()
                    ),
                );
                (Some(digests), withdrawn, Some(problem))
            }
            Err(problem) => (None, false, Some(problem)),
        };
        Checked {
            step,
            key: upload.key.clone(),
            coordinates: upload.coordinates.to_string(),
            digest: digest.map(|digests| digests.label()),
            withdrawn,
            problem: problem.map(|problem| problem.report()),
        }
    })
}
