//! Cuts an image into what is sent one by one: blobs, then manifests by digest, then tags. A user sees nothing before the tag.

use std::collections::BTreeSet;

use async_trait::async_trait;
use pak_model::artifact::{ImageDetails, ImageManifest};
use pak_model::upload::OnConflict;
use pak_model::{Artifact, Coordinates, Details, Finding, Problem, Receipt, Release, Result, Role, Upload, code};

use super::attest::{self, Attached};
use super::lookup::named;
use super::{OciDriver, rules};
use crate::attestation::{Claim, Predicate};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::platform::Publish;
use crate::protocol::oci::Repository;
use crate::protocol::oci::reference::{is_hub, tag_of};

/// The annotation that names the image a recipe began from.
const BASE_NAME: &str = "org.opencontainers.image.base.name";

#[async_trait]
impl Publish for OciDriver {
    async fn preflight(&self, call: &Call, release: &Release) -> Result<Vec<Finding>> {
        Ok(rules::check(call.endpoint(), release))
    }

    fn claims(&self, endpoint: &Endpoint, release: &Release) -> Result<Vec<Claim>> {
        let (artifact, _) = image(release)?;
        let host = endpoint.root.host_str().unwrap_or_default();
        let host = endpoint.root.port().map_or(host.to_owned(), |port| format!("{host}:{port}"));
        let subject = format!("{host}/{}", repository(endpoint, release));
        Ok(vec![Claim::by_sha256(artifact, subject, Predicate::Provenance)?])
    }

    fn uploads(&self, endpoint: &Endpoint, release: &Release) -> Result<Vec<Upload>> {
        let (artifact, image) = image(release)?;
        let repository = repository(endpoint, release);
        let tag = tag_of(&release.version);
        let upload = |key: String, at: Coordinates, digest: &str, size: u64, after: Vec<String>, role: Role| {
            upload(&artifact.id, key, at, digest, size, after, role)
        };
        let mut uploads: Vec<Upload> = image
            .blobs
            .iter()
            .map(|blob| {
                let coordinates = Coordinates::new(&repository, &tag).file(&blob.digest);
                upload(blob_key(&blob.digest), coordinates, &blob.digest, blob.size, Vec::new(), Role::Shared)
            })
            .collect();
        for manifest in &image.manifests {
            let children = children(manifest);
            let after = manifest
                .blobs
                .iter()
                .map(|digest| blob_key(digest))
                .chain(image.manifests.iter().filter(|other| children.contains(&other.digest)).map(manifest_key))
                .collect();
            let coordinates = Coordinates::new(&repository, &manifest.digest);
            uploads.push(upload(
                manifest_key(manifest),
                coordinates,
                &manifest.digest,
                manifest.text.len() as u64,
                after,
                Role::Part,
            ));
        }
        let top = top(image)?;
        // Nobody finds the image by its tag before its attestations are there.
        let attached = Attached::of(image, release)?;
        uploads.extend(attached.iter().flat_map(|one| one.uploads(&artifact.id, &repository, &tag, top)));
        // The image and its attestations may have a blob in common: the empty configuration.
        let mut keys = BTreeSet::new();
        uploads.retain(|upload| keys.insert(upload.key.clone()));
        let listed: Vec<String> = attached.iter().map(Attached::listed_key).collect();
        let mut tags = vec![(tag.clone(), OnConflict::Stop)];
        tags.extend(moving_tags(release).map(|tag| (tag.to_owned(), OnConflict::Replace)));
        for (name, on_conflict) in tags {
            // Moving tags follow the version's: `latest` must not name an image whose version was refused.
            let mut after = vec![if name == tag { manifest_key(top) } else { tag_key(&tag) }];
            after.extend(listed.iter().filter(|_| name == tag).cloned());
            let coordinates = Coordinates::new(&repository, &name);
            let made = upload(tag_key(&name), coordinates, &top.digest, top.text.len() as u64, after, Role::Front);
            uploads.push(Upload { on_conflict, ..made });
        }
        Ok(uploads)
    }

