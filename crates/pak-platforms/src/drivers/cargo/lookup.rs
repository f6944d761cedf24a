//! What is published: read from the index, never from the web API, because the index is what cargo believes.

use async_trait::async_trait;
use pak_http::{Request, StatusCode, status_problem};
use pak_model::{Artifact, Digests, Hasher, Presence, Problem, Release, Result, Upload, code};
use semver::Version;

use super::index::Registry;
use super::{CargoDriver, index_url};
use crate::call::Call;
use crate::platform::{Lookup, PackageSource};
use crate::previous::{self, Candidate, Previous, newest_before};

#[async_trait]
impl Lookup for CargoDriver {
    async fn find(&self, call: &Call, upload: &Upload) -> Result<Presence> {
        let at = &upload.coordinates;
        let entry = self.registry(call).await?.version(call, &at.name, &at.version).await?;
        Ok(entry.map_or(Presence::Absent, |entry| entry.presence()))
    }

    async fn read_back(&self, call: &Call, upload: &Upload) -> Result<Digests> {
        let registry = self.registry(call).await?;
        let at = &upload.coordinates;
        let Some(entry) = registry.version(call, &at.name, &at.version).await? else {
            return Err(Problem::new(code::http::NOT_FOUND, format!("The index does not list {at}.")));
        };
        let url = registry.download(&entry)?;
        let response = call.send(Request::get(url).auth(registry.reading_auth(call))).await?;
        if response.status() != StatusCode::OK {
            return Err(status_problem(&format!("Download of {at}"), response, true).await);
        }
        response.hash(Hasher::sha256_only()).await
    }

    async fn versions(&self, call: &Call, name: &str) -> Result<Vec<String>> {
        let entries = self.registry(call).await?.versions(call, name).await?;
        Ok(entries.into_iter().map(|entry| entry.version.to_string()).collect())
    }

    async fn previous(&self, call: &Call, release: &Release, _artifact: &Artifact) -> Result<Option<Previous>> {
        let Ok(this) = Version::parse(&release.version) else { return Ok(None) };
        let registry = self.registry(call).await?;
        let candidates = registry.versions(call, &release.package.name).await?.into_iter().map(|entry| Candidate {
            order: entry.version.clone(),
            early: !entry.version.pre.is_empty(),
            withdrawn: entry.yanked,
            what: entry,
        });
        let Some(entry) = newest_before(&this, !this.pre.is_empty(), candidates) else { return Ok(None) };
        let request = Request::get(registry.download(&entry)?).auth(registry.reading_auth(call));
        let name = format!("{}-{}.crate", entry.name, entry.version);
        let bytes = previous::download(call, request, &name, &entry.digests()).await?;
        Ok(bytes.map(|bytes| Previous { version: entry.version.to_string(), name, bytes }))
    }

    async fn package_source(&self, call: &Call) -> Result<Option<PackageSource>> {
        let mut registry = self.registry(call).await?;
        if !registry.follows_public_rules() {
            // A dependency that names no registry is one of crates.io, wherever the crate itself is published.
            let public = self.definition.public_endpoint()?;
            registry = Registry::read(call, index_url(&public), true).await?.into();
        }
        Ok(Some(registry.package_source()))
    }
}
