//! Reads a registry: what is there, with which bytes, under which tags.

use async_trait::async_trait;
use pak_model::{Digests, Presence, Problem, Result, Upload, code};

use super::{OciDriver, attest};
use crate::call::Call;
use crate::platform::Lookup;
use crate::protocol::oci::Repository;
use crate::protocol::oci::reference::{is_hub, sha256_hex};

#[async_trait]
impl Lookup for OciDriver {
    async fn find(&self, call: &Call, upload: &Upload) -> Result<Presence> {
        let repository = Repository::new(call, &self.sessions, &upload.coordinates.name)?;
        if let Some(subject) = attest::subject(upload) {
            let is_there = repository.has_referrer(&subject, &attest::listed(upload)).await?;
            return Ok(if is_there { Presence::present(upload.digests.clone()) } else { Presence::Absent });
        }
        let found = match &upload.coordinates.file {
            Some(digest) => repository
                .has_blob(digest)
                .await?
                .then(|| sha256_hex(digest).map(Digests::from_sha256).unwrap_or_default()),
            None => repository.resolve(&upload.coordinates.version).await?,
        };
        Ok(found.map_or(Presence::Absent, Presence::present))
    }

    async fn read_back(&self, call: &Call, upload: &Upload) -> Result<Digests> {
        let repository = Repository::new(call, &self.sessions, &upload.coordinates.name)?;
        if let Some(digest) = &upload.coordinates.file {
            return repository.read_blob(digest, upload.size).await;
        }
        let listed = attest::subject(upload).map(|_| attest::listed(upload));
        let fetched = repository.manifest(listed.as_ref().unwrap_or(&upload.coordinates.version)).await?;
        fetched.map(|fetched| fetched.digests).ok_or_else(|| {
            Problem::new(code::http::NOT_FOUND, format!("{} is not there.", upload.coordinates))
                .about("package", &upload.coordinates.name)
        })
    }

    async fn versions(&self, call: &Call, name: &str) -> Result<Vec<String>> {
        let name = full_name(call, name);
        let mut tags = Repository::new(call, &self.sessions, &name)?.tags().await?;
        // `sha256-…` tags hold signatures and other referrers of an image, not images.
        tags.retain(|tag| !tag.starts_with("sha256-"));
        // Registries list by the alphabet. What reads as a version goes by its precedence, after the names that do not.
        tags.sort_by_cached_key(|tag| (version(tag), tag.clone()));
        Ok(tags)
    }
}

/// The repository asked for: the target's own where it is set, and Docker Hub's `library/` before a single name.
pub(super) fn full_name(call: &Call, name: &str) -> String {
    let name = &named(call.endpoint().repository.as_deref(), name);
    let hub = call.endpoint().root.host_str().is_some_and(is_hub);
    if hub && !name.contains('/') { format!("library/{name}") } else { name.to_owned() }
}

/// A repository as settings write it; `{name}` in it is the package's.
pub(super) fn named(repository: Option<&str>, name: &str) -> String {
    repository.map_or(name.to_owned(), |form| form.replace("{name}", name)).trim_matches('/').to_owned()
}

/// A tag as a version: `1`, `1.2`, `v1.2.3-rc.1`, `1.2.3_build`.
fn version(tag: &str) -> Option<semver::Version> {
    let bare = tag.strip_prefix('v').unwrap_or(tag).replace('_', "+");
    let (numbers, rest) = bare.split_at(bare.find(['-', '+']).unwrap_or(bare.len()));
    let missing = 3usize.checked_sub(numbers.split('.').count())?;
    semver::Version::parse(&format!("{numbers}{}{rest}", ".0".repeat(missing))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_read_as_versions_are_ordered_as_versions() {
        let mut tags = ["1.10.0", "1.9", "latest", "v1.9.1", "1.10.0-rc.1", "alpine"].map(str::to_owned);
        tags.sort_by_cached_key(|tag| (version(tag), tag.clone()));
        assert_eq!(tags, ["alpine", "latest", "1.9", "v1.9.1", "1.10.0-rc.1", "1.10.0"]);
    }
}
