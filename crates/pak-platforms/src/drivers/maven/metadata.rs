//! `maven-metadata.xml`: read, changed and written back. What is not understood is kept as it was.
//!
//! A component's file lists its versions, a snapshot's file the newest build of each of its files.

use std::cmp::Ordering;
use std::fmt::Write as _;

use pak_model::maven;
use pak_model::xml::{self, Element, escape};

use super::layout::{Place, is_snapshot, unique_snapshot};

/// The largest file that is read: a component with tens of thousands of versions stays far below.
pub(crate) const LARGEST: u64 = 8 << 20;

/// One of these files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Metadata {
    group: String,
    artifact: String,
    /// A snapshot's version, in its own file.
    version: Option<String>,
    /// The version a client gets for `LATEST`.
    pub(crate) latest: Option<String>,
    /// The version a client gets for `RELEASE`; never a snapshot.
    pub(crate) release: Option<String>,
    /// Every version, once, oldest first.
    pub(crate) versions: Vec<String>,
    /// When it was written: `yyyyMMddHHmmss`.
    pub(crate) last_updated: Option<String>,
    /// The newest build of a snapshot.
    pub(crate) build: Option<Build>,
    /// The newest build of each of a snapshot's files.
    pub(crate) builds: Vec<FileBuild>,
    /// Elements of `versioning` that are not known here, as written.
    kept_in_versioning: String,
    /// Elements beside `versioning` that are not known here, as written: plugin lists of groups.
    kept: String,
}

/// A build of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Build {
    /// `20260101.120000`.
    pub(crate) timestamp: String,
    /// Counted from 1.
    pub(crate) number: u64,
}

/// The newest build of one file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileBuild {
    /// The file's classifier.
    pub(crate) classifier: Option<String>,
    /// The file's extension.
    pub(crate) extension: String,
    /// The unique version.
    pub(crate) value: String,
    /// When it was written.
    pub(crate) updated: String,
}

impl Metadata {
    /// An empty file for a component.
    pub(crate) fn of_component(place: &Place) -> Self {
        Self { group: place.group.clone(), artifact: place.artifact.clone(), ..Self::default() }
    }

    /// An empty file for a snapshot.
    pub(crate) fn of_snapshot(place: &Place) -> Self {
        Self { version: Some(place.folder_version()), ..Self::of_component(place) }
    }

