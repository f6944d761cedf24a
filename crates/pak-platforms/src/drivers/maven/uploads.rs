//! Cuts a release into uploads: files side by side with their checksums behind them, POMs last, then the lists of versions.

use pak_model::upload::OnConflict;
use pak_model::{Coordinates, Problem, Release, Result, Role, Upload, code};

use super::component::{Component, File, components};
use super::layout::{METADATA, Place, is_snapshot};
use crate::protocol::files::{Checksum, side_files};

/// Checksum files that every client knows; Maven's own deploy plugin writes these.
const CHECKSUMS: &[Checksum] = &[Checksum::Md5, Checksum::Sha1];

/// The uploads of a release. A snapshot must have its unique version by now.
pub(super) fn cut(release: &Release) -> Result<Vec<Upload>> {
    let kinds = match &release.options.checksums {
        Some(words) => Checksum::list(words)?,
        None => CHECKSUMS.to_vec(),
    };
    let components = components(release);
    let places = components.iter().map(|component| place(release, component)).collect::<Result<Vec<_>>>()?;
    let several = components.len() > 1;
    let mut uploads = Vec::new();
    for (component, place) in components.iter().zip(&places) {
        // With several components in a release, file names alone may not be unique.
        let prefix = if several { format!("{}/", component.name()) } else { String::new() };
        uploads.extend(files(component, place, &prefix, &kinds));
    }
    // What users find versions by comes when every file of every component is there.
    let files: Vec<String> = uploads.iter().map(|upload| upload.key.clone()).collect();
    for (component, place) in components.iter().zip(&places) {
        let prefix = if several { format!("{}/", component.name()) } else { String::new() };
        uploads.extend(lists(component, place, &prefix, &files));
    }
    Ok(uploads)
}

/// Where a component of a release goes.
pub(super) fn place(release: &Release, component: &Component<'_>) -> Result<Place> {
    if !is_snapshot(component.version) {
        return Place::of(component, None);
    }
    let Some(unique) = &release.options.snapshot else {
        let message = format!("The build of {} {} has no number yet.", component.name(), component.version);
        return Err(Problem::new(code::maven::SNAPSHOT_UNPREPARED, message));
    };
    Place::of(component, Some(unique))
}

fn files(component: &Component<'_>, place: &Place, prefix: &str, kinds: &[Checksum]) -> Vec<Upload> {
    let (poms, others): (Vec<&File<'_>>, Vec<&File<'_>>) = component.files.iter().partition(|file| file.is_pom());
    let mut uploads = Vec::new();
    let mut before_pom = Vec::new();
    for file in others.into_iter().chain(poms) {
        let name = place.file_name(file.details.classifier.as_deref(), &file.details.extension);
        let key = format!("{prefix}{name}");
        let upload = Upload {
            after: if file.is_pom() { before_pom.clone() } else { Vec::new() },
            coordinates: Coordinates::new(place.name(), &place.version).file(name),
            digests: file.artifact.digests.clone(),
            size: file.artifact.size,
            artifact: file.artifact.id.clone(),
            on_conflict: OnConflict::Stop,
            role: Role::Part,
            key,
        };
        before_pom.push(upload.key.clone());
        // A signature is its own proof; clients look for no checksum of it.
        let sides = if file.is_signature() { Vec::new() } else { side_files(&upload, kinds) };
        uploads.push(upload);
        uploads.extend(sides);
    }
    uploads
}

/// The list of a snapshot's builds, where it is one, then the list of versions. Both count as done when the POM they lead to is
/// served, so their digests are the POM's.
fn lists(component: &Component<'_>, place: &Place, prefix: &str, files: &[String]) -> Vec<Upload> {
    let Some(leads_to) = component.pom().map(|(file, _)| file).or_else(|| component.files.first().copied()) else {
        return Vec::new();
    };
    let builds = place.is_snapshot().then(|| format!("{}/{METADATA}", place.folder_version()));
    let mut after = files.to_vec();
    let mut uploads = Vec::new();
    for file in builds.into_iter().chain([METADATA.to_owned()]) {
        let key = format!("{prefix}{file}");
        uploads.push(Upload {
            key: key.clone(),
            coordinates: Coordinates::new(place.name(), &place.version).file(file),
            digests: leads_to.artifact.digests.clone(),
            size: 0,
            artifact: leads_to.artifact.id.clone(),
            after: after.clone(),
            on_conflict: OnConflict::Stop,
            role: Role::Front,
        });
        after.push(key);
    }
    uploads
}

