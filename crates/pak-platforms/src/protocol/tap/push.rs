//! Commits to the branch that users read. Others push there too: what moved meanwhile is read again, a bounded number of times.

use std::time::Duration;

use bytes::Bytes;
use pak_model::{Effect, Problem, Receipt, Recovery, Result, code};

use super::publish::Sending;
use super::{Seen, lookup};
use crate::call::Call;
use crate::protocol::git::{Author, Change, Content, NewCommit, ObjectId, Pushed, Remote, Tip};

/// How often a branch that moves is read again.
const TRIES: u32 = 5;

/// Commits a file and pushes the commit.
pub(super) async fn commit(call: &Call, sending: &Sending<'_>) -> Result<Receipt> {
    let place = sending.place;
    for attempt in 0..TRIES {
        let (remote, tip) = lookup::tip(call, place).await?;
        let now = Seen::of(tip.entry(&place.path)?.map(|entry| entry.id.to_string()));
        if matches!(&now, Seen::Blob(blob) if lookup::is_ours(sending.upload, blob)) {
            return Ok(Receipt { url: page(&remote, tip.commit()), ..Receipt::default() });
        }
        // The run's journal says what the file replaces. If that is no longer true, it must be asked and written down anew.
        if sending.seen.as_ref().is_some_and(|seen| *seen != now) {
            let message = format!("Somebody else changed {} in {} just now.", place.path, remote.shown());
            return Err(Problem::new(code::git::MOVED, message)
                .recovery(Recovery::LookUpFirst)
                .about("file", &place.path));
        }
        let message = (sending.message)(now == Seen::Nothing);
        let content = Content::Bytes(Bytes::copy_from_slice(sending.text.as_bytes()));
        match change(call, (&remote, &tip), tip.branch(), (&place.path, content), (&message, sending.author)).await? {
            Step::Done(commit) => return Ok(Receipt { url: page(&remote, commit), ..Receipt::default() }),
            Step::Moved => pause(call, attempt).await?,
        }
    }
    Err(moving(&place.repository))
}

/// What became of one try.
pub(super) enum Step {
    /// The branch holds the change, at this commit where one was made.
    Done(Option<ObjectId>),
    /// The branch moved: read it again.
    Moved,
}

/// One commit of one file on top of `base`, pushed to a branch.
pub(super) async fn change(
    call: &Call,
    (remote, base): (&Remote, &Tip),
    branch: &str,
    (path, content): (&str, Content),
    (message, author): (&str, &Author),
) -> Result<Step> {
    let changes = [Change { path: path.to_owned(), content }];
    let new = NewCommit { changes: &changes, message, author, time: call.now() };
    match remote.commit(call, base, branch, new).await? {
        Pushed::Done(commit) => Ok(Step::Done(Some(commit))),
        Pushed::Unchanged => Ok(Step::Done(None)),
        Pushed::Moved(_) => Ok(Step::Moved),
        Pushed::Incomplete(said) => {
            let message = format!("{} lacks the commits this builds on.", remote.shown());
            Err(Problem::new(code::git::INCOMPLETE, message).said(said))
        }
    }
}

/// Waits a little longer every time.
pub(super) async fn pause(call: &Call, attempt: u32) -> Result<()> {
    call.wait("the branch moved, reading it again", Duration::from_millis(200 << attempt.min(5))).await
}

/// The problem of a branch that never held still.
pub(super) fn moving(repository: &str) -> Problem {
    Problem::new(code::git::MOVED, format!("{repository} moved {TRIES} times while the commit was made."))
        .effect(Effect::NothingSent)
        .about("repository", repository)
}

/// The page of a commit, on the one host where its address is certain.
fn page(remote: &Remote, commit: Option<ObjectId>) -> Option<String> {
    let shown = remote.shown();
    let repository = shown.strip_suffix(".git").unwrap_or(&shown);
    let on_github = repository.strip_prefix("https://github.com/").or(repository.strip_prefix("ssh://github.com/"))?;
    Some(format!("https://github.com/{on_github}/commit/{}", commit?))
}