    /// Reads one; the reason in words where it cannot be read.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = xml::decode(bytes).map_err(|error| error.to_string())?;
        let root = xml::parse(&text).map_err(|error| error.to_string())?;
        if root.name != "metadata" {
            return Err(format!("its root element is <{}>, not <metadata>", root.name));
        }
        let at = |path: &[&str]| root.text_at(path).map(str::to_owned);
        let mut read = Self {
            group: at(&["groupId"]).unwrap_or_default(),
            artifact: at(&["artifactId"]).unwrap_or_default(),
            version: at(&["version"]),
            latest: at(&["versioning", "latest"]),
            release: at(&["versioning", "release"]),
            last_updated: at(&["versioning", "lastUpdated"]),
            kept: kept(&text, &root, &["groupId", "artifactId", "version", "versioning"]),
            ..Self::default()
        };
        let Some(versioning) = root.child("versioning") else { return Ok(read) };
        let known = ["latest", "release", "versions", "lastUpdated", "snapshot", "snapshotVersions"];
        read.kept_in_versioning = kept(&text, versioning, &known);
        for version in versioning.child("versions").into_iter().flat_map(|list| list.children("version")) {
            if !version.text.is_empty() {
                read.versions.push(version.text.clone());
            }
        }
        let mut seen = std::collections::HashSet::new();
        read.versions.retain(|version| seen.insert(version.clone()));
        read.build = versioning.child("snapshot").and_then(build);
        let builds = versioning.child("snapshotVersions").into_iter().flat_map(|list| list.children("snapshotVersion"));
        read.builds = builds.filter_map(file_build).collect();
        Ok(read)
    }

    /// Whether it lists a version.
    pub(crate) fn lists(&self, version: &str) -> bool {
        self.versions.iter().any(|listed| listed == version)
    }

    /// Whether a snapshot's users get this build.
    pub(crate) fn is_newest(&self, unique: &str) -> bool {
        let number = unique_snapshot(unique).map(|(_, timestamp, number)| (timestamp, number));
        self.build.as_ref().is_some_and(|build| Some((build.timestamp.as_str(), build.number)) == number)
    }

    /// Adds a version behind those that are not newer; what users get by default is the newest, never the last one sent:
    /// a correction of an old line must not take its place.
    pub(crate) fn add(&mut self, version: &str, now: &str) {
        if !self.lists(version) {
            let behind = self.versions.iter().rposition(|listed| compare(listed, version) != Ordering::Greater);
            self.versions.insert(behind.map_or(0, |index| index + 1), version.to_owned());
        }
        self.settle(now);
    }

    /// Removes a version; whether any is left.
    pub(crate) fn remove(&mut self, version: &str, now: &str) -> bool {
        self.versions.retain(|listed| listed != version);
        self.settle(now);
        !self.versions.is_empty()
    }

    fn settle(&mut self, now: &str) {
        let newest = |versions: &mut dyn Iterator<Item = &String>| versions.max_by(|a, b| compare(a, b)).cloned();
        self.latest = newest(&mut self.versions.iter());
        self.release = newest(&mut self.versions.iter().filter(|version| !is_snapshot(version)));
        self.last_updated = Some(now.to_owned());
    }

    /// Makes a build the newest one for the files it has; files of earlier builds that it does not have stay listed.
    pub(crate) fn add_build(&mut self, build: Build, files: impl Iterator<Item = FileBuild>) {
        for file in files {
            let is_same =
                |listed: &FileBuild| listed.classifier == file.classifier && listed.extension == file.extension;
            self.last_updated = Some(file.updated.clone());
            match self.builds.iter_mut().find(|listed| is_same(listed)) {
                Some(listed) => *listed = file,
                None => self.builds.push(file),
            }
        }
        self.build = Some(build);
    }

    /// The file's text.
    pub(crate) fn write(&self) -> String {
        // Maven's own writer names this form where builds are listed.
        let form = if self.builds.is_empty() { "" } else { " modelVersion=\"1.1.0\"" };
        let mut text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metadata{form}>\n");
        line(&mut text, 1, "groupId", Some(&self.group));
        line(&mut text, 1, "artifactId", Some(&self.artifact));
        line(&mut text, 1, "version", self.version.as_deref());
        text.push_str("  <versioning>\n");
        line(&mut text, 2, "latest", self.latest.as_deref());
        line(&mut text, 2, "release", self.release.as_deref());
        if let Some(build) = &self.build {
            text.push_str("    <snapshot>\n");
            line(&mut text, 3, "timestamp", Some(&build.timestamp));
            line(&mut text, 3, "buildNumber", Some(&build.number.to_string()));
            text.push_str("    </snapshot>\n");
        }
        if !self.versions.is_empty() {
            text.push_str("    <versions>\n");
            for version in &self.versions {
                line(&mut text, 3, "version", Some(version));
            }
            text.push_str("    </versions>\n");
        }
        line(&mut text, 2, "lastUpdated", self.last_updated.as_deref());
        if !self.builds.is_empty() {
            text.push_str("    <snapshotVersions>\n");
            for file in &self.builds {
                text.push_str("      <snapshotVersion>\n");
                line(&mut text, 4, "classifier", file.classifier.as_deref());
                line(&mut text, 4, "extension", Some(&file.extension));
                line(&mut text, 4, "value", Some(&file.value));
                line(&mut text, 4, "updated", Some(&file.updated));
                text.push_str("      </snapshotVersion>\n");
            }
            text.push_str("    </snapshotVersions>\n");
        }
        text.push_str(&self.kept_in_versioning);
        text.push_str("  </versioning>\n");
        text.push_str(&self.kept);
        text.push_str("</metadata>\n");
        text
    }
}

/// What is no version at all, in lists that others wrote, counts as no newer and no older.
fn compare(left: &str, right: &str) -> Ordering {
    maven::compare(left, right).unwrap_or(Ordering::Equal)
}

fn line(text: &mut String, depth: usize, name: &str, value: Option<&str>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        let indent = "  ".repeat(depth);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{indent}<{name}>{}</{name}>", escape(value));
    }
}

/// The children that are not known, as they stand in the document.
fn kept(text: &str, parent: &Element, known: &[&str]) -> String {
    let mut kept = String::new();
    for child in parent.children.iter().filter(|child| !known.contains(&child.name.as_str())) {
        let inner = text.get(child.inner.clone()).unwrap_or_default();
        let _ = writeln!(kept, "    <{0}>{inner}</{0}>", child.name);
    }
    kept
}

fn build(element: &Element) -> Option<Build> {
    let timestamp = element.text_at(&["timestamp"])?.to_owned();
    Some(Build { timestamp, number: element.text_at(&["buildNumber"])?.parse().ok()? })
}

