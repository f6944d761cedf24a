//! STAGE: between publish and verify, where a registry holds uploads back: wait for its checks, then promote or hold.

use std::time::{Duration, Instant};

use pak_model::event::Fact;
use pak_model::{Effect, Problem, Recovery, Result, Upload, code};
use pak_platforms::{Stage, Staged};

use super::publish::{LONGEST_WAIT, Publishing, visible_within};

/// How a staged upload stands when this is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stood {
    /// Public, or on its way with no way back.
    Promoted,
    /// Checked by the registry and held back, as was asked.
    Held,
}

impl Publishing {
    /// Waits until the registry has checked what it holds, then has it made public; with `hold` it stays where it is.
    ///
    /// Every word of the registry is asked for anew, so a process that takes an unfinished promotion up simply calls this.
    pub(crate) async fn promote(
        &self,
        stage: &dyn Stage,
        upload: &Upload,
        reference: &str,
        hold: bool,
    ) -> Result<Stood> {
        let deadline = Instant::now() + visible_within(self.platform.as_ref());
        let mut checked = false;
        for attempt in 0.. {
            match stage.state(&self.call, upload, reference).await? {
                Staged::Promoted => {
                    self.promoted(upload).await?;
                    return Ok(Stood::Promoted);
                }
                Staged::Refused { reasons } => return Err(refused(upload, reference, reasons)),
                Staged::Gone => return Err(gone(upload, reference)),
                Staged::Ready => {
                    if !checked {
                        let (step, key) = (self.step.clone(), upload.key.clone());
                        self.bus.fact(Fact::Staged { step, key, reference: reference.to_owned() }).await?;
                        checked = true;
                    }
                    if hold {
                        return Ok(Stood::Held);
                    }
                    if Instant::now() >= deadline {
                        return Err(late(upload, reference, "still holds"));
                    }
                    self.ask_for_promotion(stage, upload, reference).await?;
                }
                Staged::Busy { what, ask_again } => {
                    if Instant::now() >= deadline {
                        return Err(late(upload, reference, &format!("is still {what}")));
                    }
                    // Small uploads are checked at once: the first questions come quickly.
                    self.call.wait(&what, quick(attempt).min(ask_again)).await?;
                }
            }
        }
        Err(late(upload, reference, "does not decide"))
    }

    async fn ask_for_promotion(&self, stage: &dyn Stage, upload: &Upload, reference: &str) -> Result<()> {
        if self.call.is_cancelled() {
            return Err(Problem::new(code::deploy::CANCELLED, "The run was cancelled before this was made public."));
        }
        let (step, key) = (self.step.clone(), upload.key.clone());
        self.bus.fact(Fact::PromoteIntended { step, key, reference: reference.to_owned() }).await?;
        match stage.promote(&self.call, upload, reference).await {
            Ok(()) => Ok(()),
            // The next question to the registry tells what came of it.
            Err(problem) if problem.recovery_of() == Recovery::LookUpFirst => Ok(()),
            Err(problem) => match problem.recovery_of() {
                Recovery::RetryAfter(ms) if Duration::from_millis(ms) <= LONGEST_WAIT => {
                    self.call.wait("the registry asks to wait", Duration::from_millis(ms)).await
                }
                _ => Err(problem),
            },
        }
    }

    async fn promoted(&self, upload: &Upload) -> Result<()> {
        self.bus.fact(Fact::PromoteDone { step: self.step.clone(), key: upload.key.clone() }).await
    }
}

/// Between two questions: from a moment to a minute.
fn quick(attempt: u32) -> Duration {
    Duration::from_millis(50 << attempt.min(10))
}

fn refused(upload: &Upload, reference: &str, reasons: Vec<String>) -> Problem {
    let problem = Problem::new(
        code::deploy::STAGE_REFUSED,
        format!("The registry checked {} and refuses to publish it.", upload.coordinates),
    )
    .about("reference", reference);
    reasons.into_iter().fold(problem, Problem::said)
}

fn gone(upload: &Upload, reference: &str) -> Problem {
    Problem::new(
        code::deploy::STAGE_GONE,
        format!("The registry does not hold {} under {reference} any more.", upload.coordinates),
    )
    .about("reference", reference)
}

fn late(upload: &Upload, reference: &str, what: &str) -> Problem {
    Problem::new(code::deploy::NOT_CONFIRMED, format!("The registry took {} and {what}.", upload.coordinates))
        .about("reference", reference)
        .effect(Effect::MaybeSent)
        .recovery(Recovery::LookUpFirst)
        .next("Run `pak deploy resume` later: it goes on from here and sends nothing twice.")
}
