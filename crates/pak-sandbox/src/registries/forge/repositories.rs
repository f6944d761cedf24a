//! What the forges know of the git server's repositories: which are forks of which, and by which number they go.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use super::{git, name, owner};
use crate::registries::Shared;
use crate::registries::git::Repository;

/// Where the forks are kept.
const FORKS: &str = "forge/forks.json";
/// Where the numbers are kept: the paths, in order.
const NUMBERS: &str = "forge/numbers.json";

/// A fork.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Fork {
    of: String,
    /// How often its state was asked for.
    asked: u32,
}

/// The repositories of a sandbox.
pub(super) struct Repositories<'a>(pub(super) &'a Shared);

impl Repositories<'_> {
    /// Whether a forge shows it.
    pub(super) async fn has(&self, path: &str) -> io::Result<bool> {
        Ok(git::open(self.0, path).await?.is_some())
    }

    fn at(&self, path: &str) -> io::Result<Repository> {
        Repository::open(&self.0.store, path).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))
    }

    pub(super) fn default_branch(&self, path: &str) -> io::Result<String> {
        git::default_branch(&self.at(path)?)
    }

    /// The commit a branch is at.
    pub(super) fn tip(&self, path: &str, branch: &str) -> io::Result<Option<String>> {
        Ok(self.at(path)?.tip(Some(branch))?.map(|id| id.to_string()))
    }

    /// Deletes a branch; whether there was one.
    pub(super) async fn delete(&self, path: &str, branch: &str) -> io::Result<bool> {
        git::delete(&self.at(path)?, branch).await
    }

    /// A file of a branch.
    pub(super) fn file(&self, path: &str, branch: &str, file: &str) -> io::Result<Option<Vec<u8>>> {
        let repository = self.at(path)?;
        let commit = repository.tip(Some(branch))?;
        let found = commit.and_then(|commit| repository.read(commit, file));
        Ok(found.filter(|(entry, _)| entry.mode.is_file()).map(|(_, bytes)| bytes.to_vec()))
    }

    /// Brings a branch to where another one is, which must follow it; whether that was so.
    pub(super) async fn advance(&self, path: &str, branch: &str, to: (&str, &str)) -> io::Result<bool> {
        let from = self.at(to.0)?;
        let Some(commit) = from.tip(Some(to.1))? else { return Ok(false) };
        git::advance(&self.at(path)?, branch, &from, commit).await
    }

    /// A repository's number.
    pub(super) fn id(&self, path: &str) -> io::Result<u64> {
        let mut paths: Vec<String> = self.read(NUMBERS)?;
        let place = match paths.iter().position(|known| known == path) {
            Some(place) => place,
            None => {
                paths.push(path.to_owned());
                self.write(NUMBERS, &paths)?;
                paths.len() - 1
            }
        };
        Ok(place as u64 + 1)
    }

    /// The repository of a number.
    pub(super) fn by_id(&self, number: u64) -> io::Result<Option<String>> {
        let paths: Vec<String> = self.read(NUMBERS)?;
        let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        Ok(place.and_then(|place| paths.into_iter().nth(place)))
    }

    /// What a repository is a fork of.
    pub(super) fn parent(&self, path: &str) -> io::Result<Option<String>> {
        Ok(self.all()?.remove(path).map(|fork| fork.of))
    }

    /// The forks of a repository.
    pub(super) fn forks(&self, path: &str) -> io::Result<Vec<String>> {
        Ok(self.all()?.into_iter().filter(|(_, fork)| fork.of == path).map(|(fork, _)| fork).collect())
    }

    /// An account's fork of a repository.
    pub(super) fn fork_of(&self, user: &str, path: &str) -> io::Result<Option<String>> {
        Ok(self.forks(path)?.into_iter().find(|fork| owner(fork) == user))
    }

    /// Forks a repository; `None` where the account has others of the name, and of the `second` name where one is given.
    pub(super) async fn fork(&self, path: &str, user: &str, second: Option<&str>) -> io::Result<Option<String>> {
        let names = [Some(name(path)), second];
        let mut free = names.into_iter().flatten().map(|name| format!("{user}/{name}"));
        let Some(fork) = free.find(|fork| self.at(fork).is_ok_and(|repository| !repository.exists())) else {
            return Ok(None);
        };
        self.at(path)?.copy_to(&self.at(&fork)?).await?;
        let mut all = self.all()?;
        all.insert(fork.clone(), Fork { of: path.to_owned(), asked: 0 });
        self.write(FORKS, &all)?;
        Ok(Some(fork))
    }

    /// Whether a fork is copied to its end. Forges take a while: the first question comes too early.
    pub(super) fn is_ready(&self, path: &str) -> bool {
        let Ok(mut all) = self.all() else { return false };
        let Some(fork) = all.get_mut(path) else { return true };
        if fork.asked > 0 {
            return true;
        }
        fork.asked += 1;
        let _ = self.write(FORKS, &all);
        false
    }

    fn all(&self) -> io::Result<BTreeMap<String, Fork>> {
        self.read(FORKS)
    }

    fn read<T: Default + serde::de::DeserializeOwned>(&self, key: &str) -> io::Result<T> {
        let held = self.0.store.read(key)?;
        Ok(held.map(|bytes| serde_json::from_slice(&bytes)).transpose()?.unwrap_or_default())
    }

    fn write(&self, key: &str, document: &impl Serialize) -> io::Result<()> {
        self.0.store.write(key, &serde_json::to_vec(document)?)
    }
}
