//! Takes a file back by a commit: what was there before comes back, or the file goes. The history keeps both.

use async_trait::async_trait;
use pak_model::plan::UndoAction;
use pak_model::{Problem, Result, Upload, code};

use super::author::author;
use super::place::Place;
use super::push::{self, Step};
use super::{Tap, lookup, proposal};
use crate::call::Call;
use crate::platform::{Undo, Undone};
use crate::protocol::git::{Content, ObjectId};

/// How often a branch that moves is read again.
const TRIES: u32 = 5;

#[async_trait]
impl Undo for Tap {
    async fn undo(&self, call: &Call, upload: &Upload, replaced: Option<&str>) -> Result<Undone> {
        let place = Place::of_upload(upload);
        if place.proposed {
            let live = lookup::live(call, &place).await?;
            if live.is_none_or(|found| !lookup::is_ours(upload, &found.blob())) {
                return proposal::withdraw(call, upload, &place).await;
            }
            return Err(Problem::new(
                code::deploy::UNDO_REFUSED,
                format!("{} is in {} by now: the pull request was merged.", place.path, place.repository),
            )
            .next("Revert it on the forge's pages: its owner decided it."));
        }
        let before = replaced.map(blob).transpose()?;
        let author = author(call, None)?;
        for attempt in 0..TRIES {
            let (remote, tip) = lookup::tip(call, &place).await?;
            let now = tip.entry(&place.path)?.map(|entry| entry.id);
            if now == before {
                return Ok(done(&place, before));
            }
            if now.is_none() {
                let note = format!("{} was removed by somebody else already.", place.path);
                return Ok(Undone { action: UndoAction::Revert, note });
            }
            if !now.is_some_and(|id| lookup::is_ours(upload, &id.to_string())) {
                return Err(not_ours(&place));
            }
            let content = before.map_or(Content::Nothing, Content::Blob);
            let message = format!("Revert \"{} {}\"", place.name(), place.version);
            let words = (message.as_str(), &author);
            match push::change(call, (&remote, &tip), tip.branch(), (&place.path, content), words).await? {
                // The next round looks at what is there and only then says that it is done.
                Step::Done(_) => {}
                Step::Moved => push::pause(call, attempt).await?,
            }
        }
        Err(push::moving(&place.repository))
    }
}

/// The blob that a journal wrote down.
fn blob(label: &str) -> Result<ObjectId> {
    let hex = label.strip_prefix("git:").unwrap_or(label);
    hex.parse().map_err(|_| {
        Problem::new(code::deploy::UNDO_REFUSED, format!("The journal names `{label}` as what was there before."))
            .next("Restore the file by hand from the repository's history.")
    })
}

fn done(place: &Place, before: Option<ObjectId>) -> Undone {
    let note = match before {
        Some(_) => format!("{} is what it was before.", place.path),
        None => format!("{} is gone.", place.path),
    };
    Undone { action: UndoAction::Revert, note: format!("{note} The repository's history keeps the commits.") }
}

fn not_ours(place: &Place) -> Problem {
    let message = format!("{} in {} is not what this run wrote; it was left alone.", place.path, place.repository);
    Problem::new(code::deploy::UNDO_REFUSED, message)
        .next("Somebody changed it since. Revert the commit by hand if that is what you want.")
}
