//! What can be done with a repository.

use bytes::Bytes;
use jiff::Timestamp;
use pak_git::{Change, Commit, Error, Kind, ObjectId, Person, edit};
use pak_model::{Problem, Result, code};

use super::address::Remote;
use super::fetch::{Extent, Reading};
use super::link::{Link, Service};
use super::problem;
use super::push::{Pushed, Update, push};
use super::snapshot::Snapshot;
use super::tip::Tip;
use crate::call::Call;

/// A commit to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewCommit<'a> {
    /// The files it changes.
    pub changes: &'a [Change],
    /// What it says.
    pub message: &'a str,
    /// Who it is from.
    pub author: &'a Person,
    /// When. The same commit made twice has the same name.
    pub time: Timestamp,
}

impl Remote {
    /// Reads a branch: the one named, or the repository's own. `None`: there is no such branch, although there are others.
    /// In a repository without any commit every branch is there and empty.
    pub async fn tip(&self, call: &Call, branch: Option<&str>) -> Result<Option<Tip>> {
        branch.map_or(Ok(()), check_branch)?;
        let mut reading = self.read(call).await?;
        let Some((branch, commit)) = reading.branch(branch).await? else { return Ok(None) };
        let Some(commit) = commit else { return Ok(Some(Tip::empty(self, branch))) };
        let objects = reading.objects(commit, Extent::Folders).await?;
        let tip = Tip::new(self, branch, commit, objects);
        tip.map(Some).map_err(|error| problem::broken(self, &error))
    }

    /// Reads a commit with everything in it: of a branch, a tag or an object's name; of the repository's own branch where none
    /// is named. Bounded: it is held in memory.
    pub async fn snapshot(&self, call: &Call, reference: Option<&str>) -> Result<Snapshot> {
        reference.map_or(Ok(()), check_branch)?;
        let mut reading = self.read(call).await?;
        let Some(id) = reading.named(reference).await? else {
            let (shown, what) = (self.shown(), reference.map_or("no commit".to_owned(), |name| format!("no `{name}`")));
            return Err(Problem::new(code::git::BRANCH_UNKNOWN, format!("{shown} has {what}."))
                .about("url", shown)
                .next("Name a branch, a tag or a commit that the repository has."));
        };
        let objects = reading.objects(id, Extent::Whole).await?;
        Snapshot::new(self, id, objects).map_err(|error| problem::broken(self, &error))
    }

    /// A file's bytes, by the name that [`Tip::entry`] tells.
    pub async fn blob(&self, call: &Call, tip: &Tip, id: ObjectId) -> Result<Bytes> {
        if let Some(held) = tip.held(&id) {
            return Ok(held);
        }
        let objects = self.read(call).await?.objects(id, Extent::Alone).await?;
        let blob = objects.get(&id).filter(|object| object.kind == Kind::Blob);
        blob.map(|object| object.data.clone()).ok_or_else(|| problem::broken(self, &Error::Missing(id)))
    }

    /// Commits changes on top of `base` and moves `branch` there. Where `base` is that branch of this repository, it must
    /// not have moved since it was read; else the branch is made, and must not be there yet.
    pub async fn commit(&self, call: &Call, base: &Tip, branch: &str, new: NewCommit<'_>) -> Result<Pushed> {
        check_branch(branch)?;
        let edited =
            edit(base.root(), new.changes, &|id| base.object(id)).map_err(|error| problem::broken(self, &error))?;
        let known = base.is(self, branch);
        if known && base.root() == Some(edited.root) {
            return Ok(Pushed::Unchanged);
        }
        let parents = base.commit().into_iter().collect();
        let commit = Commit { tree: edited.root, parents, message: new.message.to_owned() };
        let commit = commit.object(new.author, new.time.as_second());
        let old = base.commit().filter(|_| known).unwrap_or(ObjectId::ZERO);
        let update = Update { branch, old, new: commit.id() };
        let mut objects = edited.objects;
        objects.push(commit);
        push(self, call, update, &objects).await
    }

    /// Takes a branch away, if it is still at the commit named. One that is not there is [`Pushed::Unchanged`].
    pub async fn delete_branch(&self, call: &Call, branch: &str, at: ObjectId) -> Result<Pushed> {
        check_branch(branch)?;
        push(self, call, Update { branch, old: at, new: ObjectId::ZERO }, &[]).await
    }

    /// Whether this caller may push, as far as the server tells without a push. Changes nothing. Over ssh only reading is
    /// tried where this run may only read.
    pub async fn check_push(&self, call: &Call) -> Result<()> {
        let tries = self.ssh_path.is_none() || !call.http().policy().read_only;
        let service = if tries { Service::Receive } else { Service::Upload };
        Link::open(self, call, service).await.map(|_| ())
    }

    async fn read<'a>(&'a self, call: &'a Call) -> Result<Reading<'a>> {
        let (link, greeting) = Link::open(self, call, Service::Upload).await?;
        Ok(Reading { remote: self, call, link, greeting })
    }
}

/// Git's own rules for names of refs.
fn check_branch(branch: &str) -> Result<()> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
    let fine = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    let legal = !branch.starts_with('-')
        && !branch.ends_with('.')
        && !branch.contains(odd)
        && !branch.contains("..")
        && !branch.contains("@{")
        && branch.len() <= 200
        && branch.split('/').all(fine);
    if legal {
        return Ok(());
    }
    Err(Problem::new(code::git::BRANCH_UNKNOWN, format!("`{branch}` is not a name that a branch can have."))
        .about("branch", branch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_branches_are_gits() {
        for good in ["main", "release/1.x", "pak-greeter-1.0.0", "ü", "@"] {
            check_branch(good).unwrap();
        }
        for bad in [
            "", "-x", "a..b", "a b", "a\nb", "a/", "/a", "a//b", ".a", "a/.b", "a.lock", "a.", "a~1", "a^", "a:b",
            "a@{0}",
        ] {
            assert_eq!(check_branch(bad).unwrap_err().code(), code::git::BRANCH_UNKNOWN, "{bad}");
        }
    }
}
