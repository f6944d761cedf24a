//! Where things are in a repository: `group/artifact/version/artifact-version.ext`.

use std::io;

use serde::{Deserialize, Serialize};

use crate::registries::Shared;

/// Where components that are published (or about to be) are recorded.
pub(super) const RECORDS: &str = "central/components";
/// Where their files are.
pub(super) const FILES: &str = "central/maven2";

/// A component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Component {
    pub group: String,
    pub artifact: String,
    pub version: String,
}

/// That a component is published.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    /// When its publication began, in milliseconds since 1970.
    pub promoted: i64,
}

impl Component {
    /// The component whose folder a path lies in, and the file's name.
    pub(super) fn of_path(path: &str) -> Option<(Self, &str)> {
        let mut parts = path.rsplitn(4, '/');
        let (file, version, artifact, group) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let rest = file.strip_prefix(artifact)?.strip_prefix('-')?.strip_prefix(version)?;
        let component =
            Self { group: group.replace('/', "."), artifact: artifact.to_owned(), version: version.to_owned() };
        (rest.starts_with(['.', '-'])).then_some((component, file))
    }

    pub(super) fn purl(&self) -> String {
        format!("pkg:maven/{}/{}@{}", self.group, self.artifact, self.version)
    }

    /// The portal's sentence for a version that is there.
    pub(super) fn exists(&self) -> String {
        format!("Component with package url: '{}' already exists", self.purl())
    }

    /// A file's name without its ending: `artifact-version`.
    pub(super) fn stem(&self) -> String {
        format!("{}-{}", self.artifact, self.version)
    }

    /// What is recorded of it, where it is published or about to be.
    pub(super) fn record(&self, shared: &Shared) -> io::Result<Option<Record>> {
        let Some(bytes) = shared.store.read(&self.key())? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(io::Error::other)
    }

    pub(super) fn write_record(&self, shared: &Shared, record: &Record) -> io::Result<()> {
        shared.store.write(&self.key(), &serde_json::to_vec(record).map_err(io::Error::other)?)
    }

    /// Versions on record of a group and artifact.
    pub(super) fn versions(shared: &Shared, group: &str, artifact: &str) -> io::Result<Vec<(Self, Record)>> {
        let mut found = Vec::new();
        for name in shared.store.list(&format!("{RECORDS}/{group}/{artifact}"))? {
            let version = name.trim_end_matches(".json").to_owned();
            let component = Self { group: group.to_owned(), artifact: artifact.to_owned(), version };
            if let Some(record) = component.record(shared)? {
                found.push((component, record));
            }
        }
        found.sort_by_key(|(_, record)| record.promoted);
        Ok(found)
    }

    fn key(&self) -> String {
        format!("{RECORDS}/{}/{}/{}.json", self.group, self.artifact, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_which_component_a_file_is_of() {
        let (component, file) = Component::of_path("org/example/hello/1.0/hello-1.0-sources.jar.asc").unwrap();
        assert_eq!((component.purl().as_str(), file), ("pkg:maven/org.example/hello@1.0", "hello-1.0-sources.jar.asc"));
        for wrong in
            ["hello-1.0.jar", "org/hello/1.0/other-1.0.jar", "org/hello/1.0/hello-1.0x.jar", "hello/1.0/hello-1.0.jar"]
        {
            assert_eq!(Component::of_path(wrong), None, "{wrong}");
        }
    }
}
