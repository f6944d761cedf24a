//! Takes a version back: unpublished where the registry allows it, else deprecated; always confirmed by asking again.

use std::time::Duration;

use async_trait::async_trait;
use pak_http::{Body, Request};
use pak_model::plan::UndoAction;
use pak_model::{Presence, Problem, Recovery, Result, Upload, code};
use serde_json::{Value, json};
use url::Url;

use super::packument::{Packument, is_deprecated};
use super::publish::writing;
use super::{NpmDriver, name, refusal};
use crate::call::Call;
use crate::platform::{Undo, Undone};

/// How often a change is tried again because somebody else changed the document in between.
const ATTEMPTS: u32 = 3;
/// How often the registry is asked whether a change is to be seen.
const QUESTIONS: u32 = 8;

#[async_trait]
impl Undo for NpmDriver {
    async fn undo(&self, call: &Call, upload: &Upload, _replaced: Option<&str>) -> Result<Undone> {
        let at = &upload.coordinates;
        for _ in 0..ATTEMPTS {
            let Some(packument) = own_version(call, upload).await? else { return Ok(unpublished()) };
            let refused = match unpublish(call, &packument, &at.name, &at.version).await {
                Ok(()) => return confirm_gone(call, upload).await,
                // Somebody else changed the package, or the answer is lost: look again.
                Err(problem) if problem.recovery_of() == Recovery::LookUpFirst => continue,
                Err(problem) => problem,
            };
            if refused.code() != code::http::FORBIDDEN {
                return Err(refused);
            }
            let Some(packument) = own_version(call, upload).await? else { return Ok(unpublished()) };
            match deprecate(call, packument, &at.name, &at.version).await {
                Ok(()) => return confirm_deprecated(call, upload, &refused).await,
                Err(problem) if problem.recovery_of() == Recovery::LookUpFirst => {}
                Err(problem) => {
                    let message = format!("{at} can neither be unpublished nor deprecated here.");
                    return Err(Problem::new(code::deploy::UNDO_REFUSED, message)
                        .recovery(problem.recovery_of())
                        .about("url", &call.endpoint().root)
                        .cause(&refused)
                        .cause(&problem));
                }
            }
        }
        Err(not_confirmed(upload))
    }
}

/// The packument, if it holds this very version; `None` where it is gone. Other bytes are not ours to take back.
async fn own_version(call: &Call, upload: &Upload) -> Result<Option<Packument>> {
    let at = &upload.coordinates;
    let Some(packument) = Packument::fetch(call, &at.name).await? else { return Ok(None) };
    match packument.presence(&at.version) {
        Presence::Present { digests, .. } if digests.agrees(&upload.digests) == Some(false) => {
            let message = format!("{at} in the registry has other bytes than this run published; it is left alone.");
            Err(Problem::new(code::deploy::CONFLICT, message))
        }
        Presence::Present { .. } => Ok(Some(packument)),
        _ => Ok(None),
    }
}

/// npm's own steps: a package's only version goes with the package; else the document is written back without the version and
/// then the tarball is deleted.
async fn unpublish(call: &Call, packument: &Packument, package: &str, version: &str) -> Result<()> {
    let what = format!("Unpublishing {package} {version}");
    let escaped = name::escaped(package);
    let versions = packument.versions();
    let revision = revision(packument)?;
    let address = call.endpoint().join(&format!("{escaped}/-rev/{revision}"))?;
    if versions.len() == 1 {
        let response = call.send(writing(call, Request::delete(address))).await?;
        return refusal::expect_success(&what, response, call).await;
    }
    let tarball = packument.tarball(version);
    let mut document = packument.0.clone();
    for key in ["_revisions", "_attachments"] {
        document.remove(key);
    }
    if let Some(versions) = document.get_mut("versions").and_then(Value::as_object_mut) {
        versions.remove(version);
    }
    if let Some(tags) = document.get_mut("dist-tags").and_then(Value::as_object_mut) {
        let was_latest = tags.get("latest").and_then(Value::as_str) == Some(version);
        tags.retain(|_, target| target.as_str() != Some(version));
        if let Some(latest) = highest(versions.iter().filter(|other| *other != version)).filter(|_| was_latest) {
            tags.insert("latest".to_owned(), json!(latest));
        }
    }
    let request =
        Request::put(address, Body::bytes(Value::Object(document).to_string())).content_type("application/json");
    let response = call.send(writing(call, request)).await?;
    refusal::expect_success(&what, response, call).await?;

    // From here on the version is gone for everybody; a tarball that stays behind harms nobody.
    if let Some(address) = tarball.and_then(|tarball| below(&call.endpoint().root, &tarball))
        && let Some(packument) = Packument::fetch(call, package).await?
        && let Ok(revision) = self::revision(&packument)
    {
        let request = Request::delete(call.endpoint().join(&format!("{address}/-rev/{revision}"))?);
        call.send(writing(call, request)).await?;
    }
    Ok(())
}

