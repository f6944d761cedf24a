//! What the sandbox keeps of a repository: one file for each object, one for all refs. Also the door for emulated forges.

use std::collections::BTreeMap;
use std::io;

use bytes::Bytes;
use pak_git::{Commit, Entry, Kind, Object, ObjectId, find};
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedMutexGuard;

use super::walk;
use crate::store::Store;

/// A repository of the sandbox. One that nobody pushed to is empty.
#[derive(Clone)]
pub struct Repository {
    store: Store,
    /// `git/owner/name.git`: parts of other names cannot end so, so that no repository lies inside another one.
    key: String,
}

/// Where a repository's branches and tags are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refs {
    /// The default branch: `refs/heads/main`.
    pub head: String,
    /// Objects by full name, as hex.
    pub named: BTreeMap<String, String>,
}

impl Default for Refs {
    fn default() -> Self {
        Self { head: "refs/heads/main".to_owned(), named: BTreeMap::new() }
    }
}

impl Refs {
    /// The object a ref is at.
    pub fn get(&self, name: &str) -> Option<ObjectId> {
        self.named.get(name)?.parse().ok()
    }

    /// Every ref and its object.
    pub fn iter(&self) -> impl Iterator<Item = (&str, ObjectId)> {
        self.named.iter().filter_map(|(name, id)| Some((name.as_str(), id.parse().ok()?)))
    }

    /// Moves a ref, or takes it away.
    pub(super) fn set(&mut self, name: &str, id: ObjectId) {
        if id == ObjectId::ZERO {
            self.named.remove(name);
        } else {
            self.named.insert(name.to_owned(), id.to_string());
        }
    }
}

impl Repository {
    /// The repository of a name such as `owner/name`, `.git` or not; none where that is no name.
    pub fn open(store: &Store, name: &str) -> Option<Self> {
        let name = name.strip_suffix(".git").unwrap_or(name);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '~');
        let part = |part: &str| {
            !part.is_empty() && !part.starts_with('.') && !part.ends_with(".git") && part.chars().all(plain)
        };
        let is_name = name.contains('/') && name.len() <= 200 && name.split('/').all(part);
        is_name.then(|| Self { store: store.clone(), key: format!("git/{name}.git") })
    }

    /// Whether somebody pushed to it or made it.
    pub fn exists(&self) -> bool {
        self.store.has(&self.refs_key())
    }

    /// Holds it while refs are read, changed and written.
    pub async fn lock(&self) -> OwnedMutexGuard<()> {
        self.store.lock(&self.key).await
    }

    /// Its refs.
    pub fn refs(&self) -> io::Result<Refs> {
        match self.store.read(&self.refs_key())? {
            Some(bytes) => Ok(serde_json::from_slice(&bytes)?),
            None => Ok(Refs::default()),
        }
    }

    /// Writes refs. The caller holds the lock.
    pub(super) fn write_refs(&self, refs: &Refs) -> io::Result<()> {
        self.store.write(&self.refs_key(), &serde_json::to_vec(refs)?)
    }

    /// The commit of a branch; `None` for the default branch's.
    pub fn tip(&self, branch: Option<&str>) -> io::Result<Option<ObjectId>> {
        let refs = self.refs()?;
        let name = branch.map_or_else(|| refs.head.clone(), |branch| format!("refs/heads/{branch}"));
        Ok(refs.get(&name))
    }

    /// Moves a branch from one commit to another, [`ObjectId::ZERO`] for none on either side. False: it is not where it was
    /// said to be, or the commit is not here whole.
    pub async fn move_branch(&self, branch: &str, old: ObjectId, new: ObjectId) -> io::Result<bool> {
        let _held = self.lock().await;
        let mut refs = self.refs()?;
        let name = format!("refs/heads/{branch}");
        let here = new == ObjectId::ZERO || walk::is_whole(new, &refs, &|id| self.object(id));
        if refs.get(&name).unwrap_or(ObjectId::ZERO) != old || !here {
            return Ok(false);
        }
        refs.set(&name, new);
        self.write_refs(&refs)?;
        Ok(true)
    }

    /// An object, checked against its name.
    pub fn object(&self, id: &ObjectId) -> Option<Object> {
        let bytes = Bytes::from(self.store.read(&self.object_key(id)).ok()??);
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let kind = Kind::from_word(std::str::from_utf8(bytes.get(..end)?).ok()?)?;
        let object = Object::new(kind, bytes.slice(end + 1..));
        (object.id() == *id).then_some(object)
    }

    /// Keeps an object.
    pub fn keep(&self, object: &Object) -> io::Result<ObjectId> {
        let id = object.id();
        let key = self.object_key(&id);
        if !self.store.has(&key) {
            let header = format!("{}\n", object.kind.word());
            self.store.write(&key, &[header.as_bytes(), &object.data].concat())?;
        }
        Ok(id)
    }

    /// What is at a path of a commit, with a file's bytes.
    pub fn read(&self, commit: ObjectId, path: &str) -> Option<(Entry, Bytes)> {
        let root = Commit::parse(&self.object(&commit)?.data).ok()?.tree;
        let entry = find(root, path, &|id| self.object(id)).ok()??;
        let data = if entry.mode.is_folder() { Bytes::new() } else { self.object(&entry.id)?.data };
        Some((entry, data))
    }

    /// Makes a fork: the same objects and branches under another name. One that exists keeps what it has.
    pub async fn copy_to(&self, fork: &Self) -> io::Result<()> {
        let _held = fork.lock().await;
        if fork.exists() {
            return Ok(());
        }
        let objects = format!("{}/objects", self.key);
        for folder in self.store.list(&objects)? {
            for rest in self.store.list(&format!("{objects}/{folder}"))? {
                let bytes = self.store.read(&format!("{objects}/{folder}/{rest}"))?.unwrap_or_default();
                self.store.write(&format!("{}/objects/{folder}/{rest}", fork.key), &bytes)?;
            }
        }
        fork.write_refs(&self.refs()?)
    }

    fn refs_key(&self) -> String {
        format!("{}/refs.json", self.key)
    }

    fn object_key(&self, id: &ObjectId) -> String {
        let hex = id.to_string();
        let (folder, rest) = hex.split_at(2);
        format!("{}/objects/{folder}/{rest}", self.key)
    }
}