    async fn send(&self, call: &Call, release: &Release, upload: &Upload) -> Result<Receipt> {
        let (_, image) = image(release)?;
        let unknown = || {
            Problem::new(code::deploy::ARTIFACT_CHANGED, format!("The image no longer holds {}.", upload.key))
                .about("package", &release.package.name)
        };
        let repository = Repository::new(call, &self.sessions, &upload.coordinates.name)?;
        let attached = Attached::of(image, release)?;
        if let Some(subject) = attest::subject(upload) {
            let own = attached.iter().find(|one| one.listed_key() == upload.key).ok_or_else(unknown)?;
            repository.list_referrer(&subject, &own.manifest.digest, own.descriptor()).await?;
            return Ok(Receipt::default());
        }
        if let Some(digest) = &upload.coordinates.file {
            if let Some(text) = attached.iter().find_map(|one| one.blob(digest)) {
                repository.send_text(digest, text).await?;
                return Ok(Receipt::default());
            }
            let blob = image.blobs.iter().find(|blob| blob.digest == *digest).ok_or_else(unknown)?;
            let from = base_repository(call.endpoint(), image, digest).filter(|from| *from != upload.coordinates.name);
            repository.send_blob(blob, from.as_deref()).await?;
            return Ok(Receipt::default());
        }
        let reference = upload.coordinates.version.as_str();
        let manifest = if upload.role == Role::Front {
            top(image)?
        } else {
            let own = attached.iter().map(|one| &one.manifest);
            image.manifests.iter().chain(own).find(|manifest| manifest.digest == reference).ok_or_else(unknown)?
        };
        let location = repository.put_manifest(reference, &manifest.media_type, manifest.text.as_bytes()).await?;
        let url =
            if upload.role == Role::Front { page(call.endpoint(), &upload.coordinates.name, reference) } else { None };
        Ok(Receipt { url: url.or(location), ..Receipt::default() })
    }
}

/// The repository of a release, by the nearest setting.
pub(super) fn repository(endpoint: &Endpoint, release: &Release) -> String {
    let set = release.options.repository.as_ref().or(endpoint.repository.as_ref());
    named(set.map(String::as_str), &release.package.name)
}

/// The release's image. There is one: several platforms are one image with an index.
pub(super) fn image(release: &Release) -> Result<(&Artifact, &ImageDetails)> {
    release
        .artifacts
        .iter()
        .find_map(|artifact| match &artifact.details {
            Details::Image(image) => Some((artifact, image)),
            _ => None,
        })
        .ok_or_else(|| {
            Problem::new(code::oci::IMAGE_MISSING, format!("{} has no image.", release.package.label()))
                .about("package", &release.package.name)
        })
}

/// Tags that may move, each once and without the version's own.
pub(super) fn moving_tags(release: &Release) -> impl Iterator<Item = &str> {
    let version = tag_of(&release.version);
    let tags = &release.options.tags;
    tags.iter()
        .enumerate()
        .filter(move |(at, tag)| **tag != version && !tags.iter().take(*at).any(|earlier| earlier == *tag))
        .map(|(_, tag)| tag.as_str())
}

/// One upload; what differs between blobs, manifests and tags is given.
pub(super) fn upload(
    artifact: &str,
    key: String,
    coordinates: Coordinates,
    digest: &str,
    size: u64,
    after: Vec<String>,
    role: Role,
) -> Upload {
    let (digests, artifact) = (attest::digests(digest), artifact.to_owned());
    Upload { key, coordinates, digests, size, artifact, after, on_conflict: OnConflict::Stop, role }
}

pub(super) fn top(image: &ImageDetails) -> Result<&ImageManifest> {
    image.manifests.iter().find(|manifest| manifest.digest == image.digest).ok_or_else(|| {
        Problem::new(code::build::ARTIFACT_INVALID, format!("The image's manifest {} is missing.", image.digest))
    })
}

pub(super) fn blob_key(digest: &str) -> String {
    format!("blob {digest}")
}

pub(super) fn manifest_key(manifest: &ImageManifest) -> String {
    format!("manifest {}", manifest.digest)
}

fn tag_key(tag: &str) -> String {
    format!("tag {tag}")
}

/// Digests of the manifests an index names.
fn children(manifest: &ImageManifest) -> Vec<String> {
    let document: serde_json::Value = serde_json::from_str(&manifest.text).unwrap_or_default();
    let named = document["manifests"].as_array().into_iter().flatten();
    named.filter_map(|child| child["digest"].as_str().map(str::to_owned)).collect()
}

/// The repository of this registry that an image says it was built on: its layers need not be sent again.
fn base_repository(endpoint: &Endpoint, image: &ImageDetails, blob: &str) -> Option<String> {
    let host = endpoint.root.host_str()?;
    let authority = match endpoint.root.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    image.manifests.iter().filter(|manifest| manifest.blobs.iter().any(|named| named == blob)).find_map(|manifest| {
        let document: serde_json::Value = serde_json::from_str(&manifest.text).ok()?;
        let name = document["annotations"][BASE_NAME].as_str()?;
        let (registry, path) = name.split_once('/')?;
        let path = path.split('@').next()?;
        let path = path.rsplit_once(':').map_or(path, |(path, _)| path);
        (registry == authority || (is_hub(registry) && is_hub(host))).then(|| path.to_owned())
    })
}

/// Where people look at a tag.
fn page(endpoint: &Endpoint, repository: &str, tag: &str) -> Option<String> {
    let host = endpoint.root.host_str()?;
    is_hub(host).then(|| format!("https://hub.docker.com/r/{repository}/tags?name={tag}"))
}
