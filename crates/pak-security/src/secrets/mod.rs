//! Credentials in the open: in a tree, in an artifact, in a repository's history.
//!
//! The way of a byte: `prefilter` looks for every rule's keyword in one pass; `scan` matches the rule there (`rules`), checks
//! the structure (`checks`), asks what the surroundings say (`assign`, `names`, `files`, `context`, `generic`) and decodes
//! (`decode`); comments (`allow`) and the [`baseline`] accept what is known. No value ever leaves this module: findings carry
//! a keyed hash of it.

pub mod baseline;
pub mod history;

mod allow;
mod assign;
mod checks;
mod context;
mod decode;
mod entropy;
mod files;
mod finding;
mod generic;
mod names;
mod prefilter;
mod rules;
mod scan;
mod stream;
mod words;

use camino::Utf8Path;
use globset::{Glob, GlobSet, GlobSetBuilder};
use rayon::prelude::*;

use crate::report::{Finding, Notice, NoticeKind};
use crate::tree::{self, Selection};
use files::Profile;

/// What to look at and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Look into archives, archives within archives too.
    pub archives: bool,
    /// Decode base64 and hex.
    pub decode: bool,
    /// Leave out what `.gitignore` leaves out.
    pub respect_ignore_files: bool,
    /// Paths that are not looked at, as globs over the relative path.
    pub exclude: GlobSet,
}

impl Default for Options {
    fn default() -> Self {
        Self { archives: true, decode: true, respect_ignore_files: false, exclude: GlobSet::empty() }
    }
}

impl Options {
    /// Leaves out paths; a glob that is none is handed back.
    pub fn excluding<'a>(mut self, globs: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            set.add(Glob::new(glob).map_err(|_| glob.to_owned())?);
        }
        self.exclude = set.build().map_err(|error| error.to_string())?;
        Ok(self)
    }
}

/// Scans every file below `root`, or `root` itself; archives by their members.
pub fn scan_tree(root: &Utf8Path, options: &Options) -> (Vec<Finding>, Vec<Notice>) {
    let selection = Selection { respect_ignore_files: options.respect_ignore_files, skip_folders: Vec::new() };
    let (files, mut notices) = tree::files(root, &selection);
    let scanned: Vec<(Vec<Finding>, Vec<Notice>)> = files
        .par_iter()
        .filter(|file| !options.exclude.is_match(&file.relative))
        .map(|file| {
            stream::scan_file(&file.path, &file.relative, file.size, options)
                .unwrap_or_else(|error| (Vec::new(), vec![unreadable(&file.relative, &error)]))
        })
        .collect();
    let mut findings = Vec::new();
    for (of_file, about_file) in scanned {
        findings.extend(of_file);
        notices.extend(about_file);
    }
    (findings, notices)
}

fn unreadable(path: &str, error: &std::io::Error) -> Notice {
    Notice {
        kind: NoticeKind::Unreadable,
        path: Some(path.to_owned()),
        message: format!("{path} cannot be read: {error}."),
        remedy: "Give pak the right to read it, or leave it out.".to_owned(),
    }
}

/// Scans bytes that are called `path`. Archives are not opened.
pub fn scan_bytes(path: &str, bytes: &[u8], options: &Options) -> Vec<Finding> {
    let profile = Profile::of(path);
    if profile.skipped { Vec::new() } else { stream::scan_whole(path, bytes, &profile, options) }
}
