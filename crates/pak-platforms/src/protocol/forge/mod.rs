//! Pull requests on GitHub, GitLab and Gitea (Forgejo), where a repository's owner decides about a change. Called by `tap/`,
//! which commits and pushes the branch that is proposed; only the forges' own APIs are here.
//!
//! A proposal is found by the branch it is from, so an answer that was lost is found again by [`Forge::find_proposal`].

mod gitea;
mod github;
mod gitlab;
mod kind;
mod pulls;
mod wire;

use async_trait::async_trait;
use pak_model::{Problem, Result, code};

pub use self::kind::Kind;
use self::wire::Wire;
use crate::call::Call;
use crate::platform::Account;

/// The largest template that is read.
const TEMPLATE_LIMIT: u64 = 64 << 10;

/// One host's API, with the call's credential.
#[async_trait]
pub trait Forge: Send + Sync {
    /// Whom the token belongs to.
    async fn account(&self) -> Result<Account>;

    /// A repository (`owner/name`; on GitLab the owner may be groups) and what the token may do there.
    async fn repository(&self, path: &str) -> Result<Repository>;

    /// The account's fork of a repository: the one that is there, or a new one, waited for until it can be pushed to.
    async fn fork(&self, upstream: &Repository) -> Result<Repository>;

    /// Brings a branch of a fork to where the repository it was forked from is. Whether the host could do it: where not, the
    /// fork is as it was.
    async fn sync_fork(&self, fork: &Repository, branch: &str) -> Result<bool>;

    /// The proposal of an owner's branch to a repository: the open one, else the newest.
    async fn find_proposal(&self, upstream: &str, head_owner: &str, branch: &str) -> Result<Option<Proposal>>;

    /// A proposal by its number; `None` where there is none.
    async fn proposal(&self, upstream: &str, number: u64) -> Result<Option<Proposal>>;

    /// Opens a proposal. One that is open already from the same branch is given back as it is.
    async fn propose(&self, change: &Change<'_>) -> Result<Proposal>;

    /// Closes a proposal and says what became of it: one that was merged before stays merged.
    async fn close(&self, upstream: &str, number: u64) -> Result<Proposal>;

    /// Deletes a branch; whether there was one.
    async fn delete_branch(&self, repository: &str, branch: &str) -> Result<bool>;

    /// A text file of a branch, if it is there and no longer than a template.
    async fn read_file(&self, repository: &str, branch: &str, path: &str) -> Result<Option<String>>;

    /// Where the host looks for the text that new proposals begin with.
    fn templates(&self) -> &'static [&'static str];

    /// Whose branches are proposed to a repository: its own owner's where the token may push there, else the account's.
    async fn head_owner(&self, upstream: &Repository) -> Result<String> {
        if upstream.may_push {
            return Ok(upstream.owner().to_owned());
        }
        self.account().await?.name.ok_or_else(|| {
            let message =
                format!("The token may not push to {}, and belongs to no account that could fork it.", upstream.path);
            Problem::new(code::forge::ACCOUNT_UNKNOWN, message).about("repository", &upstream.path)
        })
    }
}

/// A repository on a forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// `owner/name`, as the forge writes it.
    pub path: String,
    /// The branch that proposals go to.
    pub default_branch: String,
    /// Whether the token may push branches to it.
    pub may_push: bool,
}

impl Repository {
    /// The account or groups it belongs to.
    pub fn owner(&self) -> &str {
        owner(&self.path)
    }
}

/// A pull request (GitLab: merge request).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its number in the repository.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// What became of it.
    pub state: State,
    /// The repository that holds its branch; `None` where the forge does not tell (any more).
    pub head: Option<String>,
}

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody has decided yet.
    Open,
    /// Taken.
    Merged,
    /// Closed and not taken.
    Closed,
}

/// What is proposed: that `branch` of `head` goes into `base` of `upstream`.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The repository it is proposed to, `owner/name`.
    pub upstream: &'a str,
    /// The branch it is to be merged into.
    pub base: &'a str,
    /// The repository that holds the branch: `upstream` itself, or a fork of it.
    pub head: &'a str,
    /// The branch that holds the change.
    pub branch: &'a str,
    /// One line.
    pub title: &'a str,
    /// What is to be said about it. The repository's own template, where it has one, is put below.
    pub body: &'a str,
}

/// The forge of the call's host. `hint` is what the configuration says about it: `github`, `gitlab`, `gitea` or `forgejo`.
///
/// The API is on another address than the repositories. A stand-in (the sandbox) has all forges below `upload` of its
/// endpoint, and is GitHub unless told otherwise.
pub fn of(call: &Call, hint: Option<&str>) -> Result<Box<dyn Forge>> {
    let endpoint = call.endpoint();
    let (kind, api) = match &endpoint.upload {
        Some(forges) => kind::stand_in(forges, hint)?,
        None => kind::of_host(&endpoint.root, hint)?,
    };
    let wire = Wire::new(call, kind, api)?;
    Ok(match kind {
        Kind::GitHub => Box::new(github::GitHub(wire)),
        Kind::GitLab => Box::new(gitlab::GitLab(wire)),
        Kind::Gitea => Box::new(gitea::Gitea(wire)),
    })
}

/// What a proposal says: our words, then the repository's template. A template that cannot be read is left out: it is for
/// people's convenience.
async fn body<F: Forge + ?Sized>(forge: &F, change: &Change<'_>) -> String {
    for path in forge.templates() {
        if let Ok(Some(template)) = forge.read_file(change.upstream, change.base, path).await
            && !template.trim().is_empty()
        {
            return format!("{}\n\n{}", change.body.trim_end(), template.trim());
        }
    }
    change.body.to_owned()
}

/// Everything before the last `/` of a path.
fn owner(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(owner, _)| owner)
}

/// The proposal that counts among those of one branch.
fn decisive(proposals: impl IntoIterator<Item = Proposal>) -> Option<Proposal> {
    proposals.into_iter().max_by_key(|proposal| (proposal.state == State::Open, proposal.number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_proposal_counts_before_newer_ones() {
        let proposals = |states: &[State]| {
            let numbered = states.iter().zip(1..);
            decisive(numbered.map(|(state, number)| Proposal { number, url: String::new(), state: *state, head: None }))
        };
        let number = |states: &[State]| proposals(states).map(|proposal| proposal.number);
        assert_eq!(number(&[State::Closed, State::Open, State::Merged]), Some(2));
        assert_eq!(number(&[State::Merged, State::Closed]), Some(2));
        assert_eq!(number(&[]), None);
    }

    #[test]
    fn owners_may_be_nested() {
        assert_eq!(owner("group/part/tap"), "group/part");
        assert_eq!(owner("me/tap"), "me");
        assert_eq!(owner("tap"), "");
    }
}
