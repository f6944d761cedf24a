//! What an artifact holds, gathered in one walk: each file's name, size, mode, content's digest, and what its code does.

use std::collections::HashMap;

use super::binaries::Binary;
use super::code::{Code, Language};
use super::form::{Form, stable};
use super::{Subject, sources};
use crate::archive::{Limits, MemberKind, format_of, walk};
use crate::report::Notice;

/// Manifests and settings are kept as text up to this.
const MOST_TEXT: usize = 2 << 20;

/// One file of the artifact.
#[derive(Debug)]
pub(super) struct File {
    /// Where it is, as reports show it.
    pub(super) path: String,
    /// Below the package's root.
    pub(super) inner: String,
    /// The same, without what changes from version to version.
    pub(super) stable: String,
    pub(super) size: u64,
    pub(super) mode: Option<u32>,
    /// The content's digest.
    pub(super) digest: [u8; 32],
    /// Where a link leads.
    pub(super) link: Option<String>,
    pub(super) binary: Option<Binary>,
    pub(super) code: Option<Code>,
    /// The whole text of files that rules read.
    pub(super) text: Option<String>,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) form: Form,
    pub(super) files: Vec<File>,
    pub(super) total: u64,
    pub(super) notices: Vec<Notice>,
    places: HashMap<String, usize>,
}

impl Facts {
    /// Unpacks and looks.
    pub(super) fn gather(subject: &Subject<'_>, limits: &Limits) -> Self {
        let mut form = Form::of(subject.name, subject.ecosystem);
        if form == Form::Other && is_sdist(subject) {
            form = Form::Sdist;
        }
        let mut files: Vec<File> = Vec::new();
        let is_image = |path: &str| path.contains("blobs/sha256/") || path.contains("layer.tar!/");
        let mut add = |path: &str, link: Option<&str>, mode, size, bytes: &[u8]| {
            let inner = form.inner(path);
            let language = if is_image(path) || link.is_some() { None } else { Language::of(&inner, bytes) };
            files.push(File {
                stable: stable(&inner),
                digest: sources::digest(bytes),
                link: link.map(str::to_owned),
                binary: if is_image(path) { None } else { Binary::of(path, bytes) },
                code: language.map(|language| Code::read(language, bytes)),
                text: keeps_text(&inner)
                    .then(|| bytes.get(..MOST_TEXT).unwrap_or(bytes))
                    .map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
                path: path.to_owned(),
                inner,
                size,
                mode,
            });
        };
        let notices = if format_of(subject.name, subject.bytes).is_some() {
            walk(subject.name, subject.bytes, limits, &mut |member| match member.kind {
                MemberKind::File => add(member.path, None, member.mode, member.size, member.bytes),
                MemberKind::Symlink { to } => add(member.path, Some(to), None, 0, &[]),
                MemberKind::Directory | MemberKind::Hardlink { .. } | MemberKind::Device => {}
            })
        } else {
            // A single file that people download: a program, a POM.
            add(subject.name, None, None, subject.bytes.len() as u64, subject.bytes);
            Vec::new()
        };
        let total = files.iter().filter(|file| !file.inner.contains("!/")).map(|file| file.size).sum();
        let places = files.iter().enumerate().map(|(index, file)| (file.inner.clone(), index)).collect();
        let version = subject.version.map(str::to_owned);
        Self { name: subject.name.to_owned(), version, form, files, total, notices, places }
    }

    /// A file by its path below the root.
    pub(super) fn file(&self, inner: &str) -> Option<&File> {
        self.places.get(inner).and_then(|index| self.files.get(*index))
    }

    /// What to call it: with its version where that is known.
    pub(super) fn title(&self) -> String {
        match &self.version {
            Some(version) if !self.name.contains(version.as_str()) => format!("{} {version}", self.name),
            _ => self.name.clone(),
        }
    }
}

/// Whether an archive without an ecosystem is a Python source distribution: `name-version/PKG-INFO` is in it.
fn is_sdist(subject: &Subject<'_>) -> bool {
    if !subject.name.ends_with(".tar.gz") && !subject.name.ends_with(".zip") {
        return false;
    }
    let mut found = false;
    walk(subject.name, subject.bytes, &Limits { depth: 0, ..Limits::default() }, &mut |member| {
        let inner = member.path.split_once("!/").map_or("", |(_, inner)| inner);
        found |= inner.split_once('/').is_some_and(|(_, rest)| rest == "PKG-INFO");
    });
    found
}

/// Files whose text rules read.
fn keeps_text(inner: &str) -> bool {
    let file = inner.rsplit('/').next().unwrap_or(inner);
    let ends = |endings: &[&str]| endings.iter().any(|ending| file.ends_with(ending));
    matches!(
        file,
        "package.json"
            | "PKG-INFO"
            | "METADATA"
            | "RECORD"
            | "Cargo.toml"
            | "setup.py"
            | "pyproject.toml"
            | ".npmrc"
            | ".pypirc"
            | ".netrc"
            | "pom.xml"
            | "metadata"
            | "credentials"
            | "credentials.toml"
            | "config.json"
            | "entry_points.txt"
            | "binding.gyp"
            | "MANIFEST.MF"
    ) || ends(&[".pth", ".map", ".pem", ".key", ".nuspec", ".targets", ".props", ".pom"])
        || file.starts_with("id_")
        || inner.starts_with("DEBIAN/")
}
