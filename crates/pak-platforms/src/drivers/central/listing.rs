//! A component as uploads remember it: the names of its files below `group/artifact/version/`, and the one digest that they
//! have together.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pak_model::{Artifact, Coordinates, Digests, Problem, Release, Result, Upload, code};

use crate::drivers::maven::component::{Component, SIGNATURE, components};
use crate::drivers::maven::layout::{Place, is_part};

/// All files of a component by their names, signatures among them.
pub(super) type Files<'a> = BTreeMap<String, &'a Artifact>;

/// A component and the names of its files, sorted. Each has a signature beside it, which is not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) place: Place,
    pub(super) files: Vec<String>,
}

/// Whether a file vouches for another one. Build tools make signatures anew in every build, with the time in them: the same
/// release built twice differs in nothing else. They must be sent and served, but they do not identify.
pub(super) fn is_signature(file: &str) -> bool {
    file.ends_with(SIGNATURE)
}

impl Listing {
    /// The components of a release, each with all of its files in the order of their names.
    pub(super) fn of_release(release: &Release) -> Result<Vec<(Self, Files<'_>)>> {
        let listings: Vec<_> = components(release).iter().map(Self::of).collect::<Result<_>>()?;
        if listings.is_empty() {
            let text = format!("There is no file of {} to upload.", release.package.name);
            return Err(Problem::new(code::build::ARTIFACT_MISSING, text));
        }
        Ok(listings)
    }

    fn of<'a>(component: &Component<'a>) -> Result<(Self, Files<'a>)> {
        let place = Place::of(component, None)?;
        let mut files = Files::new();
        for file in &component.files {
            let (classifier, extension) = (file.details.classifier.as_deref(), file.details.extension.as_str());
            if !classifier.into_iter().chain([extension]).all(is_part) {
                let text = format!("{} cannot be a file of {}.", file.artifact.id, component.name());
                return Err(Problem::new(code::build::ARTIFACT_INVALID, text));
            }
            files.insert(place.file_name(classifier, extension), file.artifact);
        }
        let listed = files.keys().filter(|file| !is_signature(file)).cloned().collect();
        Ok((Self { place, files: listed }, files))
    }

    /// The component that an upload is of: later runs have only the upload.
    pub(super) fn of_upload(upload: &Upload) -> Result<Self> {
        let place = Place::at(&upload.coordinates)?;
        let stem = stem(&place);
        let endings = upload.coordinates.file.as_deref().unwrap_or_default().split_whitespace();
        Ok(Self { files: endings.map(|ending| format!("{stem}{ending}")).collect(), place })
    }

    /// `group:artifact:version`, what people recognise a deployment by.
    pub(super) fn label(&self) -> String {
        format!("{}:{}", self.place.name(), self.place.version)
    }

    /// Where it is found: name, version, and the endings of its files.
    pub(super) fn coordinates(&self) -> Coordinates {
        let stem = stem(&self.place);
        let endings: Vec<&str> = self.files.iter().filter_map(|file| file.strip_prefix(&stem)).collect();
        Coordinates::new(self.place.name(), &self.place.version).file(endings.join(" "))
    }

    /// A file's path in a repository.
    pub(super) fn path(&self, file: &str) -> String {
        format!("{}/{file}", self.place.version_folder())
    }

    /// The one digest of the whole: of a sorted list with the SHA-256 and the path of every file that is not about another one
    /// (checksums, signatures). `sha256` tells a file's; where it does not, nothing is identified.
    pub(super) fn identity<'a>(&self, sha256: impl Fn(&str) -> Option<&'a str>) -> Option<Digests> {
        let mut list = String::new();
        for file in &self.files {
            writeln!(list, "{}  {}", sha256(file)?, self.path(file)).ok()?;
        }
        Some(Digests::from_sha256(Digests::of(list.as_bytes()).sha256?))
    }
}

/// What the names of all of a component's files begin with.
fn stem(place: &Place) -> String {
    format!("{}-{}", place.artifact, place.version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::maven::sample;

    fn listing() -> Listing {
        Listing {
            place: Place { group: "org.example.x".into(), artifact: "hello".into(), version: "1.0".into() },
            files: ["hello-1.0-sources.jar", "hello-1.0.jar", "hello-1.0.pom"].map(str::to_owned).to_vec(),
        }
    }

    #[test]
    fn an_upload_holds_all_that_later_runs_must_know() {
        let coordinates = listing().coordinates();
        assert_eq!(coordinates.to_string(), "org.example.x:hello 1.0 (-sources.jar .jar .pom)");
        let upload = Upload {
            key: String::new(),
            coordinates,
            digests: Digests::default(),
            size: 0,
            artifact: String::new(),
            after: Vec::new(),
            on_conflict: pak_model::upload::OnConflict::Stop,
            role: pak_model::Role::Front,
        };
        assert_eq!(Listing::of_upload(&upload).unwrap(), listing());
        assert_eq!(listing().path("hello-1.0.pom"), "org/example/x/hello/1.0/hello-1.0.pom");
    }

    #[test]
    fn signatures_do_not_identify_and_everything_else_does() {
        let release = sample::complete();
        let listed = Listing::of_release(&release).unwrap();
        let [(listing, files)] = listed.as_slice() else { panic!("{listed:?}") };
        assert_eq!((listing.files.len(), files.len()), (4, 8));
        let digest = |file: &str| files.get(file)?.digests.sha256.as_deref();
        let identity = listing.identity(digest).unwrap();
        let other = |file: &str| if file.ends_with(".pom") { Some("other") } else { digest(file) };
        assert_ne!(listing.identity(other).unwrap(), identity);
        let fewer = Listing { files: listing.files[1..].to_vec(), ..listing.clone() };
        assert_ne!(fewer.identity(digest).unwrap(), identity);
        assert_eq!(listing.identity(|_| None), None);
    }

    #[test]
    fn names_that_leave_their_folder_are_refused() {
        let mut release = sample::complete();
        sample::version(&mut release, "../1");
        assert_eq!(Listing::of_release(&release).unwrap_err().code(), code::maven::VERSION_INVALID);
        release.artifacts.clear();
        assert_eq!(Listing::of_release(&release).unwrap_err().code(), code::build::ARTIFACT_MISSING);
    }
}
