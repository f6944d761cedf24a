//! Where things lie in a Maven repository: coordinates as paths, with every part checked.

use pak_model::{Coordinates, Problem, Result, code, maven};

use super::component::Component;

/// The index of a folder.
pub(crate) const METADATA: &str = "maven-metadata.xml";

/// Whether a version is a snapshot's, as POMs and folders write it.
pub(crate) fn is_snapshot(version: &str) -> bool {
    version.ends_with("-SNAPSHOT")
}

/// One version of one component, as a repository stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The group id.
    pub(crate) group: String,
    /// The artifact id.
    pub(crate) artifact: String,
    /// The version in file names: for a snapshot the unique one, `1.0-20260101.120000-3`.
    pub(crate) version: String,
}

impl Place {
    /// Of a component; `unique` is the version in file names, where it is another than the POM's.
    pub(crate) fn of(component: &Component<'_>, unique: Option<&str>) -> Result<Self> {
        let place = Self::new(component.group, component.artifact, unique.unwrap_or(component.version))?;
        if place.folder_version() != component.version && unique.is_some() {
            let message = format!("{} is no snapshot of {} {}.", place.version, component.name(), component.version);
            return Err(Problem::new(code::maven::SNAPSHOT_UNPREPARED, message));
        }
        Ok(place)
    }

    /// Of an upload: its name is `group:artifact`.
    pub(crate) fn at(coordinates: &Coordinates) -> Result<Self> {
        let (group, artifact) = name(&coordinates.name)?;
        Self::new(group, artifact, &coordinates.version)
    }

    fn new(group: &str, artifact: &str, version: &str) -> Result<Self> {
        check_ids(group, artifact)?;
        if let Some(message) = wrong_version(version) {
            return Err(Problem::new(code::maven::VERSION_INVALID, message));
        }
        Ok(Self { group: group.to_owned(), artifact: artifact.to_owned(), version: version.to_owned() })
    }

    /// `group:artifact`.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.group, self.artifact)
    }

    /// The version of the folder: a snapshot's builds lie in one, `1.0-SNAPSHOT`.
    pub(crate) fn folder_version(&self) -> String {
        match unique_snapshot(&self.version) {
            Some((base, ..)) => format!("{base}-SNAPSHOT"),
            None => self.version.clone(),
        }
    }

    /// Whether this is a snapshot.
    pub(crate) fn is_snapshot(&self) -> bool {
        is_snapshot(&self.folder_version())
    }

    /// The folder of the component: `org/example/hello`.
    pub(crate) fn folder(&self) -> String {
        format!("{}/{}", self.group.replace('.', "/"), self.artifact)
    }

    /// The folder of the version.
    pub(crate) fn version_folder(&self) -> String {
        format!("{}/{}", self.folder(), self.folder_version())
    }

    /// A file of the version.
    pub(crate) fn file(&self, classifier: Option<&str>, extension: &str) -> String {
        format!("{}/{}", self.version_folder(), self.file_name(classifier, extension))
    }

    /// A file's name: `hello-1.0-sources.jar`.
    pub(crate) fn file_name(&self, classifier: Option<&str>, extension: &str) -> String {
        let dash = classifier.map(|classifier| format!("-{classifier}")).unwrap_or_default();
        format!("{}-{}{dash}.{extension}", self.artifact, self.version)
    }

    /// The POM.
    pub(crate) fn pom(&self) -> String {
        self.file(None, "pom")
    }

    /// The list of the component's versions.
    pub(crate) fn metadata(&self) -> String {
        format!("{}/{METADATA}", self.folder())
    }

    /// The list of a snapshot's builds.
    pub(crate) fn snapshot_metadata(&self) -> String {
        format!("{}/{METADATA}", self.version_folder())
    }
}

/// Cuts `group:artifact`.
pub(crate) fn name(name: &str) -> Result<(&str, &str)> {
    let Some((group, artifact)) = name.split_once(':') else {
        let message = format!("`{name}` is not the name of a Maven component.");
        return Err(Problem::new(code::maven::COORDINATES_INVALID, message).next("Write it as group:artifact."));
    };
    check_ids(group, artifact)?;
    Ok((group, artifact))
}

