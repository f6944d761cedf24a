//! The publish document: metadata in memory, the tarball streamed from disk in base64.

use pak_http::{Body, FilePart, Part};
use pak_model::artifact::NpmDetails;
use pak_model::release::Attestation;
use pak_model::{Artifact, Problem, Result, code};
use serde_json::{Value, json};
use url::Url;

use super::manifest::{description, normalized};

/// The type of attached provenance.
const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// What the document says beside the manifest.
pub(super) struct Terms<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) tag: &'a str,
    pub(super) access: Option<&'a str>,
}

/// The body of `PUT /<name>`.
pub(super) fn body(
    root: &Url,
    artifact: &Artifact,
    details: &NpmDetails,
    terms: &Terms<'_>,
    provenance: Option<&Attestation>,
) -> Result<Body> {
    let Terms { name, version, tag, access } = *terms;
    let (Some(integrity), Some(shasum)) = (artifact.digests.integrity(), &artifact.digests.sha1) else {
        let message = format!("The digests of {} are not known, so it cannot be published to npm.", artifact.id);
        return Err(Problem::new(code::build::ARTIFACT_INVALID, message).about("file", &artifact.path));
    };
    let file = format!("{name}-{version}.tgz");
    let mut manifest = normalized(&details.manifest);
    if let Some(readme) = &details.readme {
        manifest.insert("readme".to_owned(), json!(readme));
        manifest.insert("readmeFilename".to_owned(), json!(details.readme_filename));
        if manifest.get("description").is_none_or(|description| description.as_str().is_none_or(str::is_empty))
            && let Some(description) = description(readme)
        {
            manifest.insert("description".to_owned(), json!(description));
        }
    }
    manifest.insert("_id".to_owned(), json!(format!("{name}@{version}")));
    // npm's own client writes `http:` here whatever the registry's scheme is; registries put their own address in its place.
    let tarball = format!("{root}{name}/-/{file}").replacen("https://", "http://", 1);
    let mut dist = manifest.get("dist").and_then(Value::as_object).cloned().unwrap_or_default();
    dist.extend([
        ("integrity".to_owned(), json!(integrity)),
        ("shasum".to_owned(), json!(shasum)),
        ("tarball".to_owned(), json!(tarball)),
    ]);
    manifest.insert("dist".to_owned(), Value::Object(dist));
    let document = json!({
        "_id": name,
        "name": name,
        "description": manifest.get("description"),
        "dist-tags": {tag: version},
        "versions": {version: manifest},
        "access": access,
    });
    let mut head = document.to_string();
    // The attachment goes in by hand, so that the tarball never lies in memory.
    head.pop();
    let bundle = provenance.map(|provenance| {
        let (name, text) = (json!(format!("{name}-{version}.sigstore")), &provenance.bundle);
        let attached = json!({"content_type": MEDIA_TYPE, "data": text, "length": text.len()});
        format!(",{name}:{attached}")
    });
    let name = Value::String(file);
    let opening = format!(r#","_attachments":{{{name}:{{"content_type":"application/octet-stream","data":""#);
    head.push_str(&opening);
    let data = FilePart {
        path: artifact.path.clone(),
        offset: 0,
        length: artifact.size,
        sha256: artifact.digests.sha256.clone(),
    };
    let tail = format!(r#"","length":{}}}{}}}}}"#, artifact.size, bundle.unwrap_or_default());
    Ok(Body::bytes(head).and(Part::Base64(data)).and_bytes(tail))
}
