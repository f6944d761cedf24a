//! `PUT /<name>`: takes a new version after checking everything the public registry checks, or changes version documents.

use std::io::{self, Read, Write as _};

use axum::body::Body;
use http::StatusCode;
use pak_model::{Digests, Hasher};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::body::{self, Parsed};
use super::document::{Document, attestation_key, is_tarball, tarball_key};
use super::{Answer, Refusal, changes, say};
use crate::registries::Shared;
use crate::sigstore::check;

/// The largest `package.json` that is read out of a tarball.
const MANIFEST_LIMIT: u64 = 8 << 20;

pub(super) async fn publish(shared: &Shared, name: &str, body: Body) -> Answer {
    let parsed = body::read(&shared.store, body).await?;
    let _held = shared.store.lock(&format!("npm {name}")).await;
    let is_publish = parsed.value["_attachments"].as_object().is_some_and(|attachments| !attachments.is_empty());
    if !is_publish {
        return changes::describe(shared, name, &parsed.value);
    }
    let (version, mut manifest) = only_version(name, &parsed.value)?;
    let mut document = Document::load(shared, name)?.unwrap_or_else(|| Document::new(name));
    if document.is_used(&version) {
        let text = format!("You cannot publish over the previously published versions: {version}.");
        return Err(Refusal::new(StatusCode::FORBIDDEN, text));
    }
    let tags = tags(&parsed.value)?;
    let (attachment, length) = attachment(&parsed)?;
    let (file, digests) = unpack(shared, attachment).await?;
    if digests.1 != length {
        return Err(bad(format!("the attachment has {} bytes, its document says {length}", digests.1)));
    }
    check(name, &version, &manifest, &digests.0, file.reopen()?).await?;
    if let Some(bundle) = provenance(shared, &parsed, name, &version, &digests.0)? {
        let kind = &bundle.1["predicateType"];
        manifest["dist"]["attestations"] =
            json!({"url": format!("{name}@{version}"), "provenance": {"predicateType": kind}});
        shared.store.write(&attestation_key(name, &version), bundle.0.to_string().as_bytes())?;
    }

    let bare = name.rsplit('/').next().unwrap_or(name);
    let file_name = format!("{bare}-{version}.tgz");
    manifest["dist"]["tarball"] = json!(file_name);
    shared.store.keep(file, &tarball_key(name, &file_name))?;
    let now = jiff::Timestamp::now();
    let is_first = document.map("versions").is_empty();
    document.map("versions").insert(version.clone(), manifest);
    document.map("time").insert(version.clone(), json!(now.to_string()));
    document.map("time").remove("unpublished");
    document.map("_published").insert(version.clone(), json!(now.as_millisecond()));
    if is_first {
        // A package is never without `latest`, whatever tag its first version is published under.
        document.map("dist-tags").insert("latest".to_owned(), json!(version));
    }
    for tag in tags {
        document.map("dist-tags").insert(tag, json!(version));
    }
    document.save(shared)?;
    Ok(say(StatusCode::CREATED, &json!({"ok": true, "success": true})))
}

fn bad(text: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, text)
}

/// The one version of a publish document, after the checks that need no tarball.
fn only_version(name: &str, value: &Value) -> Result<(String, Value), Refusal> {
    if value["name"].as_str() != Some(name) {
        return Err(bad("the document's name is not the one in the address"));
    }
    let versions = value["versions"].as_object().filter(|versions| versions.len() == 1);
    let Some((version, manifest)) = versions.and_then(|versions| versions.iter().next()) else {
        return Err(bad("a publish document has exactly one version"));
    };
    if semver::Version::parse(version).is_err() || version.len() > 256 {
        return Err(bad(format!("Invalid version: {version}")));
    }
    if manifest["name"].as_str() != Some(name) || manifest["version"].as_str() != Some(version) {
        return Err(bad("the version document has another name or version than the address"));
    }
    if Parsed::holds_spilled(manifest) {
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the version document is too large"));
    }
    Ok((version.clone(), manifest.clone()))
}

/// The tags to set.
fn tags(value: &Value) -> Result<Vec<String>, Refusal> {
    let tags: Vec<String> = value["dist-tags"].as_object().into_iter().flatten().map(|(tag, _)| tag.clone()).collect();
    match tags.iter().find(|tag| !changes::is_tag(tag)) {
        Some(tag) => Err(bad(format!("Tag name must not be a valid SemVer range: {tag}"))),
        None => Ok(tags),
    }
}

