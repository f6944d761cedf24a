//! The door to the embedded git server's repositories.

use std::collections::HashSet;
use std::io;

use pak_git::{Change, Commit, Content, Kind, ObjectId, Person, Tree, edit};

use crate::access;
use crate::registries::Shared;
use crate::registries::git::Repository;

/// A repository that a forge shows. Those of the sandbox's own accounts are there once somebody pushed to them; others stand in
/// for what a project names, and begin with a first commit, so that something can be proposed to them.
pub(super) async fn open(shared: &Shared, path: &str) -> io::Result<Option<Repository>> {
    let Some(repository) = Repository::open(&shared.store, path) else { return Ok(None) };
    let owner = super::owner(path);
    if !repository.exists() && ![access::USER, access::UPSTREAM].contains(&owner) {
        begin(&repository, path).await?;
    }
    Ok(repository.exists().then_some(repository))
}

async fn begin(repository: &Repository, path: &str) -> io::Result<()> {
    let readme = Change { path: "README.md".to_owned(), content: Content::Bytes(format!("# {path}\n").into()) };
    let edited = edit(None, &[readme], &|id| repository.object(id)).map_err(io::Error::other)?;
    for object in &edited.objects {
        repository.keep(object)?;
    }
    let author = Person { name: "sandbox".to_owned(), email: "sandbox@localhost".to_owned() };
    let first = Commit { tree: edited.root, parents: Vec::new(), message: "Begin".to_owned() };
    let commit = repository.keep(&first.object(&author, jiff::Timestamp::now().as_second()))?;
    let branch = default_branch(repository)?;
    repository.move_branch(&branch, ObjectId::ZERO, commit).await?;
    Ok(())
}

pub(super) fn default_branch(repository: &Repository) -> io::Result<String> {
    let head = repository.refs()?.head;
    Ok(head.strip_prefix("refs/heads/").unwrap_or(&head).to_owned())
}

/// Deletes a branch; whether there was one.
pub(super) async fn delete(repository: &Repository, branch: &str) -> io::Result<bool> {
    let Some(tip) = repository.tip(Some(branch))? else { return Ok(false) };
    repository.move_branch(branch, tip, ObjectId::ZERO).await
}

/// Brings a branch to another repository's commit, which must follow it; whether that was so.
pub(super) async fn advance(
    repository: &Repository,
    branch: &str,
    from: &Repository,
    to: ObjectId,
) -> io::Result<bool> {
    let Some(tip) = repository.tip(Some(branch))? else { return Ok(false) };
    let history = objects(from, to, |kind| kind == Kind::Commit)?;
    if !history.contains(&tip) {
        return Ok(false);
    }
    for id in objects(from, to, |_| true)? {
        if let Some(object) = from.object(&id).filter(|_| repository.object(&id).is_none()) {
            repository.keep(&object)?;
        }
    }
    repository.move_branch(branch, tip, to).await
}

/// A commit and what it is made of and built on, as far as the kind is wanted.
fn objects(repository: &Repository, commit: ObjectId, wanted: impl Fn(Kind) -> bool) -> io::Result<HashSet<ObjectId>> {
    let mut seen = HashSet::new();
    let mut waiting = vec![commit];
    while let Some(id) = waiting.pop() {
        let Some(object) = repository.object(&id).filter(|object| wanted(object.kind)) else { continue };
        if !seen.insert(id) {
            continue;
        }
        match object.kind {
            Kind::Commit => {
                let commit = Commit::parse(&object.data).map_err(io::Error::other)?;
                waiting.push(commit.tree);
                waiting.extend(commit.parents);
            }
            Kind::Tree => {
                let tree = Tree::parse(&object.data).map_err(io::Error::other)?;
                waiting.extend(tree.iter().map(|(_, entry)| entry.id));
            }
            Kind::Blob | Kind::Tag => {}
        }
    }
    Ok(seen)
}
