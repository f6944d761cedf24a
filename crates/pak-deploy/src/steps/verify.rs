//! VERIFY: read back from the registry what was sent, and compare digests. Nothing counts as published before.

use std::time::Instant;

use pak_model::event::Fact;
use pak_model::{Digests, Effect, Presence, Problem, Recovery, Result, Standing, Upload, code};
use pak_platforms::Inspected;

use super::publish::{Publishing, poll, visible_within};

impl Publishing {
    /// Waits until the registry shows the upload, fetches it, and compares. What is only proposed is compared too, and
    /// counts as verified when it is live.
    pub(crate) async fn verify(&self, upload: &Upload) -> Result<Standing> {
        let (standing, read) = self.wait_until_shown(upload).await?;
        if read.agrees(&upload.digests) != Some(true) {
            return Err(wrong(upload, &read.label()));
        }
        if standing != Standing::Proposed {
            let (step, key) = (self.step.clone(), upload.key.clone());
            self.bus.fact(Fact::Verified { step, key, digest: read.label() }).await?;
        }
        Ok(standing)
    }

    /// Asks until the upload shows; what it then is.
    async fn wait_until_shown(&self, upload: &Upload) -> Result<(Standing, Digests)> {
        let deadline = Instant::now() + visible_within(self.platform.as_ref());
        for attempt in 0.. {
            let Inspected { presence, read } = self.platform.lookup().inspect(&self.call, upload).await?;
            match (presence, read) {
                (Presence::Present { standing, .. }, Some(read)) => return Ok((standing, read)),
                (Presence::Present { digests, .. }, None) => return Err(wrong(upload, &digests.label())),
                (Presence::Burnt { reason }, _) => return Err(not_confirmed(upload).said(reason)),
                (Presence::Absent | Presence::NotVisibleYet { .. }, _) if Instant::now() < deadline => {
                    self.call.wait("waiting until it shows", poll(attempt)).await?;
                }
                (Presence::Absent | Presence::NotVisibleYet { .. }, _) => break,
            }
        }
        Err(not_confirmed(upload))
    }
}

fn wrong(upload: &Upload, remote: &str) -> Problem {
    Problem::new(
        code::deploy::WRONG_DIGEST,
        format!("{} was read back as {remote}, and {} was sent.", upload.coordinates, upload.digests.label()),
    )
    .effect(Effect::Published)
}

fn not_confirmed(upload: &Upload) -> Problem {
    Problem::new(
        code::deploy::NOT_CONFIRMED,
        format!("{} was accepted and does not show in the registry yet.", upload.coordinates),
    )
    .effect(Effect::Published)
    .recovery(Recovery::LookUpFirst)
}
