//! Attestations of an image: each a manifest of its own that names the image as its subject (OCI 1.1). Clients find it in the
//! registry's list of referrers or, where a registry keeps none, in a tag made of the image's digest.

use pak_model::artifact::{ImageDetails, ImageManifest};
use pak_model::{Coordinates, Digests, Release, Result, Role, Upload};
use serde_json::{Value, json};

use super::publish::{blob_key, manifest_key, top, upload};
use crate::protocol::oci::reference::sha256_hex;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// The configuration of a manifest that has none.
const EMPTY: &str = "{}";
/// Begins the tag that lists an image's referrers; the digest follows.
const TAG: &str = "sha256-";

/// One attestation, as it is sent.
pub(super) struct Attached {
    pub(super) manifest: ImageManifest,
    blobs: [(String, String); 2],
}

impl Attached {
    /// Those of a release, in its order.
    pub(super) fn of(image: &ImageDetails, release: &Release) -> Result<Vec<Self>> {
        let top = top(image)?;
        let attached = release.attestations.iter().map(|attestation| {
            let blobs = [EMPTY, &attestation.bundle].map(|text| (digest(text), text.to_owned()));
            let [config, bundle] = [0, 1].map(|at: usize| blobs.get(at).map(|(digest, text)| (digest, text.len())));
            let described = |kind: &str, blob: Option<(&String, usize)>| {
                blob.map(|(digest, size)| json!({"mediaType": kind, "digest": digest, "size": size}))
            };
            let text = json!({
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "artifactType": BUNDLE,
                "config": described("application/vnd.oci.empty.v1+json", config),
                "layers": [described(BUNDLE, bundle)],
                "subject": {"mediaType": top.media_type, "digest": top.digest, "size": top.text.len()},
                "annotations": {
                    "dev.sigstore.bundle.content": "dsse-envelope",
                    "dev.sigstore.bundle.predicateType": "https://slsa.dev/provenance/v1",
                },
            })
            .to_string();
            let named = blobs.iter().map(|(digest, _)| digest.clone()).collect();
            let manifest = ImageManifest { digest: digest(&text), media_type: MANIFEST.to_owned(), text, blobs: named };
            Self { manifest, blobs }
        });
        Ok(attached.collect())
    }

    /// What is sent of it, in order: blobs, the manifest, its place in the list. The image is there before.
    pub(super) fn uploads(&self, artifact: &str, repository: &str, tag: &str, image: &ImageManifest) -> Vec<Upload> {
        let blobs = self.blobs.iter().map(|(digest, text)| {
            let at = Coordinates::new(repository, tag).file(digest);
            upload(artifact, blob_key(digest), at, digest, text.len() as u64, Vec::new(), Role::Shared)
        });
        let own = &self.manifest;
        let after = self.manifest.blobs.iter().map(|digest| blob_key(digest)).chain([manifest_key(image)]).collect();
        let (size, at) = (own.text.len() as u64, Coordinates::new(repository, &own.digest));
        let sent = upload(artifact, manifest_key(own), at, &own.digest, size, after, Role::Part);
        let at = Coordinates::new(repository, image.digest.replace(':', "-"));
        let listed = upload(artifact, self.listed_key(), at, &own.digest, size, vec![manifest_key(own)], Role::Part);
        blobs.chain([sent, listed]).collect()
    }

    /// The key of its place in the list.
    pub(super) fn listed_key(&self) -> String {
        format!("referrer {}", self.manifest.digest)
    }

    /// The text of one of its blobs.
    pub(super) fn blob(&self, digest: &str) -> Option<&str> {
        self.blobs.iter().find(|(known, _)| known == digest).map(|(_, text)| text.as_str())
    }

    /// How the list names it.
    pub(super) fn descriptor(&self) -> Value {
        let manifest: Value = serde_json::from_str(&self.manifest.text).unwrap_or_default();
        json!({
            "mediaType": MANIFEST,
            "digest": self.manifest.digest,
            "size": self.manifest.text.len(),
            "artifactType": BUNDLE,
            "annotations": manifest["annotations"],
        })
    }
}

/// The image whose list of referrers an upload is a place in, by its digest.
pub(super) fn subject(upload: &Upload) -> Option<String> {
    let hex = upload.coordinates.version.strip_prefix(TAG)?;
    upload.key.starts_with("referrer ").then(|| format!("sha256:{hex}"))
}

/// The digest of the manifest that an upload puts into a list.
pub(super) fn listed(upload: &Upload) -> String {
    format!("sha256:{}", upload.digests.sha256.as_deref().unwrap_or_default())
}

fn digest(text: &str) -> String {
    format!("sha256:{}", Digests::of(text.as_bytes()).sha256.unwrap_or_default())
}

/// The digests of one that is named.
pub(super) fn digests(digest: &str) -> Digests {
    sha256_hex(digest).map(Digests::from_sha256).unwrap_or_default()
}
