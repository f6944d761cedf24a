//! Finds files below a root folder and writes changed roots: only the folders on the way are made anew.

use bytes::Bytes;

use crate::error::Error;
use crate::object::{Kind, Object, ObjectId};
use crate::tree::{Entry, Mode, Tree};

/// One file of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where, with slashes: `Formula/greeter.rb`.
    pub path: String,
    /// What is to be there.
    pub content: Content,
}

/// What a file is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// These bytes.
    Bytes(Bytes),
    /// The bytes of a blob that the repository has.
    Blob(ObjectId),
    /// Nothing: the file is not to be there. Folders left empty go with it.
    Nothing,
}

/// A root folder made anew.
#[derive(Debug, Clone)]
pub struct Edited {
    /// Its name.
    pub root: ObjectId,
    /// What the repository may lack: blobs and folders, the root among them.
    pub objects: Vec<Object>,
}

/// What is at a path.
pub type Found = Option<Entry>;

/// What is at a path below a root; nothing where a part of the way is no folder.
pub fn find(root: ObjectId, path: &str, objects: &dyn Fn(&ObjectId) -> Option<Object>) -> Result<Found, Error> {
    let mut at = Entry { mode: Mode::FOLDER, id: root };
    for name in path.split('/') {
        if !at.mode.is_folder() {
            return Ok(None);
        }
        match tree(at.id, objects)?.get(name) {
            Some(entry) => at = entry,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

/// Makes a root with changes. `None` for the root of an empty repository.
pub fn edit(
    root: Option<ObjectId>,
    changes: &[Change],
    objects: &dyn Fn(&ObjectId) -> Option<Object>,
) -> Result<Edited, Error> {
    let mut new = Vec::new();
    let mut steps = Vec::with_capacity(changes.len());
    for change in changes {
        if let Some(why) = unusual(&change.path) {
            return Err(Error::Path(change.path.clone(), why));
        }
        let wanted = match &change.content {
            Content::Bytes(bytes) => {
                let blob = Object::new(Kind::Blob, bytes.clone());
                let id = blob.id();
                new.push(blob);
                Some(id)
            }
            Content::Blob(id) => Some(*id),
            Content::Nothing => None,
        };
        steps.push(Step { path: &change.path, rest: &change.path, wanted });
    }
    let made = folder(root, &steps, objects, &mut new)?;
    // A repository's root may be empty, and is written all the same.
    let root = made.object();
    let id = root.id();
    if !new.iter().any(|object| object.kind == Kind::Tree && object.data == root.data) {
        new.push(root);
    }
    Ok(Edited { root: id, objects: new })
}

/// A change as seen from a folder on its way.
#[derive(Clone, Copy)]
struct Step<'a> {
    path: &'a str,
    rest: &'a str,
    wanted: Option<ObjectId>,
}

/// A folder with changes below it. The depth is that of the paths, which are the caller's own.
fn folder(
    id: Option<ObjectId>,
    steps: &[Step<'_>],
    objects: &dyn Fn(&ObjectId) -> Option<Object>,
    new: &mut Vec<Object>,
) -> Result<Tree, Error> {
    let mut made = id.map_or(Ok(Tree::default()), |id| tree(id, objects))?;
    let mut names: Vec<&str> = steps.iter().map(|step| first(step.rest)).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let (below, here): (Vec<Step<'_>>, Vec<Step<'_>>) =
            steps.iter().filter(|step| first(step.rest) == name).partition(|step| step.rest.contains('/'));
        for step in here {
            let before = made.get(name);
            made.set(name, file(before, step)?);
        }
        if !below.is_empty() {
            let before = made.get(name);
            made.set(name, subfolder(before, &below, objects, new)?);
        }
    }
    Ok(made)
}

fn file(before: Found, step: Step<'_>) -> Result<Found, Error> {
    if before.is_some_and(|entry| entry.mode.is_folder() || entry.mode == Mode::SUBMODULE) {
        return Err(Error::Path(step.path.to_owned(), "is a folder of the repository"));
    }
    let mode = before.map(|entry| entry.mode).filter(|mode| mode.is_file()).unwrap_or(Mode::FILE);
    Ok(step.wanted.map(|id| Entry { mode, id }))
}

fn subfolder(
    before: Found,
    steps: &[Step<'_>],
    objects: &dyn Fn(&ObjectId) -> Option<Object>,
    new: &mut Vec<Object>,
) -> Result<Found, Error> {
    let wants = |step: &&Step<'_>| step.wanted.is_some();
    let id = match before {
        Some(entry) if entry.mode.is_folder() => Some(entry.id),
        None => None,
        // A file stands where a folder would be: nothing is below it to be taken away, and nothing can be put there.
        Some(_) => match steps.iter().find(wants) {
            Some(step) => return Err(Error::Path(step.path.to_owned(), "would be below something that is no folder")),
            None => return Ok(before),
        },
    };
    let steps: Vec<_> = steps.iter().map(|step| Step { rest: after_first(step.rest), ..*step }).collect();
    let made = folder(id, &steps, objects, new)?;
    if made.is_empty() {
        return Ok(None);
    }
    let object = made.object();
    let entry = Entry { mode: Mode::FOLDER, id: object.id() };
    new.push(object);
    Ok(Some(entry))
}

fn tree(id: ObjectId, objects: &dyn Fn(&ObjectId) -> Option<Object>) -> Result<Tree, Error> {
    let object = objects(&id).filter(|object| object.kind == Kind::Tree).ok_or(Error::Missing(id))?;
    Tree::parse(&object.data)
}

fn first(path: &str) -> &str {
    path.split_once('/').map_or(path, |(first, _)| first)
}

fn after_first(path: &str) -> &str {
    path.split_once('/').map_or("", |(_, rest)| rest)
}

/// Why a path cannot be written. `.git` in all its spellings would be taken over by a checkout.
fn unusual(path: &str) -> Option<&'static str> {
    let reserved = |part: &str| {
        let bare = part.trim_end_matches([' ', '.']).to_ascii_lowercase();
        bare == ".git" || bare == "git~1" || part.starts_with(".git:")
    };
    if path.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
        Some("is not a path inside the repository")
    } else if path.contains(|c: char| c.is_control() || c == '\\') {
        Some("has characters that not every checkout can hold")
    } else if path.split('/').any(reserved) {
        Some("is git's own folder")
    } else if path.len() > 4096 {
        Some("is too long")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// A root with changes carried out one after the other, and everything made on the way.
    #[derive(Default)]
    struct Repository {
        root: Option<ObjectId>,
        objects: HashMap<ObjectId, Object>,
    }

    impl Repository {
        fn edit(&mut self, changes: &[(&str, Option<&str>)]) -> Result<(), Error> {
            let content =
                |text: Option<&str>| text.map_or(Content::Nothing, |text| Content::Bytes(text.to_owned().into()));
            let changes: Vec<_> = changes
                .iter()
                .map(|(path, text)| Change { path: (*path).to_owned(), content: content(*text) })
                .collect();
            let edited = edit(self.root, &changes, &|id| self.objects.get(id).cloned())?;
            self.root = Some(edited.root);
            self.objects.extend(edited.objects.into_iter().map(|object| (object.id(), object)));
            Ok(())
        }

        fn read(&self, path: &str) -> Option<String> {
            let entry = find(self.root?, path, &|id| self.objects.get(id).cloned()).unwrap()?;
            Some(String::from_utf8_lossy(&self.objects[&entry.id].data).into_owned())
        }
    }

    #[test]
    fn files_come_change_and_go() {
        let mut repository = Repository::default();
        repository.edit(&[("a/b/c.rb", Some("one")), ("a/d.rb", Some("two")), ("e", Some("three"))]).unwrap();
        assert_eq!(repository.read("a/b/c.rb").as_deref(), Some("one"));
        assert_eq!(repository.read("e/x"), None);
        repository.edit(&[("a/b/c.rb", Some("four")), ("a/d.rb", None), ("not/there", None)]).unwrap();
        assert_eq!(repository.read("a/b/c.rb").as_deref(), Some("four"));
        assert_eq!((repository.read("a/d.rb"), repository.read("not")), (None, None));
        repository.edit(&[("a/b/c.rb", None), ("e/below", None)]).unwrap();
        assert_eq!((repository.read("a"), repository.read("e").as_deref()), (None, Some("three")));
        repository.edit(&[("e", None)]).unwrap();
        assert_eq!(repository.root, Some(Tree::default().object().id()), "an empty root is a tree like others");
    }

    #[test]
    fn paths_that_harm_are_refused() {
        let mut repository = Repository::default();
        repository.edit(&[("a/b", Some("x"))]).unwrap();
        let before = repository.root;
        let refused = [
            "",
            "/",
            "/x",
            "x/",
            "x//y",
            ".",
            "../x",
            "a/../b",
            ".git/hooks/update",
            "x/.GIT/y",
            "x/.git. ",
            "git~1/x",
            "a\\b",
            "a\0b",
            "a\nb",
            "a",
            "a/b/c",
        ];
        for path in refused {
            assert!(matches!(repository.edit(&[(path, Some("y"))]), Err(Error::Path(..))), "{path:?}");
        }
        assert_eq!(repository.root, before);
        repository.edit(&[(".github/x", Some("y")), (".gitignore", Some("z"))]).unwrap();
    }

    #[test]
    fn a_missing_folder_is_told() {
        let root = ObjectId::of(Kind::Tree, b"x");
        assert_eq!(find(root, "a", &|_| None), Err(Error::Missing(root)));
        let change = Change { path: "a".into(), content: Content::Blob(root) };
        assert_eq!(edit(Some(root), &[change], &|_| None).unwrap_err(), Error::Missing(root));
    }
}
