//! Snapshots: each build under a unique version, numbered on from what the repository has.

use std::time::SystemTime;

use jiff::Timestamp;
use pak_model::{Presence, Release, Result, Role, Upload};

use super::MavenDriver;
use super::component::components;
use super::layout::{Place, is_snapshot, unique_snapshot};
use super::metadata::{Build, FileBuild, Metadata};
use super::uploads;
use crate::call::Call;

/// Gives a snapshot its unique version: the newest build's where that has the same files, else the next one.
pub(super) async fn prepare(driver: &MavenDriver, call: &Call, release: &mut Release) -> Result<()> {
    let Some(base) = release.version.strip_suffix("-SNAPSHOT").map(str::to_owned) else { return Ok(()) };
    if !release.artifacts.iter().all(|artifact| is_of(artifact, &release.version)) {
        // The rules name what is wrong with it; nothing will be sent.
        release.options.snapshot = Some(format!("{base}-{}-1", stamp(release, call)));
        return Ok(());
    }
    let mut newest: Option<Build> = None;
    for component in components(release) {
        // Any number will do to find the folder.
        let place = Place::of(&component, Some(&format!("{base}-20000101.000000-1")))?;
        let build = driver.builds_of(call, &place).await?.and_then(|builds| builds.build);
        if let Some(build) = build.filter(|build| newest.as_ref().is_none_or(|newest| newest.number < build.number)) {
            newest = Some(build);
        }
    }
    if let Some(build) = &newest {
        release.options.snapshot = Some(format!("{base}-{}-{}", build.timestamp, build.number));
        if is_there(driver, call, release).await? {
            return Ok(());
        }
    }
    let number = newest.as_ref().map_or(0, |build| build.number) + 1;
    // Clocks of build machines differ; builds still come one after the other.
    let stamp = stamp(release, call).max(newest.map(|build| build.timestamp).unwrap_or_default());
    release.options.snapshot = Some(format!("{base}-{stamp}-{number}"));
    Ok(())
}

fn is_of(artifact: &pak_model::Artifact, version: &str) -> bool {
    matches!(&artifact.details, pak_model::Details::Maven(details) if details.version == version && is_snapshot(version))
}

/// Whether every file of the release is what the repository has under the release's unique version.
async fn is_there(driver: &MavenDriver, call: &Call, release: &Release) -> Result<bool> {
    // A number from a damaged list may not even be a version.
    let Ok(uploads) = uploads::cut(release) else { return Ok(false) };
    for upload in uploads.iter().filter(|upload| upload.role == Role::Part) {
        if !has_same(driver, call, upload).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn has_same(driver: &MavenDriver, call: &Call, upload: &Upload) -> Result<bool> {
    use crate::platform::Lookup as _;
    let Presence::Present { digests, .. } = driver.find(call, upload).await? else { return Ok(false) };
    match digests.agrees(&upload.digests) {
        Some(same) => Ok(same),
        None => Ok(driver.read_back(call, upload).await?.agrees(&upload.digests) == Some(true)),
    }
}

/// The time of the newest file, so that the same files are given the same name however often they are planned.
fn stamp(release: &Release, call: &Call) -> String {
    let changed =
        |artifact: &pak_model::Artifact| std::fs::metadata(&artifact.path).and_then(|file| file.modified()).ok();
    let newest: Option<SystemTime> = release.artifacts.iter().filter_map(changed).max();
    let time = newest.and_then(|time| Timestamp::try_from(time).ok()).unwrap_or_else(|| call.now());
    time.strftime("%Y%m%d.%H%M%S").to_string()
}

/// Makes a release the newest build of its snapshot.
pub(super) fn add(metadata: &mut Metadata, release: &Release, place: &Place, now: &str) {
    let Some((_, timestamp, number)) = unique_snapshot(&place.version) else { return };
    let component = components(release)
        .into_iter()
        .find(|component| component.group == place.group && component.artifact == place.artifact);
    let files = component.into_iter().flat_map(|component| component.files).map(|file| FileBuild {
        classifier: file.details.classifier.clone(),
        extension: file.details.extension.clone(),
        value: place.version.clone(),
        updated: now.to_owned(),
    });
    metadata.add_build(Build { timestamp: timestamp.to_owned(), number }, files);
}
