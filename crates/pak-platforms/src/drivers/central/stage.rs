//! Between the upload and the public: the portal checks a deployment, then it is published or dropped.

use std::time::Duration;

use async_trait::async_trait;
use pak_http::{Body, Request, status_problem};
use pak_model::plan::UndoAction;
use pak_model::{Problem, Recovery, Result, Upload, code};
use url::Url;

use super::CentralDriver;
use super::listing::Listing;
use super::portal::{Deployment, api, auth};
use crate::call::Call;
use crate::platform::{Stage, Staged, Undone};

/// Between two questions: checking takes minutes.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// How long a drop waits for the portal to finish checking.
const PATIENCE: Duration = Duration::from_mins(5);

#[async_trait]
impl Stage for CentralDriver {
    async fn state(&self, call: &Call, upload: &Upload, reference: &str) -> Result<Staged> {
        let Some(deployment) = Deployment::ask(call, &Listing::of_upload(upload)?, reference).await? else {
            return Ok(Staged::Gone);
        };
        let busy = |what: &str| Staged::Busy { what: what.to_owned(), ask_again: ASK_AGAIN };
        Ok(match deployment.state.as_str() {
            "VALIDATED" => Staged::Ready,
            "FAILED" => Staged::Refused { reasons: deployment.reasons() },
            "PUBLISHING" | "PUBLISHED" => Staged::Promoted,
            "PENDING" => busy("waiting for the portal to check it"),
            "VALIDATING" => busy("the portal checks it"),
            // A state that was added later. How long it may last is for the caller to decide.
            other => busy(&other.to_lowercase()),
        })
    }

    async fn promote(&self, call: &Call, upload: &Upload, reference: &str) -> Result<()> {
        let label = Listing::of_upload(upload)?.label();
        let request = Request::post(address(call, reference)?, Body::empty()).auth(auth(call.credential()));
        let response = call.send(request).await?;
        match response.status().as_u16() {
            200..=299 => Ok(()),
            // It may be published already: somebody pressed the button in between.
            400 | 404 | 409 => {
                let refusal = status_problem(&format!("Publication of {label}"), response, false).await;
                match self.state(call, upload, reference).await? {
                    Staged::Promoted => Ok(()),
                    _ => Err(not_ready(&label, reference, &refusal)),
                }
            }
            _ => Err(status_problem(&format!("Publication of {label}"), response, false).await),
        }
    }

    async fn discard(&self, call: &Call, upload: &Upload, reference: &str) -> Result<Undone> {
        let label = Listing::of_upload(upload)?.label();
        let begun = std::time::Instant::now();
        for attempt in 0u32.. {
            match self.state(call, upload, reference).await? {
                Staged::Gone => break,
                Staged::Promoted => {
                    return Err(Problem::new(
                        code::deploy::UNDO_REFUSED,
                        format!("{label} is published or about to be: it cannot be dropped any more."),
                    )
                    .next(self.definition.undo.note.clone()));
                }
                // The portal drops only what it has finished checking.
                Staged::Busy { what, ask_again } => {
                    if begun.elapsed() > PATIENCE {
                        return Err(Problem::new(
                            code::central::STILL_BUSY,
                            format!("Deployment {reference} of {label} cannot be dropped yet: {what}."),
                        ));
                    }
                    let quick = Duration::from_millis(50 << attempt.min(10));
                    call.wait(&what, quick.min(ask_again)).await?;
                }
                Staged::Ready | Staged::Refused { .. } => {
                    let request = Request::delete(address(call, reference)?).auth(auth(call.credential()));
                    let response = call.send(request).await?;
                    if !response.status().is_success() && response.status().as_u16() != 404 {
                        return Err(status_problem(&format!("Drop of {label}"), response, false).await);
                    }
                    // Confirmed by the portal's word; what is still told of a dropped deployment is not described.
                    break;
                }
            }
        }
        Ok(Undone {
            action: UndoAction::Delete,
            note: "dropped before it was published; the version can be uploaded again".to_owned(),
        })
    }
}

fn address(call: &Call, reference: &str) -> Result<Url> {
    api(call, &format!("deployment/{reference}"))
}

fn not_ready(label: &str, reference: &str, refusal: &Problem) -> Problem {
    let said = refusal.causes().first().map_or(refusal.message(), String::as_str);
    Problem::new(
        code::central::NOT_READY,
        format!("The portal does not publish deployment {reference} of {label} now."),
    )
    .said(said)
    .recovery(Recovery::Stop)
}
