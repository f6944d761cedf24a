//! Entries of `pak.toml` that say where their package is: a folder, a manifest, a Dockerfile, an image.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Ecosystem, Problem, Result, code};

use crate::config::{Config, PROJECT_FILE, PackageConfig};
use crate::detect::{Note, unknown_package};
use crate::identity::kebab;
use crate::manifest::{Manifest, folder_of};
use crate::workspace::resolve;

/// Manifests a folder may have, the stronger of one ecosystem first.
const MANIFESTS: &[(&str, Ecosystem)] = &[
    ("package.json", Ecosystem::Npm),
    ("pyproject.toml", Ecosystem::Python),
    ("setup.cfg", Ecosystem::Python),
    ("Cargo.toml", Ecosystem::Cargo),
    ("pom.xml", Ecosystem::Maven),
    ("build.gradle", Ecosystem::Maven),
    ("build.gradle.kts", Ecosystem::Maven),
    ("Dockerfile", Ecosystem::Oci),
    ("Containerfile", Ecosystem::Oci),
    ("oci-layout", Ecosystem::Oci),
];

/// Where an entry's package is.
#[derive(Debug)]
pub(crate) enum Place {
    /// In one of these manifests; the first that is a package counts.
    Manifests(Vec<Utf8PathBuf>),
    /// An image with files of its own, which may not exist before the build.
    Image(Manifest),
}

impl Place {
    /// The manifests to read for it.
    pub(crate) fn files(&self) -> &[Utf8PathBuf] {
        match self {
            Self::Manifests(files) => files,
            Self::Image(_) => &[],
        }
    }

    /// Takes the entry's package out of those found.
    pub(crate) fn claim(&self, id: &str, found: &mut Vec<Manifest>) -> Option<Manifest> {
        match self {
            Self::Manifests(files) => {
                let file = files.iter().find(|file| found.iter().any(|manifest| manifest.file == **file))?;
                let index = found.iter().position(|manifest| manifest.file == *file)?;
                Some(found.remove(index))
            }
            Self::Image(image) => {
                // The image found under this id, or from this file, is the one the entry is about.
                found.retain(|one| {
                    one.file != image.file && !(one.ecosystem == Ecosystem::Oci && kebab(&one.name) == *id)
                });
                Some(image.clone())
            }
        }
    }
}

/// The places of every entry that names one.
pub(crate) fn of(root: &Utf8Path, config: &Config) -> Result<BTreeMap<String, Place>> {
    let mut places = BTreeMap::new();
    let mut owners: BTreeMap<Utf8PathBuf, &str> = BTreeMap::new();
    for (id, settings) in &config.packages {
        let Some(place) = place(root, id, settings)? else { continue };
        let first = match &place {
            Place::Manifests(files) => files.first(),
            Place::Image(image) => Some(&image.file),
        };
        if let Some(file) = first
            && let Some(other) = owners.insert(file.clone(), id)
        {
            return Err(wrong(id, format!("[packages.{id}] and [packages.{other}] are both about {file}.")));
        }
        places.insert(id.clone(), place);
    }
    Ok(places)
}

fn wrong(id: &str, message: String) -> Problem {
    Problem::new(code::config::INVALID_VALUE, message).about("package", id)
}

fn place(root: &Utf8Path, id: &str, settings: &PackageConfig) -> Result<Option<Place>> {
    let folder = settings.path.as_deref().map(|path| existing(root, id, "path", path)).transpose()?;
    let images = [("dockerfile", &settings.dockerfile), ("layout", &settings.layout), ("archive", &settings.archive)];
    let given: Vec<(&str, &str)> = images.iter().filter_map(|(key, path)| Some((*key, path.as_deref()?))).collect();
    match (given.as_slice(), folder) {
        ([], None) => Ok(None),
        ([], Some(path)) if root.join(&path).is_dir() => in_folder(root, id, settings, &path).map(Some),
        ([], Some(path)) => match path.file_name() {
            Some(name) if MANIFESTS.iter().any(|(known, _)| *known == name) => Ok(Some(Place::Manifests(vec![path]))),
            _ => Err(wrong(id, format!("`path` of [packages.{id}] is {path}, which is no manifest that pak reads."))
                .next("Name the package's folder; for another Dockerfile use `dockerfile`, for an image archive `archive`.")),
        },
        ([(key, path)], folder) => {
            let file = match *key {
                "dockerfile" => existing(root, id, key, path)?,
                "layout" => inside(id, key, path)?.join("oci-layout"),
                _ => inside(id, key, path)?,
            };
            let folder = folder.unwrap_or_else(|| folder_of(&file));
            // A Dockerfile's folder says what is in the image; the folder of a finished one is called `out` or `build`.
            let name = if *key == "dockerfile" { String::new() } else { id.to_owned() };
            Ok(Some(Place::Image(Manifest { folder, name, ..Manifest::new(Ecosystem::Oci, &file) })))
        }
        ([(first, _), (second, _), ..], _) => {
            Err(wrong(id, format!("[packages.{id}] has both `{first}` and `{second}`; an image comes from one of them.")))
        }
    }
}

