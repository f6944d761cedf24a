//! A branch as it was when it was read.

use bytes::Bytes;
use pak_git::pack::Objects;
use pak_git::{Commit, Entry, Error, Kind, Object, ObjectId, find};
use pak_model::Result;

use super::address::Remote;
use super::problem;

/// A branch's newest commit with all of its folders. Every object was checked against its name.
#[derive(Debug)]
pub struct Tip {
    remote: Remote,
    branch: String,
    state: Option<State>,
}

#[derive(Debug)]
struct State {
    commit: ObjectId,
    root: ObjectId,
    objects: Objects,
}

impl Tip {
    /// A branch of a repository that has no commit yet.
    pub(super) fn empty(remote: &Remote, branch: String) -> Self {
        Self { remote: remote.clone(), branch, state: None }
    }

    /// A branch at a commit.
    pub(super) fn new(remote: &Remote, branch: String, commit: ObjectId, objects: Objects) -> Result<Self, Error> {
        let found = objects.get(&commit).filter(|object| object.kind == Kind::Commit).ok_or(Error::Missing(commit))?;
        let root = Commit::parse(&found.data)?.tree;
        objects.get(&root).filter(|object| object.kind == Kind::Tree).ok_or(Error::Missing(root))?;
        Ok(Self { remote: remote.clone(), branch, state: Some(State { commit, root, objects }) })
    }

    /// The branch's name.
    pub fn branch(&self) -> &str {
        &self.branch
    }

    /// The commit; none in a repository that is empty.
    pub fn commit(&self) -> Option<ObjectId> {
        self.state.as_ref().map(|state| state.commit)
    }

    /// The commit's message; empty in a repository that is empty.
    pub fn message(&self) -> String {
        let commit = self.commit().and_then(|commit| self.object(&commit));
        commit.and_then(|object| Commit::parse(&object.data).ok()).map(|commit| commit.message).unwrap_or_default()
    }

    /// What is at a path: its mode and its content's name.
    pub fn entry(&self, path: &str) -> Result<Option<Entry>> {
        let Some(root) = self.root() else { return Ok(None) };
        find(root, path, &|id| self.object(id)).map_err(|error| problem::broken(&self.remote, &error))
    }

    /// A file's bytes, where they came with the tip.
    pub(super) fn held(&self, id: &ObjectId) -> Option<Bytes> {
        self.object(id).filter(|object| object.kind == Kind::Blob).map(|object| object.data)
    }

    pub(super) fn root(&self) -> Option<ObjectId> {
        self.state.as_ref().map(|state| state.root)
    }

    pub(super) fn object(&self, id: &ObjectId) -> Option<Object> {
        self.state.as_ref()?.objects.get(id).cloned()
    }

    /// Whether this is a branch of a repository.
    pub(super) fn is(&self, remote: &Remote, branch: &str) -> bool {
        self.remote == *remote && self.branch == branch
    }
}
