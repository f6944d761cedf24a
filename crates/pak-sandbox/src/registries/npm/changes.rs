//! Changes to what is published: tags, deprecation, unpublishing. Every one is read, checked against the revision and written
//! under the package's lock.

use axum::body::Body;
use http::StatusCode;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::document::{Document, is_tarball, tarball_key};
use super::{Answer, Refusal, body, say};
use crate::registries::Shared;

/// Whether a word may be a tag: nothing that a client could read as a version range.
pub(super) fn is_tag(tag: &str) -> bool {
    let digits = tag.strip_prefix('v').unwrap_or(tag);
    !tag.trim().is_empty() && semver::VersionReq::parse(digits).is_err()
}

/// `PUT …/dist-tags/<tag>` with a JSON string.
pub(super) async fn set_tag(shared: &Shared, name: &str, tag: &str, body: Body) -> Answer {
    let bytes = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
    let version: String = serde_json::from_slice(&bytes).map_err(std::io::Error::from)?;
    let (_held, mut document) = held(shared, name).await?;
    if !is_tag(tag) {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "Tag name must not be a valid SemVer range"));
    }
    if !document.has(&version) {
        return Err(Refusal::new(StatusCode::NOT_FOUND, format!("version not found: {version}")));
    }
    document.map("dist-tags").insert(tag.to_owned(), json!(version));
    done(shared, document)
}

/// `DELETE …/dist-tags/<tag>`.
pub(super) async fn remove_tag(shared: &Shared, name: &str, tag: &str) -> Answer {
    let (_held, mut document) = held(shared, name).await?;
    if tag == "latest" {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "the latest tag cannot be removed"));
    }
    document.map("dist-tags").remove(tag).ok_or_else(Refusal::not_found)?;
    done(shared, document)
}

/// `PUT /<name>` without attachments: takes over `deprecated` of the versions that exist. The caller holds the lock.
pub(super) fn describe(shared: &Shared, name: &str, new: &Value) -> Answer {
    let mut document = Document::load(shared, name)?.ok_or_else(Refusal::not_found)?;
    if let Some(revision) = new["_rev"].as_str() {
        same_revision(&document, revision)?;
    }
    for (number, new) in new["versions"].as_object().into_iter().flatten() {
        let Some(version) = document.map("versions").get_mut(number).and_then(Value::as_object_mut) else { continue };
        match new["deprecated"].as_str() {
            Some("") => drop(version.remove("deprecated")),
            Some(text) => drop(version.insert("deprecated".to_owned(), json!(text))),
            None => {}
        }
    }
    done(shared, document)
}

/// `PUT /<name>/-rev/<rev>`: versions that are missing from the new document are unpublished.
pub(super) async fn replace(shared: &Shared, name: &str, revision: &str, body: Body) -> Answer {
    let new = body::read(&shared.store, body).await?.value;
    let (_held, mut document) = held(shared, name).await?;
    same_revision(&document, revision)?;
    let numbers: Vec<String> = document.map("versions").keys().cloned().collect();
    for number in numbers {
        // What readers do not see yet cannot be meant.
        if document.is_visible(shared, &number) && new["versions"].get(&number).is_none() {
            document.map("versions").remove(&number);
        }
    }
    let tags = new["dist-tags"].as_object().cloned().unwrap_or_default();
    let (kept, _): (Vec<_>, Vec<_>) =
        tags.into_iter().partition(|(_, version)| version.as_str().is_some_and(|version| document.has(version)));
    *document.map("dist-tags") = kept.into_iter().collect();
    done(shared, document)
}

/// `DELETE /<name>/-/<file>/-rev/<rev>`: the second half of unpublishing a version.
pub(super) async fn remove_tarball(shared: &Shared, name: &str, file: &str, revision: &str) -> Answer {
    let (_held, mut document) = held(shared, name).await?;
    same_revision(&document, revision)?;
    if document.map("versions").values().any(|version| version["dist"]["tarball"].as_str() == Some(file)) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "a version still points at this tarball"));
    }
    if !is_tarball(file) || !shared.store.remove(&tarball_key(name, file))? {
        return Err(Refusal::not_found());
    }
    done(shared, document)
}

/// `DELETE /<name>/-rev/<rev>`: everything goes; the numbers stay used.
pub(super) async fn remove_package(shared: &Shared, name: &str, revision: &str) -> Answer {
    let (_held, mut document) = held(shared, name).await?;
    same_revision(&document, revision)?;
    let versions = std::mem::take(document.map("versions"));
    for version in versions.values() {
        let file = version["dist"]["tarball"].as_str().unwrap_or_default();
        shared.store.remove(&tarball_key(name, file))?;
    }
    document.map("dist-tags").clear();
    let numbers: Vec<&String> = versions.keys().collect();
    let gone = json!({"time": jiff::Timestamp::now().to_string(), "versions": numbers});
    document.map("time").insert("unpublished".to_owned(), gone);
    done(shared, document)
}

async fn held(shared: &Shared, name: &str) -> Result<(tokio::sync::OwnedMutexGuard<()>, Document), Refusal> {
    let guard = shared.store.lock(&format!("npm {name}")).await;
    let document = Document::load(shared, name)?.ok_or_else(Refusal::not_found)?;
    Ok((guard, document))
}

fn same_revision(document: &Document, revision: &str) -> Result<(), Refusal> {
    if document.revision() == revision {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::CONFLICT, "Document update conflict."))
}

fn done(shared: &Shared, mut document: Document) -> Answer {
    document.save(shared)?;
    Ok(say(StatusCode::CREATED, &json!({"ok": true, "success": true, "rev": document.revision()})))
}

#[cfg(test)]
mod tests {
    use super::is_tag;

    #[test]
    fn ranges_are_no_tags() {
        for (tag, expected) in [
            ("latest", true),
            ("next-1", true),
            ("1.0", false),
            ("v2", false),
            ("^1", false),
            ("", false),
            ("x", false),
        ] {
            assert_eq!(is_tag(tag), expected, "{tag}");
        }
    }
}
