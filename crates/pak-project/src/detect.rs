//! Finds what a project publishes: one walk, the manifests' words, then what `pak.toml` says about them.
//!
//! `Project::open` and `pak detect` call [`detect`].

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Ecosystem, Package, Problem, Result, code};

use crate::config::{Config, PackageConfig, folder_name, nearest};
use crate::manifest::Manifest;
use crate::places::{self, Place};
use crate::version_scheme::pep440::normalise_name;
use crate::{identity, order, tree, versions, walk};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detection {
    /// Every package, withheld ones included, by ecosystem and folder.
    pub packages: Vec<Package>,
    /// What looks like a package and is none, and what could not be looked at.
    pub notes: Vec<Note>,
}

/// A word about a file or folder that is no package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Note {
    /// The file or folder, relative to the project.
    pub path: String,
    /// Why it is no package.
    pub reason: String,
}

impl Note {
    pub(crate) fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }
}

/// Finds the packages of the project at `root`, as `config` changes and completes them.
pub fn detect(root: &Utf8Path, config: &Config) -> Result<Detection> {
    let mut notes = Vec::new();
    let mut files = walk::manifests(root, &config.project.exclude, &mut notes)?;
    let places = places::of(root, config)?;
    let named: Vec<Utf8PathBuf> = places.values().flat_map(Place::files).cloned().collect();
    files.extend(named.iter().cloned());
    files.sort();
    files.dedup();
    let mut found = tree::read(root, &files, &named, &mut notes)?;
    for image in found.iter_mut().filter(|manifest| manifest.ecosystem == Ecosystem::Oci) {
        image.name = image_name(root, config, &image.folder);
    }

    let mut chosen: Vec<(String, Manifest)> = Vec::new();
    for (id, place) in &places {
        // An entry without a manifest may describe prebuilt artifacts; that is seen below.
        if let Some(manifest) = place.claim(id, &mut found) {
            chosen.push((id.clone(), manifest));
        }
    }
    let taken: BTreeSet<String> = chosen.iter().map(|(id, _)| id.clone()).collect();
    let ids = identity::ids(&found, &taken);
    chosen.extend(ids.into_iter().zip(found));
    for (id, settings) in &config.packages {
        if !chosen.iter().any(|(known, _)| known == id) {
            let ids: Vec<String> = chosen.iter().map(|(id, _)| id.clone()).collect();
            chosen.push((id.clone(), places::prebuilt(id, settings, &ids, &notes, places.get(id))?));
        }
    }
    for (id, manifest) in &mut chosen {
        if manifest.name.is_empty() && manifest.ecosystem == Ecosystem::Oci {
            manifest.name = image_name(root, config, &manifest.folder);
        }
        if let Some(settings) = config.packages.get(id) {
            apply(id, settings, manifest)?;
        }
        if manifest.name.is_empty() {
            return Err(nameless(id, manifest));
        }
    }
    chosen.sort_by(|(_, left), (_, right)| {
        (left.ecosystem, &left.folder, &left.file).cmp(&(right.ecosystem, &right.folder, &right.file))
    });
    withhold_namesakes(&mut chosen);

    let known: Vec<String> = chosen.iter().map(|(id, _)| id.clone()).collect();
    let mut extra = Vec::new();
    for id in &known {
        let wanted = config.packages.get(id).map(|settings| settings.depends_on.clone()).unwrap_or_default();
        if let Some(unknown) = wanted.iter().find(|wanted| !known.contains(wanted)) {
            return Err(unknown_package(unknown, &format!("`depends-on` of [packages.{id}]"), &known));
        }
        extra.push(wanted);
    }
    let (mut packages, needs): (Vec<Package>, Vec<_>) =
        chosen.into_iter().map(|(id, manifest)| (package(&id, &manifest), manifest.needs)).unzip();
    versions::fill(&mut packages, config)?;
    order::link(&mut packages, &needs, &extra)?;
    notes.sort();
    Ok(Detection { packages, notes })
}

