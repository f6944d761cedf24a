//! A run's folder can move: what `releases.json` says of files below it is said relative to it.

use std::collections::BTreeMap;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use pak_model::{Artifact, Details, Problem, Release, Result, code};

use crate::state::{RunFolder, make, unusable};

type Releases = BTreeMap<String, Release>;

/// Copies artifacts that lie elsewhere (prebuilt ones in the checkout) into the run's folder.
pub(super) fn gather(run: &RunFolder, releases: &mut Releases) -> Result<()> {
    // Several targets send the same files.
    let mut taken: BTreeMap<Utf8PathBuf, Utf8PathBuf> = BTreeMap::new();
    for artifact in releases.values_mut().flat_map(|release| release.artifacts.iter_mut()) {
        let folder = run.artifacts().join(&artifact.package).join("taken");
        for path in paths(artifact).filter(|path| !path.starts_with(&run.path)) {
            // The folder of a layout: its blobs are taken one by one, and nobody reads the rest any more.
            if path.is_dir() {
                *path = folder.clone();
                continue;
            }
            let place = match taken.get(path) {
                Some(place) => place.clone(),
                None => {
                    // One file name may come from two folders.
                    let place = folder.join(taken.len().to_string()).join(path.file_name().unwrap_or("file"));
                    make(place.parent().unwrap_or(&folder))?;
                    std::fs::copy(&*path, &place).map_err(|error| unusable(&place, &error))?;
                    taken.insert(path.clone(), place.clone());
                    place
                }
            };
            *path = place;
        }
    }
    Ok(())
}

/// Paths as they are saved: relative where they are below the run's folder, with `/` on every system.
pub(super) fn leave(run: &RunFolder, mut releases: Releases) -> Releases {
    for path in all(&mut releases) {
        if let Ok(relative) = path.strip_prefix(&run.path) {
            *path = Utf8PathBuf::from(relative.components().map(|part| part.as_str()).collect::<Vec<_>>().join("/"));
        }
    }
    releases
}

/// Paths as a run works with them. Absolute ones, which earlier versions saved, stay.
pub(super) fn arrive(run: &RunFolder, mut releases: Releases) -> Result<Releases> {
    for path in all(&mut releases).filter(|path| !path.is_absolute()) {
        if !path.components().all(|part| matches!(part, Utf8Component::Normal(_))) {
            let file = run.releases();
            return Err(Problem::new(
                code::deploy::JOURNAL_DAMAGED,
                format!("{file} names `{path}`, outside the run."),
            )
            .about("file", &file));
        }
        *path = run.path.join(Utf8Path::new(path));
    }
    Ok(releases)
}

fn all(releases: &mut Releases) -> impl Iterator<Item = &mut Utf8PathBuf> {
    releases.values_mut().flat_map(|release| release.artifacts.iter_mut()).flat_map(paths)
}

/// Every path an artifact names: an image's blobs lie in files of their own.
fn paths(artifact: &mut Artifact) -> impl Iterator<Item = &mut Utf8PathBuf> {
    let blobs = match &mut artifact.details {
        Details::Image(image) => image.blobs.as_mut_slice(),
        _ => &mut [],
    };
    std::iter::once(&mut artifact.path).chain(blobs.iter_mut().map(|blob| &mut blob.path))
}
