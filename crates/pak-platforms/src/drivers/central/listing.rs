//! A component as uploads remember it: the names of its files below `group/artifact/version/`, and the one digest that they
//! have together.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pak_model::{Artifact, Coordinates, Digests, Problem, Release, Result, Upload, code};
use url::Url;

use crate::drivers::maven::component::{Component, SIGNATURE, components};

/// All files of a component by their names, signatures among them.
pub(super) type Files<'a> = BTreeMap<String, &'a Artifact>;

/// A component and the names of its files, sorted. Each has a signature beside it, which is not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: String,
    pub(super) files: Vec<String>,
}

/// Whether a file vouches for another one. Signatures are made anew in every build, with the time in them: the same release
/// built twice differs in nothing else. They must be sent and served, but they do not identify.
pub(super) fn is_signature(file: &str) -> bool {
    file.ends_with(SIGNATURE)
}

/// `group:artifact` in two.
pub(super) fn split(name: &str) -> Option<(&str, &str)> {
    name.split_once(':').filter(|(group, artifact)| is_part(group) && is_part(artifact))
}

/// Whether a text can be a part of a path.
fn is_part(text: &str) -> bool {
    let separates = |letter: char| letter.is_whitespace() || matches!(letter, '/' | '\\' | ':');
    !text.is_empty() && !text.contains(separates) && !text.contains("..")
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
        let mut files = Files::new();
        for file in &component.files {
            let classifier = file.details.classifier.as_ref().map(|name| format!("-{name}")).unwrap_or_default();
            let ending = format!("{classifier}.{}", file.details.extension);
            // An upload holds the endings with spaces between them.
            if ![component.group, component.artifact, component.version, &ending].into_iter().all(is_part) {
                return Err(Problem::new(
                    code::build::ARTIFACT_INVALID,
                    format!("{} cannot be a file of {}.", file.artifact.id, component.name()),
                ));
            }
            files.insert(format!("{}-{}{ending}", component.artifact, component.version), file.artifact);
        }
        let listing = Self {
            group: component.group.to_owned(),
            artifact: component.artifact.to_owned(),
            version: component.version.to_owned(),
            files: files.keys().filter(|file| !is_signature(file)).cloned().collect(),
        };
        Ok((listing, files))
    }

    /// The component that an upload is of: later runs have only the upload.
    pub(super) fn of_upload(upload: &Upload) -> Result<Self> {
        let at = &upload.coordinates;
        let (group, artifact) = split(&at.name).ok_or_else(|| {
            Problem::new(code::maven::COORDINATES_INVALID, format!("`{}` is not written group:artifact.", at.name))
        })?;
        let endings = at.file.as_deref().unwrap_or_default().split(' ').filter(|ending| !ending.is_empty());
        Ok(Self {
            group: group.to_owned(),
            artifact: artifact.to_owned(),
            version: at.version.clone(),
            files: endings.map(|ending| format!("{artifact}-{}{ending}", at.version)).collect(),
        })
    }

    /// `group:artifact`.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.group, self.artifact)
    }

    /// `group:artifact:version`, what people recognise a deployment by.
    pub(super) fn label(&self) -> String {
        format!("{}:{}", self.name(), self.version)
    }

    /// Where it is found: name, version, and the endings of its files.
    pub(super) fn coordinates(&self) -> Coordinates {
        let stem = format!("{}-{}", self.artifact, self.version);
        let endings: Vec<&str> = self.files.iter().filter_map(|file| file.strip_prefix(&stem)).collect();
        Coordinates::new(self.name(), &self.version).file(endings.join(" "))
    }

    /// A file's path in a repository.
    pub(super) fn path(&self, file: &str) -> String {
        format!("{}/{}/{}/{file}", self.group.replace('.', "/"), self.artifact, self.version)
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

/// The address of a path below a root, with everything escaped that is not part of a path.
pub(super) fn below(root: &Url, path: &str) -> Result<Url> {
    let mut url = root.clone();
    match url.path_segments_mut() {
        Ok(mut segments) => {
            segments.pop_if_empty().extend(path.split('/'));
        }
        Err(()) => return Err(Problem::new(code::config::URL_INVALID, format!("{root} has no paths."))),
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::maven::sample;

    fn listing() -> Listing {
        Listing {
            group: "org.example.x".into(),
            artifact: "hello".into(),
            version: "1.0".into(),
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
        assert_eq!(Listing::of_release(&release).unwrap_err().code(), code::build::ARTIFACT_INVALID);
        release.artifacts.clear();
        assert_eq!(Listing::of_release(&release).unwrap_err().code(), code::build::ARTIFACT_MISSING);
    }

    #[test]
    fn addresses_stay_below_their_root() {
        let root = Url::parse("http://127.0.0.1:1/m/").unwrap();
        assert_eq!(
            below(&root, "org/x/1.0+b#?/a.jar").unwrap().as_str(),
            "http://127.0.0.1:1/m/org/x/1.0+b%23%3F/a.jar"
        );
        assert_eq!(below(&root, "../../x").unwrap().as_str(), "http://127.0.0.1:1/m/x");
        assert_eq!(split("a:b"), Some(("a", "b")));
        for bad in ["a", "a:", ":b", "a:b:c", "a/b:c", "..:x"] {
            assert_eq!(split(bad), None, "{bad}");
        }
    }
}
