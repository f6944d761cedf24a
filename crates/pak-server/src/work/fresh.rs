//! A folder that is filled from what others sent: an archive, a commit, a directory. Called by `source.rs` and `archive.rs`.
//!
//! Nothing is written outside of it, over something, or without end. Links are made last, so that nothing is written through
//! one, and only those stay that lead to something inside.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};

/// How much a source may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Files, folders and links.
    pub(super) entries: usize,
    /// Bytes of all files.
    pub(super) bytes: u64,
}

/// What a project's source may hold.
pub(super) const LIMITS: Limits = Limits { entries: 100_000, bytes: 2 << 30 };
/// The longest path.
const LONGEST_PATH: usize = 1000;

/// A folder being filled.
pub(super) struct Fresh {
    root: Utf8PathBuf,
    left: Limits,
    limits: Limits,
    /// Paths in small letters, as some systems see them, with their own spelling.
    names: HashMap<String, Known>,
    links: Vec<(String, String)>,
}

struct Known {
    spelling: String,
    is_folder: bool,
}

impl Fresh {
    /// Makes the folder, which must not be there yet.
    pub(super) fn new(root: &Utf8Path, limits: Limits) -> Result<Self> {
        fs::create_dir_all(root.parent().unwrap_or(root))
            .and_then(|()| fs::create_dir(root))
            .map_err(|error| unwritable(root, &error))?;
        Ok(Self { root: root.to_owned(), left: limits, limits, names: HashMap::new(), links: Vec::new() })
    }

    /// A folder. One that is there already stays.
    pub(super) fn folder(&mut self, path: &str) -> Result<()> {
        let path = plain(path)?;
        if path.is_empty() { Ok(()) } else { self.place(&path, true).map(drop) }
    }

    /// A file. Gives how many bytes it took.
    pub(super) fn file(&mut self, path: &str, executable: bool, content: &mut dyn Read) -> Result<u64> {
        let path = plain(path)?;
        let full = self.place(&path, false)?;
        let mut file =
            OpenOptions::new().write(true).create_new(true).open(&full).map_err(|error| unwritable(&full, &error))?;
        let mut taken = 0;
        let mut chunk = vec![0; 64 << 10];
        loop {
            let read = content.read(&mut chunk).map_err(|error| unreadable(&path, &error))?;
            if read == 0 {
                break;
            }
            taken += read as u64;
            self.left.bytes =
                self.left.bytes.checked_sub(read as u64).ok_or_else(|| too_large("bytes", self.limits.bytes))?;
            let piece = chunk.get(..read).unwrap_or_default();
            io::Write::write_all(&mut file, piece).map_err(|error| unwritable(&full, &error))?;
        }
        if executable {
            make_executable(&file).map_err(|error| unwritable(&full, &error))?;
        }
        Ok(taken)
    }

    /// A symbolic link. It is made by [`Fresh::finish`].
    pub(super) fn link(&mut self, path: &str, target: &str) -> Result<()> {
        let path = plain(path)?;
        if target.is_empty() || target.len() > LONGEST_PATH || target.contains('\0') {
            return Err(refused(&path, "is a link to nothing"));
        }
        if target.starts_with('/') || target.contains('\\') || target.as_bytes().get(1) == Some(&b':') {
            return Err(refused(&path, "is a link that leads out of the source"));
        }
        self.place(&path, false)?;
        self.links.push((path, target.to_owned()));
        Ok(())
    }

