//! VERIFY: read back from the registry what was sent, and compare digests. Nothing counts as published before.

use std::time::Instant;

use pak_model::event::Fact;
use pak_model::{Effect, Presence, Problem, Recovery, Result, Standing, Upload, code};

use super::publish::{Publishing, poll, visible_within};

impl Publishing {
    /// Waits until the registry shows the upload, fetches it, and compares. What is only proposed is compared too, and
    /// counts as verified when it is live.
    pub(crate) async fn verify(&self, upload: &Upload) -> Result<Standing> {
        let deadline = Instant::now() + visible_within(self.platform.as_ref());
        let mut attempt = 0;
        let standing = loop {
            match self.platform.lookup().find(&self.call, upload).await? {
                Presence::Present { digests, standing } => {
                    if digests.agrees(&upload.digests) == Some(false) {
                        return Err(wrong(upload, &digests.label()));
                    }
                    break standing;
                }
                Presence::Burnt { reason } => return Err(not_confirmed(upload).said(reason)),
                Presence::Absent | Presence::NotVisibleYet { .. } if Instant::now() < deadline => {
                    self.call.wait("waiting until it shows", poll(attempt)).await?;
                    attempt += 1;
                }
                Presence::Absent | Presence::NotVisibleYet { .. } => return Err(not_confirmed(upload)),
            }
        };
        let read = self.platform.lookup().read_back(&self.call, upload).await?;
        if read.agrees(&upload.digests) != Some(true) {
            return Err(wrong(upload, &read.label()));
        }
        if standing != Standing::Proposed {
            let (step, key) = (self.step.clone(), upload.key.clone());
            self.bus.fact(Fact::Verified { step, key, digest: read.label() }).await?;
        }
        Ok(standing)
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
