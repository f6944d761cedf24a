//! Folders.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::error::Error;
use crate::object::{Kind, Object, ObjectId};

/// What an entry is: git's file modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode(u32);

impl Mode {
    /// An ordinary file.
    pub const FILE: Self = Self(0o100_644);
    /// A file that can be run.
    pub const EXECUTABLE: Self = Self(0o100_755);
    /// A symbolic link.
    pub const LINK: Self = Self(0o120_000);
    /// A folder.
    pub const FOLDER: Self = Self(0o40_000);
    /// A commit of another repository.
    pub const SUBMODULE: Self = Self(0o160_000);

    /// Whether it is a folder.
    pub fn is_folder(self) -> bool {
        self.0 & 0o170_000 == 0o40_000
    }

    /// Whether it is a file, executable or not.
    pub fn is_file(self) -> bool {
        self.0 & 0o170_000 == 0o100_000
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:o}", self.0)
    }
}

/// What a name in a folder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub mode: Mode,
    /// Its content.
    pub id: ObjectId,
}

/// A folder: names, which need not be text, and what they stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree(BTreeMap<Vec<u8>, Entry>);

impl Tree {
    /// Reads a tree.
    pub fn parse(mut data: &[u8]) -> Result<Self, Error> {
        let mut entries = BTreeMap::new();
        while !data.is_empty() {
            let (name, entry, rest) = entry(data).ok_or(Error::Broken("a tree"))?;
            entries.insert(name, entry);
            data = rest;
        }
        Ok(Self(entries))
    }

    /// The tree as an object, its entries in git's order.
    pub fn object(&self) -> Object {
        let mut entries: Vec<_> = self.0.iter().collect();
        entries.sort_by(order);
        let mut data = Vec::new();
        for (name, entry) in entries {
            data.extend_from_slice(format!("{} ", entry.mode).as_bytes());
            data.extend_from_slice(name);
            data.push(0);
            data.extend_from_slice(entry.id.as_bytes());
        }
        Object::new(Kind::Tree, data)
    }

    /// What a name stands for.
    pub fn get(&self, name: &str) -> Option<Entry> {
        self.0.get(name.as_bytes()).copied()
    }

    /// Names and what they stand for.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Entry)> {
        self.0.iter().map(|(name, entry)| (name.as_slice(), *entry))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives a name its meaning, or none.
    pub(crate) fn set(&mut self, name: &str, entry: Option<Entry>) {
        match entry {
            Some(entry) => self.0.insert(name.as_bytes().to_vec(), entry),
            None => self.0.remove(name.as_bytes()),
        };
    }
}

/// Bytewise, folders as if their names ended in `/`.
fn order((a, left): &(&Vec<u8>, &Entry), (b, right): &(&Vec<u8>, &Entry)) -> Ordering {
    let end = |entry: &Entry| entry.mode.is_folder().then_some(&b'/');
    a.iter().chain(end(left)).cmp(b.iter().chain(end(right)))
}

fn entry(data: &[u8]) -> Option<(Vec<u8>, Entry, &[u8])> {
    let space = data.iter().position(|byte| *byte == b' ').filter(|length| (1..=7).contains(length))?;
    let (mode, rest) = data.split_at_checked(space)?;
    let mode = u32::from_str_radix(std::str::from_utf8(mode).ok()?, 8).ok()?;
    let rest = rest.get(1..)?;
    let (name, rest) = rest.split_at_checked(rest.iter().position(|byte| *byte == 0)?)?;
    let (id, rest) = rest.get(1..)?.split_at_checked(ObjectId::LENGTH)?;
    (!name.is_empty() && !name.contains(&b'/')).then_some(())?;
    Some((name.to_vec(), Entry { mode: Mode(mode), id: ObjectId::from_bytes(id)? }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_in_gits_order() {
        let blob = ObjectId::of(Kind::Blob, b"");
        let mut tree = Tree::default();
        for (name, mode) in [("a", Mode::FOLDER), ("a.b", Mode::FILE), ("a0", Mode::FILE), ("a-", Mode::EXECUTABLE)] {
            tree.set(name, Some(Entry { mode, id: blob }));
        }
        let object = tree.object();
        let text = String::from_utf8_lossy(&object.data).into_owned();
        let places: Vec<_> =
            ["100755 a-\0", "100644 a.b\0", "40000 a\0", "100644 a0\0"].map(|part| text.find(part).unwrap()).to_vec();
        assert!(places.is_sorted(), "{text:?}");
        assert_eq!(Tree::parse(&object.data).unwrap(), tree);
        assert_eq!(Tree::default().object().id().to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    }

    #[test]
    fn odd_trees_are_errors() {
        let id = "\x01".repeat(20);
        for bad in ["100644", "100644 a", "100644 a\0short", " a\0", "9 a\0", "1000644444 a\0"] {
            assert!(Tree::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
        for bad in ["100644 a/b\0", "100644 \0"] {
            assert!(Tree::parse(format!("{bad}{id}").as_bytes()).is_err(), "{bad:?}");
        }
    }
}