/// The parts of a snapshot's unique version: base version, timestamp (`20260101.120000`), build number.
pub(crate) fn unique_snapshot(version: &str) -> Option<(&str, &str, u64)> {
    let (rest, number) = version.rsplit_once('-')?;
    let (base, timestamp) = rest.rsplit_once('-')?;
    let (day, time) = timestamp.split_once('.')?;
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    (!base.is_empty() && digits(day, 8) && digits(time, 6) && digits(number, number.len()))
        .then(|| Some((base, timestamp, number.parse().ok()?)))?
}

fn check_ids(group: &str, artifact: &str) -> Result<()> {
    match wrong_ids(group, artifact) {
        Some(message) => Err(Problem::new(code::maven::COORDINATES_INVALID, message)),
        None => Ok(()),
    }
}

/// What is wrong with a group or artifact id.
pub(crate) fn wrong_ids(group: &str, artifact: &str) -> Option<String> {
    // A part between dots becomes a folder.
    if !group.split('.').all(is_part) {
        return Some(format!("`{group}` is not a group id."));
    }
    (!is_part(artifact)).then(|| format!("`{artifact}` is not an artifact id."))
}

/// What is wrong with a version.
pub(crate) fn wrong_version(version: &str) -> Option<String> {
    if !maven::is_valid(version) {
        return Some(format!("`{version}` is not a version that repositories store."));
    }
    (maven::is_snapshot(version) && !is_snapshot(version))
        .then(|| format!("The version {version} must end in -SNAPSHOT in capital letters, or in something else."))
}

/// A classifier, an extension, or a part of an id: a piece of a file name that leads nowhere else.
pub(crate) fn is_part(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !text.is_empty() && text.bytes().all(is_allowed) && !text.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_as_paths() {
        let place = Place::at(&Coordinates::new("org.example:hello", "1.0")).unwrap();
        assert_eq!(place.pom(), "org/example/hello/1.0/hello-1.0.pom");
        assert_eq!(place.file(Some("sources"), "jar.asc"), "org/example/hello/1.0/hello-1.0-sources.jar.asc");
        assert_eq!(place.metadata(), "org/example/hello/maven-metadata.xml");
        assert!(!place.is_snapshot());
        let snapshot = Place::at(&Coordinates::new("g:a-b", "1.0-rc-20260101.120000-12")).unwrap();
        assert_eq!(snapshot.pom(), "g/a-b/1.0-rc-SNAPSHOT/a-b-1.0-rc-20260101.120000-12.pom");
        assert_eq!(snapshot.snapshot_metadata(), "g/a-b/1.0-rc-SNAPSHOT/maven-metadata.xml");
        assert!(snapshot.is_snapshot());
    }

    #[test]
    fn nothing_leads_out_of_the_repository() {
        for (name, version) in [
            ("org..example:a", "1"),
            (".org:a", "1"),
            ("org:..", "1"),
            ("org:a/b", "1"),
            ("org", "1"),
            ("org:", "1"),
            ("org:a:b", "1"),
            ("a b:c", "1"),
            ("org:a", ".."),
            ("org:a", "1/2"),
            ("org:a", ""),
            ("org:a", "${revision}"),
            ("org:a", "1%2e"),
            ("org:a", "1-snapshot"),
            ("org:a", "[1,2)"),
        ] {
            assert!(Place::at(&Coordinates::new(name, version)).is_err(), "{name} {version}");
        }
    }

    #[test]
    fn unique_versions_are_told_from_others() {
        assert_eq!(unique_snapshot("1.0-20260101.120000-3"), Some(("1.0", "20260101.120000", 3)));
        for other in [
            "1.0",
            "1.0-SNAPSHOT",
            "20260101.120000-3",
            "1-2026011.120000-3",
            "1-20260101.120000-",
            "1-20260101.120000-x",
        ] {
            assert_eq!(unique_snapshot(other), None, "{other}");
        }
    }
}
