//! What the packages that lie in a tree or an artifact say of their licences: in their manifests, and by the texts they bring.
//!
//! Lock files seldom know licences; the unpacked packages beside them do (`node_modules`, `site-packages`, `vendor`, the
//! sources of Cargo's registry, jars).

mod manifests;
mod project;

use std::collections::{BTreeMap, HashMap};

use camino::Utf8Path;
use rayon::prelude::*;

pub use project::project;

use super::detect::{Detected, detect, expression_of, same_text};
use super::expression::Expression;
use super::lax;
use crate::archive::{self, Limits, MemberKind};
use crate::inventory::purl::Purl;
use crate::report::{Certainty, Component, Licence, Notice, NoticeKind, Origin, Scope};
use crate::tree::{self, Selection};

/// The largest manifest that is read; Composer's lists every package of a project.
const LARGEST_MANIFEST: u64 = 32 << 20;
/// The largest licence text that is read.
const LARGEST_TEXT: u64 = 1 << 20;

/// A package that lies unpacked in a tree or an archive.
#[derive(Debug, Clone, PartialEq)]
pub struct Installed {
    /// What it is.
    pub purl: Purl,
    /// The manifest that says so.
    pub path: String,
    /// What the manifest says of the licence, as it says it; several where it has a list, which is a choice.
    pub declared: Vec<String>,
    /// The licence texts and notices beside the manifest.
    pub texts: Vec<LicenceText>,
}

/// A licence text or a notice.
#[derive(Debug, Clone, PartialEq)]
pub struct LicenceText {
    /// Where it is.
    pub path: String,
    /// What it says.
    pub text: String,
    /// The licences it holds. Not looked for in notices, which name those of others.
    pub detected: Vec<Detected>,
}

/// How what a package declares and the texts it brings agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreement {
    /// They say the same, or only one of them says something.
    Agree,
    /// The texts hold the declared licence, and these besides.
    More(Vec<String>),
    /// The texts are other licences.
    Disagree(Vec<String>),
}

impl Installed {
    /// What is known of the licence.
    pub fn licence(&self) -> Licence {
        let reading = lax::read_any(&self.declared).map(|reading| reading.expression);
        let detected = self.detected();
        let concluded = match (&reading, &detected) {
            // Both may be meant: whoever uses it had better keep to both.
            (Some(reading), Some(detected)) if matches!(self.agreement(), Agreement::Disagree(_)) => {
                Expression::all([reading.clone(), detected.clone()])
            }
            (Some(reading), _) => Some(reading.clone()),
            (None, detected) => detected.clone(),
        };
        Licence {
            declared: (!self.declared.is_empty()).then(|| self.declared.join(" OR ")),
            detected: detected.map(|expression| expression.to_string()),
            concluded: concluded.map(|expression| expression.to_string()),
        }
    }

    fn detected(&self) -> Option<Expression> {
        Expression::all(self.texts.iter().filter_map(|text| expression_of(&text.detected)))
    }

    /// Whether the texts are what is declared.
    pub fn agreement(&self) -> Agreement {
        let Some(reading) = lax::read_any(&self.declared) else { return Agreement::Agree };
        let declared: Vec<String> =
            reading.expression.licences().iter().filter_map(|one| Some(one.license.id()?.name.to_owned())).collect();
        let mut others: Vec<String> = Vec::new();
        let mut agree = false;
        for found in self.texts.iter().flat_map(|text| &text.detected) {
            // A weak likeness may be an own text that began as this one.
            if declared.iter().any(|id| same_text(id, &found.id)) {
                agree = true;
            } else if found.confidence >= 0.9 && !others.contains(&found.id) {
                others.push(found.id.clone());
            }
        }
        match (others.is_empty(), agree || declared.is_empty()) {
            (true, _) => Agreement::Agree,
            (false, true) => Agreement::More(others),
            (false, false) => Agreement::Disagree(others),
        }
    }

    /// The package as a component, where no lock file names it.
    pub fn component(&self) -> Component {
        Component {
            purl: self.purl.to_string(),
            ecosystem: match self.purl.kind.as_str() {
                "npm" => "npm".to_owned(),
                "pypi" => "PyPI".to_owned(),
                "cargo" => crate::inventory::RUST.to_owned(),
                "maven" => "Maven".to_owned(),
                "gem" => "RubyGems".to_owned(),
                "composer" => "Packagist".to_owned(),
                "nuget" => "NuGet".to_owned(),
                _ => String::new(),
            },
            name: match (&self.purl.namespace, self.purl.kind.as_str()) {
                (Some(namespace), "maven") => format!("{namespace}:{}", self.purl.name),
                (Some(namespace), _) => format!("{namespace}/{}", self.purl.name),
                (None, _) => self.purl.name.clone(),
            },
            version: self.purl.version.clone(),
            path: self.path.clone(),
            line: None,
            scope: Scope::Runtime,
            direct: None,
            origin: Origin::Registry,
            certainty: Certainty::Exact,
            licence: Some(self.licence()),
            digests: Vec::new(),
            dependencies: Vec::new(),
        }
    }
}

