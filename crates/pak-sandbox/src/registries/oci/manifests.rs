//! Manifests, tags and referrers.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::answer::{self, Refusal, Reply};
use super::{Shared, content_type, hex_of, link_key, manifest_key, query, tag_key};

/// The limit every registry may have.
const LIMIT: usize = 4 << 20;

/// The longest page of tags, whatever is asked for: GHCR's limit.
const PAGE: usize = 100;

/// Where a tag points. The one before it stays visible while the new one is delayed.
#[derive(Serialize, Deserialize)]
struct Tag {
    hex: String,
    since_ms: i64,
    before: Option<String>,
}

pub(super) fn serve(shared: &Shared, name: &str, reference: &str, method: &Method) -> Reply {
    let hex = if reference.contains(':') {
        hex_of(reference)?.to_owned()
    } else {
        resolve(shared, name, reference)?.ok_or_else(|| unknown(reference))?
    };
    let bytes = shared.store.read(&manifest_key(name, &hex))?.ok_or_else(|| unknown(reference))?;
    let media_type = shared.store.read(&type_key(name, &hex))?.unwrap_or_default();
    let headers = [
        ("content-type", String::from_utf8_lossy(&media_type).into_owned()),
        ("content-length", bytes.len().to_string()),
        ("docker-content-digest", format!("sha256:{hex}")),
    ];
    let body = if *method == Method::HEAD { Body::empty() } else { Body::from(bytes) };
    Ok(answer::with_headers(StatusCode::OK, body, &headers))
}

pub(super) async fn put(shared: &Shared, name: &str, reference: &str, request: Request<Body>) -> Reply {
    let media_type = content_type(request.headers()).to_owned();
    let bytes = Limited::new(request.into_body(), LIMIT)
        .collect()
        .await
        .map_err(|error| Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "SIZE_INVALID", error.to_string()))?
        .to_bytes();
    let hex = hex::encode(Sha256::digest(&bytes));
    if reference.contains(':') && hex_of(reference)? != hex {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", "the manifest has another digest")
            .about(format!("sha256:{hex}")));
    }
    if !reference.contains(':') && !is_tag(reference) {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "TAG_INVALID", "not a tag").about(reference));
    }
    let invalid = |why: &str| Refusal::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", why);
    let document: Value = serde_json::from_slice(&bytes).map_err(|error| invalid(&error.to_string()))?;
    if document["schemaVersion"] != 2 {
        return Err(invalid("schemaVersion must be 2"));
    }
    if document["mediaType"].as_str().is_some_and(|written| written != media_type) {
        return Err(invalid("Content-Type and mediaType differ"));
    }
    let _turn = shared.store.lock(&format!("oci/{name}")).await;
    check_parts(shared, name, &document)?;
    shared.store.write(&type_key(name, &hex), media_type.as_bytes())?;
    shared.store.write(&manifest_key(name, &hex), &bytes)?;
    if !reference.contains(':') {
        let before = resolve(shared, name, reference)?;
        let tag = Tag { hex: hex.clone(), since_ms: jiff::Timestamp::now().as_millisecond(), before };
        shared.store.write(&tag_key(name, reference), json!(tag).to_string().as_bytes())?;
    }
    let mut headers = vec![
        ("location", format!("/v2/{name}/manifests/sha256:{hex}")),
        ("docker-content-digest", format!("sha256:{hex}")),
    ];
    if let Some(subject) = document["subject"]["digest"].as_str() {
        headers.push(("oci-subject", subject.to_owned()));
    }
    Ok(answer::empty(StatusCode::CREATED, &headers))
}