/// The tarball's bytes and their announced length.
fn attachment(parsed: &Parsed) -> Result<(Box<dyn Read + Send>, u64), Refusal> {
    let attachments = parsed.value["_attachments"].as_object().into_iter().flatten();
    let Some((_, attachment)) = attachments.into_iter().find(|(name, _)| is_tarball(name)) else {
        return Err(bad("no tarball attached"));
    };
    Ok((parsed.decode(&attachment["data"])?, attachment["length"].as_u64().unwrap_or(0)))
}

/// The attached bundle and its statement, if there is one and it holds.
fn provenance(
    shared: &Shared,
    parsed: &Parsed,
    name: &str,
    version: &str,
    digests: &Digests,
) -> Result<Option<(Value, Value)>, Refusal> {
    let refuse = |why: String| {
        let text = format!("Error verifying sigstore provenance bundle: {why}");
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, text)
    };
    let attachments = parsed.value["_attachments"].as_object().into_iter().flatten();
    let Some((_, attachment)) = attachments.into_iter().find(|(file, _)| file.ends_with(".sigstore")) else {
        return Ok(None);
    };
    let text = attachment["data"].as_str().unwrap_or_default();
    let bundle: Value = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
    if attachment["length"] != text.len() || attachment["content_type"] != bundle["mediaType"] {
        return Err(refuse("the attachment's length or type is not the bundle's".to_owned()));
    }
    let attested = check::bundle(shared, &bundle).map_err(refuse)?;
    let purl = format!("pkg:npm/{}@{version}", name.replace('@', "%40"));
    if !attested.is_about(&purl, "sha512", digests.sha512.as_deref().unwrap_or_default()) {
        return Err(refuse(format!("the statement is not about {purl}")));
    }
    Ok(Some((bundle, attested.statement)))
}

/// Decodes the tarball into a file of the store.
async fn unpack(shared: &Shared, mut data: Box<dyn Read + Send>) -> Result<(NamedTempFile, (Digests, u64)), Refusal> {
    let mut file = shared.store.temporary()?;
    blocking(move || {
        let mut hasher = Hasher::new();
        let mut chunk = vec![0; 96 * 1024];
        loop {
            let read = data.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            hasher.update(&chunk[..read]);
            file.write_all(&chunk[..read])?;
        }
        file.flush()?;
        let length = hasher.length();
        Ok((file, (hasher.finish(), length)))
    })
    .await
}

/// Compares the tarball with what the version document says of it.
async fn check(
    name: &str,
    version: &str,
    manifest: &Value,
    digests: &Digests,
    tarball: std::fs::File,
) -> Result<(), Refusal> {
    let integrity = manifest["dist"]["integrity"].as_str().unwrap_or_default();
    if digests.agrees(&Digests::from_integrity(integrity)) != Some(true) {
        return Err(bad("the tarball does not have the integrity its document says"));
    }
    if manifest["dist"]["shasum"].as_str() != digests.sha1.as_deref() {
        return Err(bad("the tarball does not have the shasum its document says"));
    }
    let inside = blocking(move || manifest_inside(tarball)).await?;
    let differs = |field: &str, value: &str| inside[field].as_str().map(str::trim) != Some(value);
    if differs("name", name) || differs("version", version) {
        return Err(bad("package.json in the tarball has another name or version than the document"));
    }
    Ok(())
}

/// `package.json` of a tarball, whatever its top folder is called.
fn manifest_inside(tarball: std::fs::File) -> io::Result<Value> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(tarball));
    for entry in archive.entries()? {
        let entry = entry?;
        let path = entry.path()?.into_owned();
        if path.components().count() == 2 && path.file_name().is_some_and(|file| file == "package.json") {
            return Ok(serde_json::from_reader(entry.take(MANIFEST_LIMIT))?);
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "the tarball holds no package.json"))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| io::Error::other(error.to_string()))?;
    Ok(done.map_err(|error| match error.kind() {
        // Damaged base64, gzip and tar are the client's doing.
        io::ErrorKind::Other => io::Error::new(io::ErrorKind::InvalidData, error.to_string()),
        _ => error,
    })?)
}