fn file_build(element: &Element) -> Option<FileBuild> {
    Some(FileBuild {
        classifier: element.text_at(&["classifier"]).map(str::to_owned),
        extension: element.text_at(&["extension"])?.to_owned(),
        value: element.text_at(&["value"])?.to_owned(),
        updated: element.text_at(&["updated"]).unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use pak_model::Coordinates;
    use proptest::prelude::*;

    use super::*;

    const NOW: &str = "20260203040506";

    fn place(version: &str) -> Place {
        Place::at(&Coordinates::new("org.example:hello", version)).unwrap()
    }

    #[test]
    fn a_new_file_is_what_maven_writes() {
        let mut metadata = Metadata::of_component(&place("1.0"));
        metadata.add("1.0", NOW);
        assert_eq!(
            metadata.write(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metadata>\n  <groupId>org.example</groupId>\n  \
             <artifactId>hello</artifactId>\n  <versioning>\n    <latest>1.0</latest>\n    <release>1.0</release>\n    \
             <versions>\n      <version>1.0</version>\n    </versions>\n    <lastUpdated>20260203040506</lastUpdated>\n  \
             </versioning>\n</metadata>\n"
        );
        assert_eq!(Metadata::parse(metadata.write().as_bytes()).unwrap(), metadata);
    }

    #[test]
    fn versions_are_listed_once_in_order_and_the_newest_is_the_default() {
        let mut metadata = Metadata::of_component(&place("1.0"));
        for version in ["1.10", "1.9", "2.0-SNAPSHOT", "1.9", "1.9.1", "2.0-rc1"] {
            metadata.add(version, NOW);
        }
        assert_eq!(metadata.versions, ["1.9", "1.9.1", "1.10", "2.0-rc1", "2.0-SNAPSHOT"]);
        assert_eq!(metadata.latest.as_deref(), Some("2.0-SNAPSHOT"));
        assert_eq!(metadata.release.as_deref(), Some("2.0-rc1"));
        assert!(metadata.remove("2.0-rc1", NOW));
        assert!(metadata.remove("2.0-SNAPSHOT", NOW));
        assert_eq!((metadata.latest.as_deref(), metadata.release.as_deref()), (Some("1.10"), Some("1.10")));
        for version in ["1.9", "1.9.1"] {
            assert!(metadata.remove(version, NOW));
        }
        assert!(!metadata.remove("1.10", NOW));
    }

    #[test]
    fn what_is_not_understood_stays() {
        let text = "<metadata xmlns=\"u\"><groupId>g</groupId><artifactId>a</artifactId><plugins><plugin><prefix>p &amp; q\
                    </prefix></plugin></plugins><versioning><versions><version>1</version><version>1</version></versions>\
                    <odd x=\"1\"><deep/></odd></versioning></metadata>";
        let mut metadata = Metadata::parse(text.as_bytes()).unwrap();
        metadata.add("2", NOW);
        let written = metadata.write();
        assert!(written.contains("<plugins><plugin><prefix>p &amp; q</prefix></plugin></plugins>"), "{written}");
        assert!(written.contains("<odd><deep/></odd>"), "{written}");
        let again = Metadata::parse(written.as_bytes()).unwrap();
        assert_eq!(again.versions, ["1", "2"]);
        assert_eq!(again.write(), written);
    }

    #[test]
    fn builds_of_a_snapshot() {
        let file = |classifier: Option<&str>, value: &str| FileBuild {
            classifier: classifier.map(str::to_owned),
            extension: "jar".into(),
            value: value.into(),
            updated: NOW.into(),
        };
        let build = |number| Build { timestamp: "20260203.040506".into(), number };
        let mut metadata = Metadata::of_snapshot(&place("1.0-20260203.040506-1"));
        metadata.add_build(build(1), [file(None, "one"), file(Some("sources"), "one")].into_iter());
        metadata.add_build(build(2), [file(None, "two")].into_iter());
        let read = Metadata::parse(metadata.write().as_bytes()).unwrap();
        assert_eq!(read, metadata);
        assert_eq!(read.version.as_deref(), Some("1.0-SNAPSHOT"));
        assert_eq!(read.build, Some(build(2)));
        let listed: Vec<_> = read.builds.iter().map(|file| (file.classifier.as_deref(), file.value.as_str())).collect();
        assert_eq!(listed, [(None, "two"), (Some("sources"), "one")]);
    }

    #[test]
    fn documents_that_are_something_else_are_refused() {
        assert!(Metadata::parse(b"<html/>").unwrap_err().contains("<html>"));
        assert!(Metadata::parse(b"not xml").is_err());
        assert!(Metadata::parse(b"<!DOCTYPE metadata [<!ENTITY a 'b'>]><metadata/>").is_err());
    }

    proptest! {
        #[test]
        fn written_files_read_back(versions in proptest::collection::vec("\\PC{1,8}", 0..8)) {
            let mut metadata = Metadata::of_component(&place("1"));
            for version in versions.iter().filter(|version| !version.trim().is_empty()) {
                metadata.add(version.trim(), NOW);
            }
            prop_assert_eq!(Metadata::parse(metadata.write().as_bytes()).unwrap(), metadata);
        }
    }
}
