//! Which of a release's files a machine installs. Used by everything that points at files.

use std::collections::BTreeMap;

use pak_model::artifact::FileDetails;
use pak_model::release::Asset;
use pak_model::{Details, Release};
use serde::Serialize;
use url::Url;

/// A downloadable file and what it is for.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Where it is.
    pub asset: &'a Asset,
    /// What it is for.
    pub details: &'a FileDetails,
}

impl<'a> File<'a> {
    /// Every file the release points at.
    pub fn all(release: &'a Release) -> impl Iterator<Item = Self> {
        release.assets.iter().filter_map(|asset| match &asset.details {
            Details::File(details) => Some(Self { asset, details }),
            _ => None,
        })
    }

    /// Its SHA-256 as hex; empty where it is not known, which the checks report.
    pub fn sha256(&self) -> &'a str {
        self.asset.digests.sha256.as_deref().unwrap_or_default()
    }

    /// Whether the file is a program itself, and no archive of some.
    pub fn is_program(&self) -> bool {
        matches!(self.details.format.as_str(), "" | "exe")
    }

    /// The name it has after the download: the address's last part.
    pub fn downloaded_name(&self) -> String {
        Url::parse(&self.asset.url)
            .ok()
            .and_then(|url| url.path_segments()?.next_back().map(str::to_owned))
            .filter(|name| !name.is_empty() && !name.contains('%'))
            .unwrap_or_else(|| self.asset.name.clone())
    }

    /// Programs as paths from the archive's one folder on, where it has one.
    pub fn programs_in_root(&self) -> Vec<String> {
        let root = self.details.root.as_deref().map(|root| format!("{}/", root.trim_end_matches('/')));
        let below = |program: &String| match &root {
            Some(root) => program.strip_prefix(root.as_str()).unwrap_or(program).to_owned(),
            None => program.clone(),
        };
        self.details.programs.iter().map(below).collect()
    }
}

/// A file as templates see it.
#[derive(Debug, Serialize)]
pub struct FileVariables<'a> {
    url: &'a str,
    file: &'a str,
    sha256: &'a str,
    sha512: Option<&'a str>,
    size: u64,
    os: Option<&'a str>,
    architecture: Option<&'a str>,
    format: &'a str,
    root: Option<&'a str>,
    programs: &'a [String],
}

impl<'a> From<File<'a>> for FileVariables<'a> {
    fn from(file: File<'a>) -> Self {
        let File { asset, details } = file;
        Self {
            url: &asset.url,
            file: &asset.name,
            sha256: file.sha256(),
            sha512: asset.digests.sha512.as_deref(),
            size: asset.size,
            os: details.os.as_deref(),
            architecture: details.architecture.as_deref(),
            format: &details.format,
            root: details.root.as_deref(),
            programs: &details.programs,
        }
    }
}

/// One file per machine, and the machines for which the choice is not clear.
#[derive(Debug)]
pub struct Choice<'a, M> {
    /// The file of each machine.
    pub files: BTreeMap<M, File<'a>>,
    /// Machines with several files that are equally good, with the names of those.
    pub unclear: Vec<(M, Vec<&'a str>)>,
}

impl<'a, M: Ord + Clone> Choice<'a, M> {
    /// Chooses. `offers` names the machines a file is for, each with how well it fits: the smallest number is taken.
    pub fn among(files: impl Iterator<Item = File<'a>>, offers: impl Fn(&File<'a>) -> Vec<(M, usize)>) -> Self {
        let mut candidates: BTreeMap<M, BTreeMap<usize, Vec<File<'a>>>> = BTreeMap::new();
        for file in files {
            for (machine, fit) in offers(&file) {
                candidates.entry(machine).or_default().entry(fit).or_default().push(file);
            }
        }
        let mut choice = Self { files: BTreeMap::new(), unclear: Vec::new() };
        for (machine, ranks) in candidates {
            let Some((_, best)) = ranks.into_iter().next() else { continue };
            if best.len() > 1 {
                choice.unclear.push((machine.clone(), best.iter().map(|file| file.asset.name.as_str()).collect()));
            }
            choice.files.extend(best.first().map(|file| (machine, *file)));
        }
        choice
    }
}

/// How well a format fits, by the order of `formats`; a file for every architecture fits less than one for this one.
pub fn fit(file: &File<'_>, formats: &[&str]) -> Option<usize> {
    let place = formats.iter().position(|format| *format == file.details.format)?;
    let exact = file.details.architecture.as_deref().is_some_and(|architecture| architecture != "universal");
    Some(place + if exact { 0 } else { formats.len() })
}