/// An upload as this driver reads it back from its coordinates.
pub(super) enum What {
    /// A file, at its path.
    File(String),
    /// The list of a component's versions.
    Versions,
    /// The list of a snapshot's builds.
    Builds,
}

/// What an upload is, and of which version.
pub(super) fn read(upload: &Upload) -> Result<(Place, What)> {
    let place = Place::at(&upload.coordinates)?;
    let file = upload.coordinates.file.as_deref().unwrap_or(&upload.key);
    let what = match upload.role {
        Role::Front if file == METADATA => What::Versions,
        Role::Front => What::Builds,
        Role::Part | Role::Shared => What::File(format!("{}/{file}", place.version_folder())),
    };
    Ok((place, what))
}

/// The checksum files that go with a list: the same as with the POM, which is told by what the list waits for.
pub(super) fn checksums(list: &Upload) -> Vec<Checksum> {
    let is_made = |kind: &Checksum| list.after.iter().any(|key| key.ends_with(&format!(".pom.{}", kind.id())));
    Checksum::ALL.iter().copied().filter(is_made).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn keys(release: &Release) -> Vec<String> {
        cut(release).unwrap().into_iter().map(|upload| upload.key).collect()
    }

    #[test]
    fn files_then_the_pom_then_the_list() {
        let release = sample::complete();
        let uploads = cut(&release).unwrap();
        assert_eq!(uploads.len(), 8 + 4 * 2 + 1, "checksums for everything but signatures");
        let pom = uploads.iter().position(|upload| upload.key == "hello-1.0.0.pom").unwrap();
        assert!(uploads[..pom].iter().any(|upload| upload.key == "hello-1.0.0.pom.asc"));
        assert_eq!(uploads[pom].after.len(), 7, "every other file, and no checksum");
        assert_eq!(uploads[pom + 2].after, ["hello-1.0.0.pom"]);
        let list = uploads.last().unwrap();
        assert_eq!((list.key.as_str(), list.role, list.after.len()), (METADATA, Role::Front, 16));
        assert_eq!(list.digests, uploads[pom].digests);
        assert_eq!(checksums(list), CHECKSUMS);
        for upload in &uploads {
            assert!(upload.after.iter().all(|key| uploads.iter().any(|other| other.key == *key)));
        }
        let (_, What::File(path)) = read(&uploads[0]).unwrap() else { panic!("a file") };
        assert_eq!(path, "dev/sample/hello/1.0.0/hello-1.0.0.jar");
    }

    #[test]
    fn a_snapshot_goes_under_its_unique_version_and_into_two_lists() {
        let mut release = sample::complete();
        sample::version(&mut release, "1.0-SNAPSHOT");
        assert_eq!(cut(&release).unwrap_err().code(), code::maven::SNAPSHOT_UNPREPARED);
        release.options.snapshot = Some("1.1-20260101.120000-3".into());
        assert_eq!(cut(&release).unwrap_err().code(), code::maven::SNAPSHOT_UNPREPARED);
        release.options.snapshot = Some("1.0-20260101.120000-3".into());
        release.options.checksums = Some(vec!["sha256".into()]);
        let uploads = cut(&release).unwrap();
        let (_, What::File(path)) = read(&uploads[0]).unwrap() else { panic!("a file") };
        assert_eq!(path, "dev/sample/hello/1.0-SNAPSHOT/hello-1.0-20260101.120000-3.jar");
        let lists: Vec<&Upload> = uploads.iter().filter(|upload| upload.role == Role::Front).collect();
        assert_eq!(
            lists.iter().map(|upload| upload.key.as_str()).collect::<Vec<_>>(),
            ["1.0-SNAPSHOT/maven-metadata.xml", METADATA]
        );
        assert!(lists[1].after.contains(&lists[0].key));
        assert!(matches!(read(lists[0]).unwrap().1, What::Builds));
        assert_eq!(checksums(lists[0]), [Checksum::Sha256]);
    }

    #[test]
    fn several_components_become_visible_together() {
        let mut release = sample::complete();
        release.artifacts.extend(sample::of("other"));
        let uploads = cut(&release).unwrap();
        let lists: Vec<&Upload> = uploads.iter().filter(|upload| upload.role == Role::Front).collect();
        assert_eq!(lists.len(), 2);
        for list in lists {
            assert!(list.after.iter().any(|key| key == "dev.sample:hello/hello-1.0.0.jar"), "{:?}", list.after);
            assert!(list.after.iter().any(|key| key == "dev.sample:other/other-1.0.0.jar"));
        }
        let mut unique = keys(&release);
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), uploads.len());
    }
}