    /// Takes a single folder at the top away, where `strip` says so, makes the links, and gives the folder.
    pub(super) fn finish(mut self, strip: bool) -> Result<()> {
        let tops: std::collections::BTreeSet<&str> =
            self.names.values().map(|known| known.spelling.split('/').next().unwrap_or_default()).collect();
        let only = if tops.len() == 1 { tops.first().map(|top| (*top).to_owned()) } else { None };
        if let Some(top) =
            only.filter(|top| strip && self.names.get(&top.to_lowercase()).is_some_and(|one| one.is_folder))
        {
            let aside = Utf8PathBuf::from(format!("{}.whole", self.root));
            fs::rename(&self.root, &aside)
                .and_then(|()| fs::rename(aside.join(&top), &self.root))
                .and_then(|()| fs::remove_dir(&aside))
                .map_err(|error| unwritable(&self.root, &error))?;
            for (path, _) in &mut self.links {
                *path = path.get(top.len() + 1..).unwrap_or_default().to_owned();
            }
        }
        let root = self.root.canonicalize_utf8().map_err(|error| unwritable(&self.root, &error))?;
        for (path, target) in &self.links {
            let full = root.join(path);
            make_link(target, &full).map_err(|error| unwritable(&full, &error))?;
        }
        // Only now: a link may lead through another.
        for (path, _) in &self.links {
            let leads = root.join(path).canonicalize_utf8();
            if !leads.is_ok_and(|leads| leads.starts_with(&root)) {
                return Err(refused(path, "is a link that leads out of the source, or to nothing"));
            }
        }
        Ok(())
    }

    /// Notes a path and makes the folders above it. `folder`: it is one itself.
    fn place(&mut self, path: &str, folder: bool) -> Result<Utf8PathBuf> {
        if path.is_empty() {
            return Err(refused(path, "has no name"));
        }
        for (end, _) in path.match_indices('/') {
            self.note(path.get(..end).unwrap_or_default(), true)?;
        }
        self.note(path, folder)?;
        Ok(self.root.join(path))
    }

    fn note(&mut self, path: &str, is_folder: bool) -> Result<()> {
        if let Some(known) = self.names.get(&path.to_lowercase()) {
            if known.spelling != path {
                return Err(refused(path, format!("differs from `{}` only by case", known.spelling)));
            }
            return if known.is_folder && is_folder { Ok(()) } else { Err(refused(path, "is in it twice")) };
        }
        self.left.entries =
            self.left.entries.checked_sub(1).ok_or_else(|| too_large("files", self.limits.entries as u64))?;
        if is_folder {
            let full = self.root.join(path);
            fs::create_dir(&full).map_err(|error| unwritable(&full, &error))?;
        }
        self.names.insert(path.to_lowercase(), Known { spelling: path.to_owned(), is_folder });
        Ok(())
    }
}

fn too_large(what: &str, limit: u64) -> Problem {
    Problem::new(code::server::SOURCE_TOO_LARGE, format!("The source holds more than {limit} {what}."))
}

/// A path of plain names. `./a//b/` is `a/b`; what leads anywhere else is refused.
fn plain(path: &str) -> Result<String> {
    if path.len() > LONGEST_PATH {
        return Err(refused(path.get(..80).unwrap_or("a name"), "is a path longer than 1000 bytes"));
    }
    if path.starts_with('/') || path.as_bytes().get(1) == Some(&b':') {
        return Err(refused(path, "is an absolute path"));
    }
    let words: Vec<&str> = path.split('/').filter(|word| !matches!(*word, "" | ".")).collect();
    if words.contains(&"..") || path.contains('\\') {
        return Err(refused(path, "leads out of the source"));
    }
    if path.chars().any(char::is_control) {
        return Err(refused(path, "has a name with control characters"));
    }
    Ok(words.join("/"))
}

/// What is not unpacked, and why.
pub(super) fn refused(path: &str, why: impl std::fmt::Display) -> Problem {
    let shown: String = path.chars().map(|c| if c.is_control() { '?' } else { c }).take(200).collect();
    Problem::new(code::server::SOURCE_REFUSED, format!("`{shown}` in the source {why}.")).about("file", shown)
}

fn unreadable(path: &str, error: &io::Error) -> Problem {
    Problem::new(code::server::SOURCE, format!("`{path}` of the source cannot be read."))
        .about("file", path)
        .cause(error)
}

fn unwritable(path: &Utf8Path, error: &io::Error) -> Problem {
    Problem::new(code::server::DATA_FOLDER, format!("{path} cannot be written.")).about("file", path).cause(error)
}

/// Windows has no such mark.
fn make_executable(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// Elsewhere than on Unix a link is a file that says where it would lead, as git has it there.
fn make_link(target: &str, at: &Utf8Path) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::symlink(target, at);
    #[cfg(not(unix))]
    return fs::write(at, target);
}
