//! What is published: the portal knows whether, the download root shows what.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http::StatusCode;
use pak_http::{Request, Response, origin, status_problem};
use pak_model::{Coordinates, Digests, Hasher, Presence, Problem, Result, Upload, code};
use url::Url;

use super::listing::Listing;
use super::{CentralDriver, portal};
use crate::call::Call;
use crate::drivers::maven::component::SIGNATURE;
use crate::drivers::maven::layout::Place;
use crate::drivers::maven::metadata::Metadata;
use crate::endpoint::Endpoint;
use crate::platform::{Lookup, PackageSource};
use crate::protocol::files::address;

/// How many files of a component are asked for at the same time.
const SIDE_BY_SIDE: usize = 4;
/// Between two looks at the download root.
const ASK_AGAIN: Duration = Duration::from_secs(10);

#[async_trait]
impl Lookup for CentralDriver {
    async fn find(&self, call: &Call, upload: &Upload) -> Result<Presence> {
        let listing = Listing::of_upload(upload)?;
        if !portal::is_published(call, &listing.place).await? {
            return Ok(Presence::Absent);
        }
        let identity = self.identity(call, &listing, How::Told).await?;
        Ok(identity.map_or_else(|| Presence::not_yet(ASK_AGAIN), Presence::present))
    }

    async fn read_back(&self, call: &Call, upload: &Upload) -> Result<Digests> {
        let listing = Listing::of_upload(upload)?;
        self.identity(call, &listing, How::Read).await?.ok_or_else(|| {
            let text = format!("{} is not downloadable as a whole yet.", listing.label());
            Problem::new(code::deploy::NOT_CONFIRMED, text).retry_after(ASK_AGAIN)
        })
    }

    async fn versions(&self, call: &Call, name: &str) -> Result<Vec<String>> {
        // Any version will do to find the list.
        let path = Place::at(&Coordinates::new(name, "1"))?.metadata();
        let Some(response) = get(call, address(&self.download_root(call.endpoint())?, &path)?).await? else {
            return Ok(Vec::new());
        };
        let metadata = Metadata::parse(&response.bytes().await?).map_err(|why| {
            Problem::new(code::maven::METADATA_INVALID, format!("The versions of {name} cannot be read: {why}."))
        })?;
        Ok(metadata.versions)
    }

    async fn package_source(&self, call: &Call) -> Result<Option<PackageSource>> {
        Ok(Some(PackageSource { index: self.download_root(call.endpoint())?, download: None }))
    }
}

/// How a file's digest is learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// From its checksum file, where it has one.
    Told,
    /// By reading it.
    Read,
}

impl CentralDriver {
    /// Where components are downloaded from.
    pub(super) fn download_root(&self, endpoint: &Endpoint) -> Result<Url> {
        if let Some(index) = &endpoint.index {
            return Ok(index.clone());
        }
        let public = self.definition.public_endpoint()?;
        public.index.filter(|_| origin(&public.root) == origin(&endpoint.root)).ok_or_else(|| {
            let text = format!("Where components of {} are downloaded from is not known.", origin(&endpoint.root));
            Problem::new(code::central::DOWNLOAD_ROOT, text)
        })
    }

    /// The digest of a component as the download root has it; `None` while a file of it is not there.
    async fn identity(&self, call: &Call, listing: &Listing, how: How) -> Result<Option<Digests>> {
        let root = self.download_root(call.endpoint())?;
        let root = &root;
        let digests: BTreeMap<String, Option<String>> = stream::iter(listing.files.clone())
            .map(|file| async move {
                let path = listing.path(&file);
                let digest = match how {
                    How::Told => told(call, root, &path).await?,
                    How::Read if !is_signed(call, root, &path).await? => None,
                    How::Read => read(call, root, &path).await?,
                };
                Ok::<_, Problem>((file, digest))
            })
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect()
            .await?;
        Ok(listing.identity(|file| digests.get(file)?.as_deref()))
    }
}

/// The SHA-256 of a file as its checksum file tells it. Publishers need not give this one: then the bytes decide.
async fn told(call: &Call, root: &Url, path: &str) -> Result<Option<String>> {
    if let Some(response) = get(call, address(root, &format!("{path}.sha256"))?).await? {
        let text = String::from_utf8_lossy(&response.bytes_up_to(1024).await?).into_owned();
        // Some tools write the file's name behind the digest.
        let word = text.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        if word.len() == 64 && word.chars().all(|letter| letter.is_ascii_hexdigit()) {
            return Ok(Some(word));
        }
    }
    read(call, root, path).await
}

/// The SHA-256 of what is served; `None` where nothing is.
async fn read(call: &Call, root: &Url, path: &str) -> Result<Option<String>> {
    match get(call, address(root, path)?).await? {
        Some(response) => Ok(response.hash(Hasher::sha256_only()).await?.sha256),
        None => Ok(None),
    }
}

/// Whether a file's signature is served: without it, users who check signatures cannot use the file.
async fn is_signed(call: &Call, root: &Url, path: &str) -> Result<bool> {
    Ok(get(call, address(root, &format!("{path}{SIGNATURE}"))?).await?.is_some())
}

/// Reads from the download root, as anybody: the credential is the portal's.
async fn get(call: &Call, url: Url) -> Result<Option<Response>> {
    let shown = pak_http::safe(&url);
    let response = call.send(Request::get(url)).await?;
    match response.status() {
        StatusCode::NOT_FOUND => Ok(None),
        status if status.is_success() => Ok(Some(response)),
        _ => Err(status_problem(&format!("Download of {shown}"), response, true).await),
    }
}
