//! What registries refuse, checked before anything is sent.

use pak_model::artifact::ImageDetails;
use pak_model::{Finding, Release, code};

use super::publish::{image, moving_tags, repository};
use crate::endpoint::Endpoint;
use crate::protocol::oci::MANIFEST_TYPES;
use crate::protocol::oci::reference::{MANIFEST_LIMIT, is_hub, is_name, is_tag, sha256_hex, tag_of};

/// Layers above this are refused by GHCR and others.
const LAYER_LIMIT: u64 = 10 << 30;

/// Every finding that can be had without asking the registry: what it allows beyond this, it only says when it is tried.
pub(super) fn check(endpoint: &Endpoint, release: &Release) -> Vec<Finding> {
    let mut findings = names(endpoint, release);
    match image(release) {
        Ok((_, image)) => contents(image, &mut findings),
        Err(problem) => findings.push(Finding::error(code::oci::IMAGE_MISSING, problem.message())),
    }
    findings
}

fn names(endpoint: &Endpoint, release: &Release) -> Vec<Finding> {
    let mut findings = Vec::new();
    let name = repository(endpoint, release);
    let host = endpoint.root.host_str().unwrap_or_default();
    let first = name.split('/').next().unwrap_or_default();
    if !is_name(&name) {
        let lower = name.to_ascii_lowercase();
        let finding = Finding::error(code::oci::REFERENCE_INVALID, format!("`{name}` is not a repository name."));
        findings.push(if is_name(&lower) {
            finding.remedy(format!("Write it in lower case: set `repository = \"{lower}\"` for this target."))
        } else {
            finding
        });
    } else if name.contains('/') && (first.contains('.') || first == "localhost") {
        findings.push(
            Finding::error(code::oci::REFERENCE_INVALID, format!("`{name}` begins with a registry's host name."))
                .remedy(format!(
                    "Set `registry = \"{first}\"` for this target and leave the host out of `repository`."
                )),
        );
    } else if is_hub(host) && !name.contains('/') {
        findings.push(Finding::error(
            code::oci::NAMESPACE_MISSING,
            format!("Docker Hub takes `<account>/{name}`, not `{name}` alone."),
        ));
    }
    let version = tag_of(&release.version);
    if !is_tag(&version) {
        findings
            .push(Finding::error(code::oci::TAG_INVALID, format!("The version {} cannot be a tag.", release.version)));
    } else if version != release.version {
        findings.push(
            Finding::note(code::oci::TAG_INVALID, format!("Version {} is tagged {version}.", release.version))
                .remedy("Tags have no `+`; it is written `_`."),
        );
    }
    for tag in moving_tags(release).filter(|tag| !is_tag(tag)) {
        findings.push(Finding::error(code::oci::TAG_INVALID, format!("`{tag}` is not a tag.")));
    }
    findings
}

fn contents(image: &ImageDetails, findings: &mut Vec<Finding>) {
    for manifest in &image.manifests {
        let size = manifest.text.len() as u64;
        if size > MANIFEST_LIMIT {
            findings.push(Finding::error(
                code::oci::MANIFEST_TOO_LARGE,
                format!("Manifest {} has {size} bytes.", manifest.digest),
            ));
        }
        if !MANIFEST_TYPES.split(", ").any(|known| known == manifest.media_type) {
            findings.push(Finding::error(
                code::oci::MANIFEST_INVALID,
                format!("Manifest {} is of type `{}`.", manifest.digest, manifest.media_type),
            ));
        }
    }
    let digests = image.manifests.iter().map(|manifest| &manifest.digest).chain(image.blobs.iter().map(|b| &b.digest));
    for digest in digests.filter(|digest| sha256_hex(digest).is_none()) {
        findings.push(
            Finding::error(code::oci::MANIFEST_INVALID, format!("`{digest}` is not a SHA-256 digest."))
                .remedy("Build the image anew: registries are only sure to take sha256 digests."),
        );
    }
    for blob in image.blobs.iter().filter(|blob| blob.size > LAYER_LIMIT) {
        findings
            .push(Finding::warning(code::oci::LAYER_LARGE, format!("Layer {} has {} bytes.", blob.digest, blob.size)));
    }
    if !image.runnable {
        findings.push(Finding::note(code::oci::NOT_RUNNABLE, "The image names nothing to run."));
    }
}