/// What `pak.toml` says about a package, laid over its manifest.
fn apply(id: &str, settings: &PackageConfig, manifest: &mut Manifest) -> Result<()> {
    let file = &manifest.file;
    let wrong = |code, message: String| Err(Problem::new(code, message).about("package", id).about("file", file));
    if let Some(ecosystem) = settings.ecosystem
        && ecosystem != manifest.ecosystem
    {
        let message =
            format!("[packages.{id}] says `ecosystem = \"{ecosystem}\"`, but {file} is of {}.", manifest.ecosystem);
        return wrong(code::config::INVALID_VALUE, message);
    }
    let is_image = manifest.ecosystem == Ecosystem::Oci;
    // `from:` is followed when every package is known.
    let is_followed = |version: &&String| is_image || manifest.version.is_none() && version.starts_with("from:");
    if let Some(name) = &settings.name {
        if !is_image && !manifest.name.is_empty() && *name != manifest.name {
            let message = format!("[packages.{id}] names it `{name}`, but {file} names it `{}`.", manifest.name);
            return wrong(code::config::INVALID_VALUE, message);
        }
        manifest.name.clone_from(name);
    }
    if let Some(version) = settings.version.as_ref().filter(|version| !is_followed(version)) {
        match &manifest.version {
            Some(own) if own != version => {
                let message = format!("[packages.{id}] says version {version}, but {file} says {own}.");
                return wrong(code::project::VERSION_MISMATCH, message);
            }
            _ => manifest.version = Some(version.clone()),
        }
    }
    let about = &mut manifest.about;
    for (own, set) in [
        (&mut about.description, &settings.description),
        (&mut about.homepage, &settings.homepage),
        (&mut about.license, &settings.license),
    ] {
        if set.is_some() {
            own.clone_from(set);
        }
    }
    if settings.publish == Some(false) {
        manifest.withheld.get_or_insert_with(|| format!("`publish = false` in [packages.{id}] of pak.toml"));
    }
    Ok(())
}

/// A Gradle build that computes its name.
fn nameless(id: &str, manifest: &Manifest) -> Problem {
    let file = &manifest.file;
    Problem::new(
        code::project::MANIFEST_INCOMPLETE,
        format!("{file} does not say in plain text what [packages.{id}] is called."),
    )
    .about("package", id)
    .about("file", file)
    .next(format!("Set `name = \"group:artifact\"` in [packages.{id}], as the build publishes it."))
}

/// The name of an image that nobody named: its folder's, or the project's.
fn image_name(root: &Utf8Path, config: &Config, folder: &Utf8Path) -> String {
    let project = config.project.name.as_deref().unwrap_or_else(|| folder_name(root));
    identity::kebab(folder.file_name().unwrap_or(project))
}

/// Two packages of one name would publish over each other; which one is meant, only a person knows.
fn withhold_namesakes(chosen: &mut [(String, Manifest)]) {
    let mut files: BTreeMap<(Ecosystem, String), Vec<String>> = BTreeMap::new();
    let key = |manifest: &Manifest| {
        let exact = matches!(manifest.ecosystem, Ecosystem::Maven | Ecosystem::Generic);
        (manifest.ecosystem, if exact { manifest.name.clone() } else { normalise_name(&manifest.name) })
    };
    for (_, manifest) in chosen.iter().filter(|(_, manifest)| manifest.withheld.is_none()) {
        files.entry(key(manifest)).or_default().push(manifest.file.to_string());
    }
    for (id, manifest) in chosen.iter_mut().filter(|(_, manifest)| manifest.withheld.is_none()) {
        let same = files.get(&key(manifest)).into_iter().flatten().find(|file| **file != manifest.file);
        if let Some(other) = same {
            let how = match manifest.ecosystem {
                Ecosystem::Oci | Ecosystem::Generic => {
                    format!("set `name` in [packages.{id}] of pak.toml, or `publish = false`")
                }
                _ => format!("set `publish = false` in [packages.{id}] of pak.toml, or exclude its folder"),
            };
            manifest.withheld = Some(format!("{other} has the same name; {how}"));
        }
    }
}

fn package(id: &str, manifest: &Manifest) -> Package {
    let directory = manifest.folder.as_str();
    Package {
        id: id.to_owned(),
        ecosystem: manifest.ecosystem,
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        directory: if directory.is_empty() { ".".to_owned() } else { directory.replace('\\', "/") },
        manifest: manifest.file.as_str().replace('\\', "/"),
        withheld: manifest.withheld.clone(),
        depends_on: Vec::new(),
        about: manifest.about.clone(),
    }
}

/// The problem of an id that no package has; `place` says who used it.
pub(crate) fn unknown_package(id: &str, place: &str, known: &[String]) -> Problem {
    let problem =
        Problem::new(code::project::PACKAGE_UNKNOWN, format!("{place} names `{id}`, but no package has that id."))
            .about("package", id);
    match nearest(id, known) {
        Some(near) => problem.next(format!("Did you mean `{near}`? `pak detect` shows every package.")),
        None if known.is_empty() => problem.next("The project has no packages; give the entry a `path`."),
        None => problem.next(format!("The packages are {}.", known.join(", "))),
    }
}
