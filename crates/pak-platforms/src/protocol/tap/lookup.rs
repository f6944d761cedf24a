//! What is in the repository: a file is known by its blob, which git names by its content.

use async_trait::async_trait;
use pak_model::{Digests, Presence, Problem, Result, Standing, Upload, code};

use super::place::{Place, missing};
use super::{Seen, Tap, proposal};
use crate::call::Call;
use crate::platform::Lookup;
use crate::protocol::git::{Entry, Remote, Tip};

/// A file in a branch.
pub(super) struct Found {
    /// The repository it was found in.
    pub(super) remote: Remote,
    /// The branch.
    pub(super) tip: Tip,
    /// The file.
    pub(super) entry: Entry,
    /// Whether users see it.
    pub(super) standing: Standing,
}

impl Found {
    /// Its blob.
    pub(super) fn blob(&self) -> String {
        self.entry.id.to_string()
    }
}

/// Whether a blob is what an upload puts there.
pub(super) fn is_ours(upload: &Upload, blob: &str) -> bool {
    upload.digests.git.as_deref() == Some(blob)
}

/// The tip of a place's branch.
pub(super) async fn tip(call: &Call, place: &Place) -> Result<(Remote, Tip)> {
    let remote = Remote::at(call.endpoint(), &place.repository)?;
    let tip = remote.tip(call, place.branch.as_deref()).await?.ok_or_else(|| {
        let branch = place.branch.as_deref().unwrap_or_default();
        Problem::new(code::git::BRANCH_UNKNOWN, format!("{} has no branch {branch}.", remote.shown()))
            .about("url", remote.shown())
            .about("branch", branch)
    })?;
    Ok((remote, tip))
}

/// The file that users see at a place.
pub(super) async fn live(call: &Call, place: &Place) -> Result<Option<Found>> {
    let (remote, tip) = tip(call, place).await?;
    let entry = tip.entry(&place.path)?;
    Ok(entry.map(|entry| Found { remote, tip, entry, standing: Standing::Live }))
}

/// An upload's file: what users see, or what an open pull request offers them.
async fn located(call: &Call, upload: &Upload) -> Result<Option<Found>> {
    let place = Place::of_upload(upload);
    let live = live(call, &place).await?;
    if !place.proposed || live.as_ref().is_some_and(|found| is_ours(upload, &found.blob())) {
        return Ok(live);
    }
    // Merged in the meantime, closed, or not offered yet: then what users see is all there is.
    Ok(proposal::offered(call, &place).await?.or(live))
}

#[async_trait]
impl Lookup for Tap {
    async fn find(&self, call: &Call, upload: &Upload) -> Result<Presence> {
        let found = located(call, upload).await?;
        self.seen.keep(call, &upload.coordinates, Seen::of(found.as_ref().map(Found::blob)));
        Ok(match found {
            None => Presence::Absent,
            Some(found) => Presence::Present {
                digests: Digests { git: Some(found.blob()), ..Digests::default() },
                standing: found.standing,
            },
        })
    }

    async fn read_back(&self, call: &Call, upload: &Upload) -> Result<Digests> {
        let Some(found) = located(call, upload).await? else {
            return Err(Problem::new(
                code::deploy::NOT_CONFIRMED,
                format!("{} is not in the repository.", upload.coordinates),
            ));
        };
        let bytes = found.remote.blob(call, &found.tip, found.entry.id).await?;
        Ok(Digests { git: Some(Digests::git_blob(&bytes)), ..Digests::of(&bytes) })
    }

    /// A repository offers one version of a name: the one its file is for.
    async fn versions(&self, call: &Call, name: &str) -> Result<Vec<String>> {
        let repository = call.endpoint().repository.as_deref().ok_or_else(missing)?;
        let (remote, tip) = tip(call, &Place::named(repository)).await?;
        for path in self.format.paths(&self.format.name(name)) {
            if let Some(entry) = tip.entry(&path)?.filter(|entry| entry.mode.is_file()) {
                let bytes = remote.blob(call, &tip, entry.id).await?;
                return Ok(self.format.version_of(&String::from_utf8_lossy(&bytes)).into_iter().collect());
            }
        }
        Ok(Vec::new())
    }
}
