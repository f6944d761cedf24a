//! Offers the file as a pull request: a branch of its own, in the repository where the token may push, else in a fork.

use bytes::Bytes;
use pak_model::plan::UndoAction;
use pak_model::{Problem, Receipt, Result, Standing, Upload, code};

use super::lookup::{self, Found};
use super::place::Place;
use super::publish::Sending;
use super::push::{self, Step};
use crate::call::Call;
use crate::platform::Undone;
use crate::protocol::forge::{self, Change, Forge, Proposal, Repository, State};
use crate::protocol::git::{Content, Remote, Tip};

/// How often a branch that moves is read again.
const TRIES: u32 = 5;

/// Where a proposal comes from and goes to.
struct Ways {
    forge: Box<dyn Forge>,
    upstream: Repository,
    head_owner: String,
    branch: String,
}

impl Ways {
    async fn of(call: &Call, place: &Place) -> Result<Self> {
        let forge = forge::of(call, place.forge.as_deref())?;
        let upstream = forge.repository(&place.repository).await?;
        let head_owner = forge.head_owner(&upstream).await?;
        Ok(Self { forge, upstream, head_owner, branch: place.proposed_branch() })
    }

    async fn proposal(&self) -> Result<Option<Proposal>> {
        self.forge.find_proposal(&self.upstream.path, &self.head_owner, &self.branch).await
    }

    /// The repository that holds the branch: as the proposal tells, else as it is named by custom: a fork keeps its name.
    fn head(&self, proposal: Option<&Proposal>) -> String {
        if let Some(head) = proposal.and_then(|proposal| proposal.head.clone()) {
            return head;
        }
        let name = self.upstream.path.rsplit('/').next().unwrap_or_default();
        if self.is_own() { self.upstream.path.clone() } else { format!("{}/{name}", self.head_owner) }
    }

    fn is_own(&self) -> bool {
        self.head_owner.eq_ignore_ascii_case(self.upstream.owner())
    }

    /// The branch, if it is there.
    async fn tip(&self, call: &Call, head: &str) -> Result<Option<(Remote, Tip)>> {
        let remote = Remote::at(call.endpoint(), head)?;
        let tip = remote.tip(call, Some(&self.branch)).await?;
        Ok(tip.filter(|tip| tip.commit().is_some()).map(|tip| (remote, tip)))
    }
}

/// What an open pull request offers at a place.
pub(super) async fn offered(call: &Call, place: &Place) -> Result<Option<Found>> {
    let ways = Ways::of(call, place).await?;
    let Some(open) = ways.proposal().await?.filter(|proposal| proposal.state == State::Open) else { return Ok(None) };
    let Some((remote, tip)) = ways.tip(call, &ways.head(Some(&open))).await? else { return Ok(None) };
    let entry = tip.entry(&place.path)?;
    Ok(entry.map(|entry| Found { remote, tip, entry, standing: Standing::Proposed }))
}

/// Pushes the branch and opens the pull request. Both are found again where an earlier try came that far.
pub(super) async fn offer(call: &Call, sending: &Sending<'_>) -> Result<Receipt> {
    let place = sending.place;
    let ways = Ways::of(call, place).await?;
    let (base_remote, base) = lookup::tip(call, place).await?;
    let is_new = base.entry(&place.path)?.is_none();
    let head = if ways.is_own() {
        ways.upstream.path.clone()
    } else {
        let fork = ways.forge.fork(&ways.upstream).await?;
        // Where the host cannot do it the fork lags behind, which the push then tells.
        ways.forge.sync_fork(&fork, base.branch()).await?;
        fork.path
    };
    let message = (sending.message)(is_new);
    branch(call, sending, &ways, (&head, &base), &message).await?;
    let body =
        format!("{message}\n\nThis change was made by `pak`. Its content is checked against what was published.");
    let change = Change {
        upstream: &ways.upstream.path,
        base: base.branch(),
        head: &head,
        branch: &ways.branch,
        title: &message,
        body: &body,
    };
    let proposal = ways.forge.propose(&change).await?;
    drop(base_remote);
    Ok(Receipt { url: Some(proposal.url).filter(|url| !url.is_empty()), ..Receipt::default() })
}

/// Brings the proposed branch to hold the file.
async fn branch(
    call: &Call,
    sending: &Sending<'_>,
    ways: &Ways,
    (head, base): (&str, &Tip),
    message: &str,
) -> Result<()> {
    let path = sending.place.path.as_str();
    for attempt in 0..TRIES {
        let content = Content::Bytes(Bytes::copy_from_slice(sending.text.as_bytes()));
        let words = (message, sending.author);
        let step = match ways.tip(call, head).await? {
            Some((_, tip)) if holds(&tip, path, sending.upload)? => return Ok(()),
            Some((remote, tip)) => push::change(call, (&remote, &tip), &ways.branch, (path, content), words).await?,
            None => {
                let remote = Remote::at(call.endpoint(), head)?;
                push::change(call, (&remote, base), &ways.branch, (path, content), words).await?
            }
        };
        match step {
            Step::Done(_) => return Ok(()),
            Step::Moved => push::pause(call, attempt).await?,
        }
    }
    Err(push::moving(head))
}

fn holds(tip: &Tip, path: &str, upload: &Upload) -> Result<bool> {
    Ok(tip.entry(path)?.is_some_and(|entry| lookup::is_ours(upload, &entry.id.to_string())))
}

/// Closes the pull request and takes its branch away. What was merged stays: the repository's owner decided it.
pub(super) async fn withdraw(call: &Call, upload: &Upload, place: &Place) -> Result<Undone> {
    let ways = Ways::of(call, place).await?;
    let proposal = ways.proposal().await?;
    let head = ways.head(proposal.as_ref());
    if let Some((_, tip)) = ways.tip(call, &head).await?
        && !holds(&tip, &place.path, upload)?
    {
        let message =
            format!("The branch {} of {head} does not hold what was offered; it was left alone.", ways.branch);
        return Err(Problem::new(code::deploy::UNDO_REFUSED, message)
            .next("Somebody changed it since. Close the pull request by hand if that is what you want."));
    }
    if let Some(open) = proposal.filter(|proposal| proposal.state == State::Open) {
        let closed = ways.forge.close(&ways.upstream.path, open.number).await?;
        if closed.state == State::Merged {
            return Err(merged(&closed));
        }
    }
    ways.forge.delete_branch(&head, &ways.branch).await?;
    if ways.proposal().await?.is_some_and(|proposal| proposal.state == State::Open)
        || ways.tip(call, &head).await?.is_some()
    {
        return Err(Problem::new(code::deploy::UNDO_REFUSED, "The forge still shows the pull request or its branch."));
    }
    Ok(Undone { action: UndoAction::Revert, note: "The pull request is closed and its branch is gone.".to_owned() })
}

/// What was merged is not taken back by the one who offered it.
pub(super) fn merged(proposal: &Proposal) -> Problem {
    Problem::new(code::deploy::UNDO_REFUSED, format!("The pull request {} was merged.", proposal.url))
        .next("Revert it on the forge's pages: its owner decided it.")
}
