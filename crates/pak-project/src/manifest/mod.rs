//! Readers of manifests: each turns one file into a [`Manifest`] and knows nothing of the others. `detect.rs` calls them.

pub(crate) mod cargo_toml;
pub(crate) mod dockerfile;
pub(crate) mod gradle;
pub(crate) mod oci_layout;
pub(crate) mod package_json;
pub(crate) mod pom_xml;
pub(crate) mod pyproject;
pub(crate) mod setup_cfg;

use std::io::Read;

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::package::About;
use pak_model::{Ecosystem, Problem, Result, code};

use crate::version_scheme::pep440::normalise_name;

/// No manifest made by hand comes near this; a larger file is a mistake or an attack.
const LARGEST: u64 = 4 * 1024 * 1024;

/// What a manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) ecosystem: Ecosystem,
    /// The file, relative to the project.
    pub(crate) file: Utf8PathBuf,
    /// The package's folder, relative to the project; empty for the root.
    pub(crate) folder: Utf8PathBuf,
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    /// Why it is not published.
    pub(crate) withheld: Option<String>,
    /// What it needs, by name in its ecosystem.
    pub(crate) needs: Vec<Need>,
    /// What people read about it.
    pub(crate) about: About,
}

impl Manifest {
    /// What is known of a file before it is read: no name, no version.
    pub(crate) fn new(ecosystem: Ecosystem, file: &Utf8Path) -> Self {
        Self {
            ecosystem,
            file: file.to_owned(),
            folder: folder_of(file),
            name: String::new(),
            version: None,
            withheld: None,
            needs: Vec::new(),
            about: About::default(),
        }
    }
}

/// Another package that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Need {
    pub(crate) name: String,
    /// `false` where a circle through it is normal (peer, development and optional dependencies): it then orders nothing.
    pub(crate) strict: bool,
}

impl Need {
    pub(crate) fn strict(name: impl Into<String>) -> Self {
        Self { name: name.into(), strict: true }
    }

    pub(crate) fn loose(name: impl Into<String>) -> Self {
        Self { name: name.into(), strict: false }
    }
}

/// The outcome of reading one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A package.
    Package(Manifest),
    /// No package, for a reason people may want to know.
    Note(String),
    /// Nothing worth a word.
    Nothing,
}

/// Reads a file of the project as text.
pub(crate) fn read_text(root: &Utf8Path, file: &Utf8Path) -> Result<String> {
    let unreadable = |error: &std::io::Error| {
        Problem::new(code::project::UNREADABLE, format!("{file} cannot be read.")).about("file", file).cause(error)
    };
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(root.join(file)).map_err(|error| unreadable(&error))?;
    opened.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(invalid(file, None, "larger than 4 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|error| invalid(file, None, error.utf8_error()))?;
    // Editors on Windows begin files with a byte order mark; the ecosystems' own tools pass over it.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The problem of a broken manifest, with the parser's own words.
pub(crate) fn invalid(file: &Utf8Path, line: Option<usize>, words: impl std::fmt::Display) -> Problem {
    let place = line.map(|line| format!(", line {line}")).unwrap_or_default();
    let words = words.to_string();
    let problem = Problem::new(
        code::project::MANIFEST_INVALID,
        format!("{file}{place}: {}.", words.trim().trim_end_matches('.')),
    )
    .about("file", file);
    match line {
        Some(line) => problem.about("line", line),
        None => problem,
    }
}

/// Reads TOML into a manifest's shape.
pub(crate) fn from_toml<T: serde::de::DeserializeOwned>(file: &Utf8Path, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| 1 + text.bytes().take(span.start).filter(|byte| *byte == b'\n').count());
        invalid(file, line, error.message()).said(error.to_string().trim_end())
    })
}

/// The folder a file is in; empty for the root.
pub(crate) fn folder_of(file: &Utf8Path) -> Utf8PathBuf {
    file.parent().map(Utf8Path::to_owned).unwrap_or_default()
}

/// The project's name in a Python requirement: `Foo_bar[extra] >= 1; python_version > "3"` is `foo-bar`.
pub(crate) fn requirement_name(requirement: &str) -> Option<String> {
    let requirement = requirement.trim_start();
    let end = requirement
        .find(|character: char| !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')))
        .unwrap_or(requirement.len());
    let name = requirement.get(..end)?;
    if name.is_empty() { None } else { Some(normalise_name(name)) }
}