/// Everything a manifest names must be in this repository already.
fn check_parts(shared: &Shared, name: &str, document: &Value) -> Result<(), Refusal> {
    let missing = |digest: &str| {
        Refusal::new(StatusCode::BAD_REQUEST, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry").about(digest)
    };
    let listed = |key: &str| document[key].as_array().cloned().unwrap_or_default();
    let index = document["manifests"].is_array();
    if !index && !document["config"].is_object() {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", "neither manifest nor index"));
    }
    for child in listed("manifests") {
        let digest = child["digest"].as_str().unwrap_or_default();
        if !shared.store.has(&manifest_key(name, hex_of(digest)?)) {
            return Err(missing(digest));
        }
    }
    let own =
        if index { Vec::new() } else { std::iter::once(document["config"].clone()).chain(listed("layers")).collect() };
    for blob in own {
        // Layers with addresses of their own are fetched from there and never stored.
        let foreign = blob["urls"].as_array().is_some_and(|urls| !urls.is_empty());
        let digest = blob["digest"].as_str().unwrap_or_default();
        if !foreign && !shared.store.has(&link_key(name, hex_of(digest)?)) {
            return Err(missing(digest));
        }
    }
    Ok(())
}

/// A tag goes alone; a manifest takes every tag on it along.
pub(super) async fn delete(shared: &Shared, name: &str, reference: &str) -> Reply {
    let _turn = shared.store.lock(&format!("oci/{name}")).await;
    let removed = if reference.contains(':') {
        let hex = hex_of(reference)?;
        for tag in all_tags(shared, name)? {
            if resolve(shared, name, &tag)?.as_deref() == Some(hex) {
                shared.store.remove(&tag_key(name, &tag))?;
            }
        }
        shared.store.remove(&type_key(name, hex))?;
        shared.store.remove(&manifest_key(name, hex))?
    } else {
        is_tag(reference) && shared.store.remove(&tag_key(name, reference))?
    };
    if removed { Ok(answer::empty(StatusCode::ACCEPTED, &[])) } else { Err(unknown(reference)) }
}

pub(super) fn tags(shared: &Shared, name: &str, text: Option<&str>) -> Reply {
    let mut tags = Vec::new();
    for tag in all_tags(shared, name)? {
        if resolve(shared, name, &tag)?.is_some() {
            tags.push(tag);
        }
    }
    if tags.is_empty() && shared.store.list(&format!("oci/repositories/{name}/_manifests"))?.is_empty() {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", "no such repository").about(name));
    }
    if let Some(last) = query(text, "last") {
        tags.retain(|tag| *tag > last);
    }
    let limit = query(text, "n").and_then(|n| n.parse().ok()).unwrap_or(PAGE).min(PAGE);
    let more = tags.len() > limit;
    tags.truncate(limit);
    let mut headers = vec![("content-type", "application/json".to_owned())];
    if let (true, Some(last)) = (more, tags.last()) {
        headers.push(("link", format!("</v2/{name}/tags/list?n={limit}&last={last}>; rel=\"next\"")));
    }
    let body = Body::from(json!({"name": name, "tags": tags}).to_string());
    Ok(answer::with_headers(StatusCode::OK, body, &headers))
}

/// Manifests that name this one as their subject: signatures, SBOMs.
pub(super) fn referrers(shared: &Shared, name: &str, digest: &str) -> Reply {
    hex_of(digest)?;
    let mut manifests = Vec::new();
    for hex in shared.store.list(&format!("oci/repositories/{name}/_manifests"))? {
        let Some(bytes) = shared.store.read(&manifest_key(name, &hex))? else { continue };
        let Ok(document) = serde_json::from_slice::<Value>(&bytes) else { continue };
        if document["subject"]["digest"] != digest {
            continue;
        }
        let media_type = shared.store.read(&type_key(name, &hex))?.unwrap_or_default();
        let kind = if document["artifactType"].is_string() {
            &document["artifactType"]
        } else {
            &document["config"]["mediaType"]
        };
        manifests.push(json!({
            "mediaType": String::from_utf8_lossy(&media_type),
            "digest": format!("sha256:{hex}"),
            "size": bytes.len(),
            "artifactType": kind,
            "annotations": document["annotations"],
        }));
    }
    let media_type = "application/vnd.oci.image.index.v1+json";
    let body = Body::from(json!({"schemaVersion": 2, "mediaType": media_type, "manifests": manifests}).to_string());
    Ok(answer::with_headers(StatusCode::OK, body, &[("content-type", media_type.to_owned())]))
}

/// The manifest a tag shows by now.
fn resolve(shared: &Shared, name: &str, tag: &str) -> Result<Option<String>, Refusal> {
    if !is_tag(tag) {
        return Ok(None);
    }
    let Some(bytes) = shared.store.read(&tag_key(name, tag))? else { return Ok(None) };
    let Ok(tag) = serde_json::from_slice::<Tag>(&bytes) else { return Ok(None) };
    Ok(if shared.is_visible(tag.since_ms) { Some(tag.hex) } else { tag.before })
}

fn all_tags(shared: &Shared, name: &str) -> Result<Vec<String>, Refusal> {
    Ok(shared.store.list(&format!("oci/repositories/{name}/_tags"))?)
}

fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128 && tag.starts_with(word) && tag.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

fn type_key(name: &str, hex: &str) -> String {
    format!("oci/repositories/{name}/_types/{hex}")
}

fn unknown(reference: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", "manifest unknown").about(reference)
}