/// The packages that lie below a folder.
pub fn of_tree(root: &Utf8Path) -> (Vec<Installed>, Vec<Notice>) {
    let (files, mut notices) = tree::files(root, &Selection::default());
    let mut read = BTreeMap::new();
    for file in &files {
        let Some(limit) = limit(&file.relative) else { continue };
        if file.size > limit {
            notices.push(too_large(&file.relative));
        } else {
            match std::fs::read(&file.path) {
                Ok(bytes) => drop(read.insert(file.relative.clone(), bytes)),
                Err(error) => notices.push(Notice {
                    kind: NoticeKind::Unreadable,
                    path: Some(file.relative.clone()),
                    message: format!("{} cannot be read: {error}.", file.relative),
                    remedy: "Give pak the right to read it; its licence is not known.".to_owned(),
                }),
            }
        }
    }
    (of_files(&read), notices)
}

/// The packages that lie in an artifact, itself included.
pub fn of_archive(name: &str, bytes: &[u8]) -> (Vec<Installed>, Vec<Notice>) {
    let mut read = BTreeMap::new();
    let mut large = Vec::new();
    let mut notices = archive::walk(name, bytes, &Limits::default(), &mut |member| {
        if let (MemberKind::File, Some(limit)) = (&member.kind, limit(member.path)) {
            if member.size > limit {
                large.push(too_large(member.path));
            } else {
                read.insert(member.path.to_owned(), member.bytes.to_vec());
            }
        }
    });
    notices.extend(large);
    (of_files(&read), notices)
}

/// Puts what is known of the installed packages to the components of the same name and version, and concludes what all others
/// declare; returns the packages that no component stands for.
pub fn attach<'a>(components: &mut [Component], installed: &'a [Installed]) -> Vec<&'a Installed> {
    let key = |purl: &Purl| (purl.kind.clone(), purl.namespace.clone(), purl.name.to_lowercase(), purl.version.clone());
    let mut of = HashMap::new();
    for one in installed {
        // The first by path: nearer to the root.
        of.entry(key(&one.purl)).or_insert((one, false));
    }
    for component in components {
        let Some(purl) = Purl::parse(&component.purl) else { continue };
        if let Some((one, used)) = of.get_mut(&key(&purl)) {
            *used = true;
            // The package itself knows better than a lock file's copy of what its manifest says.
            let known = one.licence();
            if known != Licence::default() {
                component.licence = Some(known);
            }
        }
        if let Some(licence) = &mut component.licence
            && licence.concluded.is_none()
        {
            let reading = licence.declared.as_deref().and_then(lax::read);
            licence.concluded =
                reading.map(|reading| reading.expression.to_string()).or_else(|| licence.detected.clone());
        }
    }
    let mut rest: Vec<&Installed> = of.into_values().filter(|(_, used)| !used).map(|(one, _)| one).collect();
    rest.sort_by(|one, other| one.path.cmp(&other.path));
    rest
}

fn too_large(path: &str) -> Notice {
    Notice {
        kind: NoticeKind::TooLarge,
        path: Some(path.to_owned()),
        message: format!("{path} is larger than any manifest or licence text; it was not read."),
        remedy: "Look at its licence yourself.".to_owned(),
    }
}

/// How large a file of interest may be; none for all others.
fn limit(path: &str) -> Option<u64> {
    if manifests::reader(path).is_some() {
        return Some(LARGEST_MANIFEST);
    }
    is_text(path).then_some(LARGEST_TEXT)
}

/// Whether a file is a licence text or a notice by its name.
fn is_text(path: &str) -> bool {
    const CODE: &[&str] = &[
        "js", "cjs", "mjs", "ts", "tsx", "jsx", "py", "pyc", "pyi", "rs", "go", "c", "h", "cc", "cpp", "hpp", "java",
        "class", "kt", "rb", "php", "cs", "json", "xml", "yml", "yaml", "toml", "svg", "png", "css", "map", "sh",
        "lua", "gz", "zip",
    ];
    let name = name_of(path).to_ascii_lowercase();
    let begins = ["license", "licence", "copying", "unlicense", "notice", "mit-license", "copyright"];
    let named =
        begins.iter().any(|begin| name.starts_with(begin)) || name.ends_with("-license") || name.ends_with(".license");
    let code = name.rsplit_once('.').is_some_and(|(_, extension)| CODE.contains(&extension));
    // A folder of texts, as REUSE and newer wheels have it.
    let folder = folder_of(path).rsplit('/').next().unwrap_or_default();
    (named && !code) || (matches!(folder, "LICENSES" | "license_files") && name.ends_with(".txt"))
}