fn in_folder(root: &Utf8Path, id: &str, settings: &PackageConfig, folder: &Utf8Path) -> Result<Place> {
    let there = MANIFESTS
        .iter()
        .filter(|(_, ecosystem)| settings.ecosystem.is_none_or(|wanted| wanted == *ecosystem))
        .filter(|(name, _)| root.join(folder).join(name).is_file());
    let (files, mut ecosystems): (Vec<Utf8PathBuf>, Vec<Ecosystem>) =
        there.map(|(name, ecosystem)| (folder.join(name), *ecosystem)).unzip();
    ecosystems.dedup();
    match ecosystems.as_slice() {
        [_] => Ok(Place::Manifests(files)),
        [] if settings.ecosystem == Some(Ecosystem::Generic) => Ok(Place::Manifests(Vec::new())),
        [] if settings.name.is_some() && settings.ecosystem.is_some() => Ok(Place::Manifests(Vec::new())),
        [] => Err(wrong(
            id,
            format!("`path` of [packages.{id}] is {folder}, but there is no manifest that pak reads in it."),
        )
        .next("Name the folder of a package.json, pyproject.toml, setup.cfg, Cargo.toml, pom.xml, build.gradle, Dockerfile or OCI layout.")),
        several => {
            let words: Vec<String> = several.iter().map(|one| format!("\"{one}\"")).collect();
            Err(wrong(id, format!("`path` of [packages.{id}] is {folder}, which holds several packages."))
                .next(format!("Set `ecosystem` in [packages.{id}] to one of {}.", words.join(", "))))
        }
    }
}

/// A path of the project.
fn inside(id: &str, key: &str, path: &str) -> Result<Utf8PathBuf> {
    resolve(Utf8Path::new(""), path).ok_or_else(|| outside(id, key, path))
}

fn outside(id: &str, key: &str, path: &str) -> Problem {
    Problem::new(
        code::project::PATH_OUTSIDE,
        format!("`{key}` of [packages.{id}] is {path}, which leaves the project."),
    )
    .about("package", id)
}

/// A path of the project that exists, links followed: a link must not lead out of the project either.
fn existing(root: &Utf8Path, id: &str, key: &str, path: &str) -> Result<Utf8PathBuf> {
    let relative = inside(id, key, path)?;
    let missing = |error: std::io::Error| {
        Problem::new(code::project::UNREADABLE, format!("`{key}` of [packages.{id}] is {path}, which cannot be read."))
            .about("package", id)
            .about("file", path)
            .cause(&error)
    };
    let real = root.join(&relative).canonicalize_utf8().map_err(missing)?;
    let real_root = root.canonicalize_utf8().map_err(missing)?;
    if real.starts_with(real_root) { Ok(relative) } else { Err(outside(id, key, path)) }
}

/// A package that only `pak.toml` describes: its artifacts are built already.
pub(crate) fn prebuilt(
    id: &str,
    settings: &PackageConfig,
    known: &[String],
    notes: &[Note],
    place: Option<&Place>,
) -> Result<Manifest> {
    let is_files = settings.ecosystem == Some(Ecosystem::Generic);
    if is_files && settings.artifacts.is_empty() {
        return Err(wrong(id, format!("[packages.{id}] is of files, but `artifacts` names none."))
            .next("Name them by globs: `artifacts = [\"dist/*.tar.gz\", \"dist/*.zip\"]`."));
    }
    let name = settings.name.as_deref().or(is_files.then_some(id));
    if let (Some(ecosystem), Some(name), false) = (settings.ecosystem, name, settings.artifacts.is_empty()) {
        let folder = settings.path.as_deref().map(|path| inside(id, "path", path)).transpose()?.unwrap_or_default();
        let file = Utf8Path::new(PROJECT_FILE);
        return Ok(Manifest { folder, name: name.to_owned(), ..Manifest::new(ecosystem, file) });
    }
    let Some(file) = place.and_then(|place| place.files().first()) else {
        return Err(unknown_package(id, &format!("[packages.{id}]"), known));
    };
    let reason =
        notes.iter().find(|note| note.path == *file).map_or("it names no package", |note| note.reason.as_str());
    Err(wrong(id, format!("`path` of [packages.{id}] leads to {file}, which is no package: {reason}."))
        .next("For artifacts that are built already, set `ecosystem`, `name` and `artifacts`."))
}
