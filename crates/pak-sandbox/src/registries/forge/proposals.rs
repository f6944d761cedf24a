//! The proposals of each repository, kept as one document per repository.

use std::io;

use serde::{Deserialize, Serialize};

use super::Repositories;
use crate::registries::Shared;

/// A proposal to a repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Proposal {
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) author: String,
    /// The repository that holds the branch.
    pub(super) head: String,
    pub(super) branch: String,
    pub(super) base: String,
    pub(super) state: State,
    /// The branch's commit: kept, for when the branch is gone.
    pub(super) commit: String,
    pub(super) created: i64,
    pub(super) ended: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    Open,
    Closed,
    Merged,
}

/// What is asked for.
pub(super) struct New {
    pub(super) title: String,
    pub(super) body: String,
    pub(super) author: String,
    pub(super) head: String,
    pub(super) branch: String,
    pub(super) base: String,
}

/// Why nothing was done.
#[derive(Debug)]
pub(super) enum Refused {
    /// One is open already from the same branch to the same one.
    Exists(u64),
    /// A branch is not there.
    NoBranch(&'static str),
    /// The branches do not differ.
    NoChange,
    /// It is not open (any more).
    NotOpen,
    /// It cannot be merged as it is.
    Conflict,
    Io(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The proposals to one repository.
pub(super) struct Proposals<'a> {
    shared: &'a Shared,
    repository: &'a str,
}

impl<'a> Proposals<'a> {
    pub(super) fn of(shared: &'a Shared, repository: &'a str) -> Self {
        Self { shared, repository }
    }

    fn key(&self) -> String {
        format!("forge/proposals/{}.json", self.repository)
    }

    /// All of them, newest first; an open one tells where its branch is now.
    pub(super) fn all(&self) -> io::Result<Vec<Proposal>> {
        let held = self.shared.store.read(&self.key())?;
        let mut all: Vec<Proposal> = held.map(|bytes| serde_json::from_slice(&bytes)).transpose()?.unwrap_or_default();
        for open in all.iter_mut().filter(|proposal| proposal.state == State::Open) {
            if let Some(tip) = Repositories(self.shared).tip(&open.head, &open.branch)? {
                open.commit = tip;
            }
        }
        all.reverse();
        Ok(all)
    }

    pub(super) fn get(&self, number: u64) -> io::Result<Option<Proposal>> {
        Ok(self.all()?.into_iter().find(|proposal| proposal.number == number))
    }

    fn save(&self, proposal: &Proposal) -> io::Result<()> {
        let mut all = self.all()?;
        all.retain(|held| held.number != proposal.number);
        all.push(proposal.clone());
        all.sort_by_key(|held| held.number);
        self.shared.store.write(&self.key(), &serde_json::to_vec(&all)?)
    }

    /// Opens one.
    pub(super) async fn open(&self, new: New) -> Result<Proposal, Refused> {
        let _held = self.shared.store.lock(&self.key()).await;
        let repositories = Repositories(self.shared);
        let commit = repositories.tip(&new.head, &new.branch)?.ok_or(Refused::NoBranch("head"))?;
        let base = repositories.tip(self.repository, &new.base)?.ok_or(Refused::NoBranch("base"))?;
        if commit == base {
            return Err(Refused::NoChange);
        }
        let all = self.all()?;
        let same = |held: &&Proposal| {
            let from = (&held.head, &held.branch, &held.base) == (&new.head, &new.branch, &new.base);
            from && held.state == State::Open
        };
        if let Some(open) = all.iter().find(same) {
            return Err(Refused::Exists(open.number));
        }
        let New { title, body, author, head, branch, base } = new;
        let number = all.iter().map(|held| held.number).max().unwrap_or_default() + 1;
        let (state, created, ended) = (State::Open, now(), None);
        let proposal = Proposal { number, title, body, author, head, branch, base, state, commit, created, ended };
        self.save(&proposal)?;
        Ok(proposal)
    }

    /// Closes one. What is closed already stays so; what was merged is refused.
    pub(super) async fn close(&self, mut proposal: Proposal) -> Result<Proposal, Refused> {
        let _held = self.shared.store.lock(&self.key()).await;
        match proposal.state {
            State::Merged => return Err(Refused::NotOpen),
            State::Closed => {}
            State::Open => {
                (proposal.state, proposal.ended) = (State::Closed, Some(now()));
                self.save(&proposal)?;
            }
        }
        Ok(proposal)
    }

    /// Merges one: the base goes to where the branch is.
    pub(super) async fn merge(&self, mut proposal: Proposal) -> Result<Proposal, Refused> {
        let _held = self.shared.store.lock(&self.key()).await;
        if proposal.state != State::Open {
            return Err(Refused::NotOpen);
        }
        let head = (&*proposal.head, &*proposal.branch);
        if !Repositories(self.shared).advance(self.repository, &proposal.base, head).await? {
            return Err(Refused::Conflict);
        }
        (proposal.state, proposal.ended) = (State::Merged, Some(now()));
        self.save(&proposal)?;
        Ok(proposal)
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
