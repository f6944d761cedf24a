//! A commit with everything in it, for a checkout. Names come from whoever wrote the commit: whoever writes them to disk checks them.

use bytes::Bytes;
use pak_git::pack::Objects;
use pak_git::{Commit, Error, Kind, Mode, Object, ObjectId, Tree};
use pak_model::{Problem, Result, code};

use super::address::Remote;
use super::problem;

/// Tags that name tags, at the most.
const TAGS: usize = 5;
/// Folders in folders, at the most.
const DEPTH: usize = 100;

/// A commit as it was read. Every object was checked against its name.
#[derive(Debug)]
pub struct Snapshot {
    remote: Remote,
    commit: ObjectId,
    seconds: Option<i64>,
    root: ObjectId,
    objects: Objects,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A folder; what is in it comes next.
    Folder,
    /// A file.
    File {
        /// Its content.
        bytes: Bytes,
        /// Whether it can be run.
        executable: bool,
    },
    /// A symbolic link, and where it leads.
    Link(String),
    /// Another repository, which is not read.
    Submodule,
}

impl Snapshot {
    pub(super) fn new(remote: &Remote, mut id: ObjectId, objects: Objects) -> Result<Self, Error> {
        for _ in 0..TAGS {
            let Some(tag) = objects.get(&id).filter(|object| object.kind == Kind::Tag) else { break };
            let first = tag.data.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let named = std::str::from_utf8(first).ok().and_then(|line| line.strip_prefix("object "));
            id = named.ok_or(Error::Broken("a tag"))?.parse()?;
        }
        let commit = objects.get(&id).filter(|object| object.kind == Kind::Commit).ok_or(Error::Missing(id))?;
        let (root, seconds) = (Commit::parse(&commit.data)?.tree, seconds(commit));
        Ok(Self { remote: remote.clone(), commit: id, seconds, root, objects })
    }

    /// The commit.
    pub fn commit(&self) -> ObjectId {
        self.commit
    }

    /// When it was committed, in seconds since 1970, as it says.
    pub fn seconds(&self) -> Option<i64> {
        self.seconds
    }

    /// Visits everything, folders before what is in them. A few objects can stand for very many paths: the visitor ends it.
    pub fn walk(&self, visit: &mut dyn FnMut(&str, Item) -> Result<()>) -> Result<()> {
        self.folder(self.root, "", 0, visit)
    }

    fn folder(
        &self,
        id: ObjectId,
        path: &str,
        depth: usize,
        visit: &mut dyn FnMut(&str, Item) -> Result<()>,
    ) -> Result<()> {
        let broken = |error: &Error| problem::broken(&self.remote, error);
        if depth > DEPTH {
            return Err(broken(&Error::TooLarge("its folders")));
        }
        let tree = Tree::parse(&self.object(id, Kind::Tree)?.data).map_err(|error| broken(&error))?;
        for (name, entry) in tree.iter() {
            let Ok(name) = std::str::from_utf8(name) else {
                let shown = self.remote.shown();
                let text = format!("{shown} has a file in `{path}` whose name is not UTF-8.");
                return Err(Problem::new(code::git::PATH_REFUSED, text).about("url", shown));
            };
            let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            if entry.mode.is_folder() {
                visit(&path, Item::Folder)?;
                self.folder(entry.id, &path, depth + 1, visit)?;
                continue;
            }
            let item = match entry.mode {
                Mode::SUBMODULE => Item::Submodule,
                Mode::LINK => {
                    Item::Link(String::from_utf8_lossy(&self.object(entry.id, Kind::Blob)?.data).into_owned())
                }
                mode if mode.is_file() => {
                    let bytes = self.object(entry.id, Kind::Blob)?.data.clone();
                    Item::File { bytes, executable: mode == Mode::EXECUTABLE }
                }
                _ => return Err(broken(&Error::Broken("a tree"))),
            };
            visit(&path, item)?;
        }
        Ok(())
    }

    fn object(&self, id: ObjectId, kind: Kind) -> Result<&Object> {
        let found = self.objects.get(&id).filter(|object| object.kind == kind);
        found.ok_or_else(|| problem::broken(&self.remote, &Error::Missing(id)))
    }
}

/// `committer Name <address> 1700000000 +0000`.
fn seconds(commit: &Object) -> Option<i64> {
    let text = String::from_utf8_lossy(&commit.data);
    let line = text.lines().take_while(|line| !line.is_empty()).find(|line| line.starts_with("committer "))?;
    line.rsplit(' ').nth(1)?.parse().ok()
}
