//! Which objects belong to a commit: for packs that are sent, and for the check that a push is whole.

use std::collections::{HashMap, HashSet};

use pak_git::{Commit, Error, Kind, Mode, Object, ObjectId, Tree};

use super::repository::Refs;

/// Finds objects.
pub(super) type Find<'a> = &'a dyn Fn(&ObjectId) -> Option<Object>;

/// How far to walk.
#[derive(Default)]
pub(super) struct Scope {
    /// How many commits deep; all of them where nothing is said.
    pub(super) depth: Option<usize>,
    /// Files are left out.
    pub(super) without_files: bool,
}

/// What was walked over, in the order it was found.
#[derive(Default)]
pub(super) struct Walked {
    pub(super) ids: Vec<ObjectId>,
    pub(super) objects: Vec<Object>,
    /// Commits whose parents were left out for the depth alone.
    pub(super) boundary: HashSet<ObjectId>,
    /// Every commit that was walked over, known ones too.
    pub(super) commits: HashSet<ObjectId>,
}

/// Everything that belongs to some objects and is not known. What a known commit builds on is looked at only where a depth is
/// asked for.
pub(super) fn walk(
    from: &[ObjectId],
    known: &HashSet<ObjectId>,
    scope: &Scope,
    find: Find<'_>,
) -> Result<Walked, Error> {
    let mut walk = Walk { known, scope, find, seen: HashMap::new(), walked: Walked::default() };
    for id in from {
        walk.visit(*id)?;
    }
    Ok(walk.walked)
}

/// Whether a commit and everything it builds on is there. What refs are at is whole: it was checked before.
pub(super) fn is_whole(id: ObjectId, refs: &Refs, find: Find<'_>) -> bool {
    let known: HashSet<ObjectId> = refs.iter().map(|(_, id)| id).collect();
    walk(&[id], &known, &Scope::default(), find).is_ok()
}

struct Walk<'a> {
    known: &'a HashSet<ObjectId>,
    scope: &'a Scope,
    find: Find<'a>,
    /// Commits with the depth they were reached at, everything else with 0.
    seen: HashMap<ObjectId, usize>,
    walked: Walked,
}

impl Walk<'_> {
    fn visit(&mut self, id: ObjectId) -> Result<(), Error> {
        // A tag leads to another object, and that one possibly to a third.
        let mut id = id;
        for _ in 0..10 {
            if self.known.contains(&id) && self.scope.depth.is_none() {
                return Ok(());
            }
            let object = (self.find)(&id).ok_or(Error::Missing(id))?;
            match object.kind {
                Kind::Commit => return self.commits(id),
                Kind::Tree => return self.tree(id),
                Kind::Blob => {
                    self.take(id, Some(object));
                    return Ok(());
                }
                Kind::Tag => {
                    let text = String::from_utf8_lossy(&object.data).into_owned();
                    let target = text.lines().next().and_then(|line| line.strip_prefix("object "));
                    self.take(id, Some(object));
                    id = target.ok_or(Error::Broken("a tag"))?.parse()?;
                }
            }
        }
        Err(Error::Broken("a chain of tags"))
    }

    fn commits(&mut self, from: ObjectId) -> Result<(), Error> {
        let mut level = vec![from];
        let mut depth = 1;
        while !level.is_empty() {
            let mut next = Vec::new();
            for id in level {
                if self.seen.contains_key(&id) {
                    continue;
                }
                self.seen.insert(id, depth);
                let known = self.known.contains(&id);
                if known && self.scope.depth.is_none() {
                    continue;
                }
                let object = (self.find)(&id).ok_or(Error::Missing(id))?;
                let commit = Commit::parse(&object.data)?;
                self.walked.commits.insert(id);
                if !known {
                    self.put(id, object);
                    self.tree(commit.tree)?;
                }
                if self.scope.depth == Some(depth) && !commit.parents.is_empty() {
                    self.walked.boundary.insert(id);
                } else {
                    next.extend(commit.parents);
                }
            }
            level = next;
            depth += 1;
        }
        // A commit reached again on a shorter way was walked then already: levels come in the order of depth.
        Ok(())
    }

    fn tree(&mut self, id: ObjectId) -> Result<(), Error> {
        let mut waiting = vec![id];
        while let Some(id) = waiting.pop() {
            if self.known.contains(&id) || self.seen.contains_key(&id) {
                continue;
            }
            let object = (self.find)(&id).filter(|object| object.kind == Kind::Tree).ok_or(Error::Missing(id))?;
            for (_, entry) in Tree::parse(&object.data)?.iter() {
                if entry.mode.is_folder() {
                    waiting.push(entry.id);
                } else if entry.mode != Mode::SUBMODULE && !self.scope.without_files {
                    self.take(entry.id, None);
                    if !self.seen.contains_key(&entry.id) {
                        return Err(Error::Missing(entry.id));
                    }
                }
            }
            self.take(id, Some(object));
        }
        Ok(())
    }

    /// Adds an object that is not known, found here where it is not handed in.
    fn take(&mut self, id: ObjectId, object: Option<Object>) {
        if self.seen.contains_key(&id) {
            return;
        }
        if self.known.contains(&id) {
            self.seen.insert(id, 0);
            return;
        }
        if let Some(object) = object.or_else(|| (self.find)(&id)) {
            self.seen.insert(id, 0);
            self.put(id, object);
        }
    }

    fn put(&mut self, id: ObjectId, object: Object) {
        self.walked.ids.push(id);
        self.walked.objects.push(object);
    }
}