fn is_notice(path: &str) -> bool {
    let name = name_of(path).to_ascii_lowercase();
    name.starts_with("notice") || name.starts_with("copyright")
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Reads all manifests, and gives each package the texts of its folder.
fn of_files(files: &BTreeMap<String, Vec<u8>>) -> Vec<Installed> {
    let mut by_folder: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in files.keys().filter(|path| is_text(path)) {
        by_folder.entry(folder_of(path)).or_default().push(path);
    }
    let found: Vec<manifests::Found> = files
        .par_iter()
        .filter_map(|(path, bytes)| Some((path, manifests::reader(path)?, std::str::from_utf8(bytes).ok()?)))
        .flat_map_iter(|(path, reader, text)| reader(path, text))
        .collect();
    let paths_of = |found: &manifests::Found| -> Vec<&str> {
        let folders = ["", "LICENSES", "licenses", "license_files", "META-INF"];
        let folders = folders.map(|inner| match (found.folder.as_str(), inner) {
            (folder, "") => folder.to_owned(),
            ("", inner) => inner.to_owned(),
            (folder, inner) => format!("{folder}/{inner}"),
        });
        folders.iter().filter_map(|folder| by_folder.get(folder.as_str())).flatten().copied().collect()
    };
    // Most packages of a tree bring the same few texts.
    let mut wanted: HashMap<&[u8], &str> = HashMap::new();
    for path in found.iter().flat_map(paths_of) {
        if let Some(bytes) = files.get(path) {
            wanted.entry(bytes).or_insert(path);
        }
    }
    let detected: HashMap<&[u8], Vec<Detected>> = wanted
        .into_par_iter()
        .map(|(bytes, path)| {
            (bytes, if is_notice(path) { Vec::new() } else { detect(&String::from_utf8_lossy(bytes)) })
        })
        .collect();
    let mut installed: Vec<Installed> = found
        .iter()
        .map(|one| Installed {
            purl: one.purl.clone(),
            path: one.path.clone(),
            declared: one.declared.clone(),
            texts: paths_of(one)
                .into_iter()
                .filter_map(|path| {
                    let bytes = files.get(path)?.as_slice();
                    Some(LicenceText {
                        path: path.to_owned(),
                        text: String::from_utf8_lossy(bytes).into_owned(),
                        detected: if is_notice(path) {
                            Vec::new()
                        } else {
                            detected.get(bytes).cloned().unwrap_or_default()
                        },
                    })
                })
                .collect(),
        })
        .collect();
    installed.sort_by(|one, other| one.path.cmp(&other.path));
    installed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(files: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    fn text(id: &str) -> &'static str {
        spdx::license_id(id).unwrap().text()
    }

    #[test]
    fn a_package_has_what_it_declares_and_what_its_texts_are() {
        let installed = of_files(&files(&[
            ("node_modules/@a/b/package.json", r#"{"name":"@a/b","version":"1.0.0","license":"MIT"}"#),
            ("node_modules/@a/b/LICENSE", text("MIT")),
            ("node_modules/c/package.json", r#"{"name":"c","version":"2.0.0","license":"MIT"}"#),
            ("node_modules/c/LICENSE", text("GPL-3.0-only")),
            ("node_modules/d/package.json", r#"{"name":"d","version":"3.0.0"}"#),
            ("node_modules/d/COPYING.md", text("ISC")),
            ("node_modules/d/NOTICE", text("Apache-2.0")),
        ]));
        let shown: Vec<_> =
            installed.iter().map(|one| (one.purl.to_string(), one.licence(), one.agreement())).collect();
        assert_eq!(shown[0].0, "pkg:npm/%40a/b@1.0.0");
        assert_eq!(shown[0].1.concluded.as_deref(), Some("MIT"));
        assert_eq!(shown[0].2, Agreement::Agree);
        assert_eq!(shown[1].2, Agreement::Disagree(vec!["GPL-3.0-only".to_owned()]));
        assert_eq!(shown[1].1.concluded.as_deref(), Some("MIT AND GPL-3.0-only"));
        assert_eq!((shown[2].1.declared.clone(), shown[2].1.concluded.as_deref()), (None, Some("ISC")));
        assert_eq!(installed[2].texts.len(), 2);
    }

    #[test]
    fn texts_are_known_by_their_names() {
        for path in [
            "LICENSE",
            "a/LICENCE.md",
            "COPYING.LESSER",
            "LICENSE-MIT",
            "x/MIT-LICENSE",
            "LICENSES/MIT.txt",
            "NOTICE.txt",
        ] {
            assert!(is_text(path), "{path}");
        }
        for path in ["license.js", "src/licenses.rs", "README.md", "notice.py", "licenses/index.json"] {
            assert!(!is_text(path), "{path}");
        }
    }
}