async fn deprecate(call: &Call, mut packument: Packument, package: &str, version: &str) -> Result<()> {
    if let Some(document) = packument.0.get_mut("versions").and_then(|versions| versions.get_mut(version))
        && let Some(fields) = document.as_object_mut()
    {
        fields.insert("deprecated".to_owned(), json!("This version was withdrawn by its publisher."));
    }
    packument.0.remove("_attachments");
    let address = call.endpoint().join(&name::escaped(package))?;
    let request =
        Request::put(address, Body::bytes(Value::Object(packument.0).to_string())).content_type("application/json");
    let response = call.send(writing(call, request)).await?;
    refusal::expect_success(&format!("Deprecating {package} {version}"), response, call).await
}

async fn confirm_gone(call: &Call, upload: &Upload) -> Result<Undone> {
    for question in 0..QUESTIONS {
        if own_version(call, upload).await?.is_none() {
            return Ok(unpublished());
        }
        call.wait("waiting for the registry to show the change", pause(question)).await?;
    }
    Err(not_confirmed(upload))
}

async fn confirm_deprecated(call: &Call, upload: &Upload, refused: &Problem) -> Result<Undone> {
    for question in 0..QUESTIONS {
        let packument = own_version(call, upload).await?;
        let Some(packument) = packument else { return Ok(unpublished()) };
        if packument.version(&upload.coordinates.version).is_some_and(is_deprecated) {
            let why = refused.causes().first().map_or(refused.message(), String::as_str);
            let note = format!("it can still be installed, with a warning; the registry does not unpublish it: {why}");
            return Ok(Undone { action: UndoAction::Deprecate, note });
        }
        call.wait("waiting for the registry to show the change", pause(question)).await?;
    }
    Err(not_confirmed(upload))
}

fn unpublished() -> Undone {
    Undone { action: UndoAction::Unpublish, note: "the version number cannot be used again".to_owned() }
}

fn not_confirmed(upload: &Upload) -> Problem {
    let message = format!("The registry still shows {} as before.", upload.coordinates);
    Problem::new(code::deploy::NOT_CONFIRMED, message).next("Run the same command again in a few minutes.")
}

fn pause(question: u32) -> Duration {
    Duration::from_millis(100 << question.min(5))
}

fn revision(packument: &Packument) -> Result<String> {
    let revision = packument.0.get("_rev").and_then(Value::as_str).unwrap_or_default();
    // It becomes a part of an address.
    if revision.is_empty() || !revision.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        return Err(Problem::new(
            code::deploy::UNDO_REFUSED,
            "The registry tells no revision, so nothing can be taken back.",
        ));
    }
    Ok(revision.to_owned())
}

/// The version that `latest` falls back to: the highest that is no pre-release, else the highest.
fn highest<'a>(versions: impl Iterator<Item = &'a String>) -> Option<String> {
    versions
        .filter_map(|text| semver::Version::parse(text).ok())
        .max_by(|a, b| a.pre.is_empty().cmp(&b.pre.is_empty()).then_with(|| a.cmp(b)))
        .map(|version| version.to_string())
}

/// The path of a tarball below the registry's root; `None` where it lies elsewhere.
fn below(root: &Url, tarball: &Url) -> Option<String> {
    let path = tarball.path().strip_prefix(root.path())?;
    (tarball.host_str() == root.host_str() && !path.is_empty()).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latest_falls_back_to_the_highest_release() {
        let of = |list: &[&str]| {
            let owned: Vec<String> = list.iter().map(|text| (*text).to_owned()).collect();
            highest(owned.iter())
        };
        assert_eq!(of(&["1.9.0", "1.10.0", "2.0.0-rc.1"]).as_deref(), Some("1.10.0"));
        assert_eq!(of(&["2.0.0-rc.1", "2.0.0-rc.2"]).as_deref(), Some("2.0.0-rc.2"));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn tarballs_elsewhere_are_not_touched() {
        let url = |text: &str| Url::parse(text).unwrap();
        let root = url("http://127.0.0.1:1/npm/");
        assert_eq!(below(&root, &url("http://127.0.0.1:1/npm/@a/b/-/b.tgz")).as_deref(), Some("@a/b/-/b.tgz"));
        assert_eq!(below(&root, &url("http://127.0.0.1:1/other/b.tgz")), None);
        assert_eq!(below(&root, &url("http://files.example/npm/b.tgz")), None);
    }
}
