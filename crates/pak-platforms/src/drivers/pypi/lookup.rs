//! What the index has: a file is found by its name on the project's simple page.

use std::str::FromStr as _;
use std::time::Duration;

use async_trait::async_trait;
use pak_http::Request;
use pak_model::python::WheelName;
use pak_model::{Artifact, Digests, Hasher, Presence, Problem, Release, Result, Standing, Upload, code};
use pep440_rs::Version;

use super::simple::File;
use super::{PypiDriver, credentials};
use crate::call::Call;
use crate::platform::{Lookup, PackageSource};
use crate::previous::{self, Candidate, Previous, newest_before};

#[async_trait]
impl Lookup for PypiDriver {
    async fn find(&self, call: &Call, upload: &Upload) -> Result<Presence> {
        let Some(file) = self.file(call, upload).await? else { return Ok(Presence::Absent) };
        self.files.keep(call, &upload.coordinates, file.clone());
        // Old indexes tell no digest: what is served decides then.
        let digests = if file.digests == Digests::default() { self.fetch(call, &file).await? } else { file.digests };
        Ok(Presence::Present { digests, standing: Standing::withdrawn_if(file.yanked) })
    }

    async fn read_back(&self, call: &Call, upload: &Upload) -> Result<Digests> {
        let seen = self.files.recall(call, &upload.coordinates);
        let listed = if seen.is_some() { seen } else { self.file(call, upload).await? };
        let Some(file) = listed else {
            return Err(Problem::new(
                code::deploy::NOT_CONFIRMED,
                format!("The index does not list {} yet.", upload.coordinates),
            )
            .retry_after(Duration::from_secs(2)));
        };
        self.fetch(call, &file).await
    }

    async fn versions(&self, call: &Call, name: &str) -> Result<Vec<String>> {
        let Some(page) = self.page(call, name).await? else { return Ok(Vec::new()) };
        let mut versions = page.versions;
        if versions.is_empty() {
            versions = page.files.iter().filter_map(|file| file.version(name)).collect();
        }
        versions.sort_by_cached_key(|version| pep440_rs::Version::from_str(version).ok());
        versions.dedup();
        Ok(versions)
    }

    async fn previous(&self, call: &Call, release: &Release, artifact: &Artifact) -> Result<Option<Previous>> {
        let name = &release.package.name;
        let Ok(this) = Version::from_str(&release.version) else { return Ok(None) };
        let Some(page) = self.page(call, name).await? else { return Ok(None) };
        let tags = same_kind(&artifact.id);
        let candidates = page.files.into_iter().filter_map(|file| {
            let version = file.version(name)?;
            let order = Version::from_str(&version).ok()?;
            let fits = same_kind(&file.name) == tags;
            let early = order.any_prerelease();
            fits.then_some(Candidate { order, early, withdrawn: file.yanked, what: (version, file) })
        });
        let Some((version, file)) = newest_before(&this, this.any_prerelease(), candidates) else { return Ok(None) };
        let request = Request::get(file.url.clone()).auth(credentials::reading_auth(self, call, &file.url)?);
        let bytes = previous::download(call, request, &file.name, &file.digests).await?;
        Ok(bytes.map(|bytes| Previous { version, name: file.name, bytes }))
    }

    async fn package_source(&self, call: &Call) -> Result<Option<PackageSource>> {
        Ok(Some(PackageSource { index: self.addresses(call.endpoint()).index()?, download: None }))
    }
}

/// What makes two files counterparts: both sdists, or wheels for the same machines (interpreters move on from one version to
/// the next).
fn same_kind(file: &str) -> Option<String> {
    WheelName::parse(file).map(|_| file.trim_end_matches(".whl").rsplit('-').next().unwrap_or_default().to_owned())
}

impl PypiDriver {
    /// The upload's file as the index lists it now.
    async fn file(&self, call: &Call, upload: &Upload) -> Result<Option<File>> {
        let page = self.page(call, &upload.coordinates.name).await?;
        let wanted = upload.coordinates.file.as_deref().unwrap_or(&upload.key);
        Ok(page.and_then(|page| page.files.into_iter().find(|file| file.name == wanted)))
    }

    /// Downloads a file and hashes it.
    async fn fetch(&self, call: &Call, file: &File) -> Result<Digests> {
        let request = Request::get(file.url.clone()).auth(credentials::reading_auth(self, call, &file.url)?);
        let response = call.send(request).await?;
        if !response.status().is_success() {
            return Err(pak_http::status_problem(&format!("Download of {}", file.name), response, true).await);
        }
        response.hash(Hasher::new()).await
    }
}
