//! Takes an image back: a moved tag goes back, a new tag and its manifests are deleted where the registry deletes.

use async_trait::async_trait;
use pak_model::plan::UndoAction;
use pak_model::{Problem, Result, Role, Upload, code};
use serde_json::Value;

use super::{OciDriver, attest};
use crate::call::Call;
use crate::platform::{Undo, Undone};
use crate::protocol::oci::Repository;
use crate::protocol::oci::repository::Deleted;

/// The annotation of the manifest that a tag is moved to before that manifest is deleted.
const MARK: &str = "dev.pak.removed";

#[async_trait]
impl Undo for OciDriver {
    async fn undo(&self, call: &Call, upload: &Upload, replaced: Option<&str>) -> Result<Undone> {
        let coordinates = &upload.coordinates;
        let repository = Repository::new(call, &self.sessions, &coordinates.name)?;
        if coordinates.file.is_some() {
            return Ok(done(UndoAction::Nothing, "No tag names it any more; the registry's own clean-up removes it."));
        }
        if let Some(subject) = attest::subject(upload) {
            repository.unlist_referrer(&subject, &attest::listed(upload)).await?;
            return Ok(done(UndoAction::Nothing, "The list of what refers to the image follows what is there."));
        }
        let reference = coordinates.version.as_str();
        let Some(now) = repository.resolve(reference).await? else {
            return Ok(done(UndoAction::Delete, "It was gone already."));
        };
        if upload.role != Role::Front {
            return match repository.delete_manifest(reference).await? {
                Deleted::Yes => gone(&repository, reference, "The registry's own clean-up removes its blobs.").await,
                Deleted::Unsupported(said) => Err(refused(reference, &said)),
            };
        }
        if now.agrees(&upload.digests) != Some(true) && !is_marked(&repository, reference).await? {
            return Err(Problem::new(
                code::deploy::UNDO_REFUSED,
                format!("{reference} names {} by now, not {}; it was left alone.", now.label(), upload.digests.label()),
            )
            .next("Somebody moved the tag since. Move or delete it by hand if that is what you want."));
        }
        match replaced {
            Some(before) => move_back(&repository, reference, before).await,
            None => remove_tag(&repository, reference).await,
        }
    }
}

async fn move_back(repository: &Repository<'_>, tag: &str, before: &str) -> Result<Undone> {
    let before = if before.contains(':') { before.to_owned() } else { format!("sha256:{before}") };
    let Some(old) = repository.manifest(&before).await? else {
        return Err(refused(tag, &format!("the image it named before, {before}, is no longer there")));
    };
    repository.put_manifest(tag, &old.media_type, &old.bytes).await?;
    let now = repository.resolve(tag).await?;
    if now.as_ref().and_then(|now| now.agrees(&old.digests)) == Some(true) {
        return Ok(done(UndoAction::MoveTag, &format!("{tag} names {before} again.")));
    }
    Err(refused(tag, "it took the tag back and does not show it"))
}

/// Removes a tag and nothing else. Many registries only delete by digest, which takes every tag of the image with it,
/// older releases of the same bytes included. There the tag is moved to a manifest of its own first, and that is deleted.
async fn remove_tag(repository: &Repository<'_>, tag: &str) -> Result<Undone> {
    let said = match repository.delete_manifest(tag).await? {
        Deleted::Yes => return gone(repository, tag, "The tag can be used again.").await,
        Deleted::Unsupported(said) => said,
    };
    let Some(image) = repository.manifest(tag).await? else {
        return gone(repository, tag, "The tag can be used again.").await;
    };
    let Some(marked) = marked(&image.bytes, tag) else { return Err(refused(tag, &said)) };
    repository.put_manifest(tag, &image.media_type, &marked).await?;
    let digest = repository.resolve(tag).await?.and_then(|digests| digests.sha256);
    let deleted = match &digest {
        Some(hex) => repository.delete_manifest(&format!("sha256:{hex}")).await,
        None => Ok(Deleted::Yes),
    };
    match deleted {
        Ok(Deleted::Yes) => gone(repository, tag, "The tag can be used again.").await,
        failed => {
            // Nothing is deleted here at all: the tag goes back to the image, as if nothing had been tried.
            repository.put_manifest(tag, &image.media_type, &image.bytes).await?;
            match failed {
                Err(problem) => Err(problem),
                Ok(_) => Err(refused(tag, &said)),
            }
        }
    }
}

/// The image's manifest with one more annotation: another digest, the same blobs, so that every registry takes it.
fn marked(manifest: &[u8], tag: &str) -> Option<Vec<u8>> {
    let mut document: Value = serde_json::from_slice(manifest).ok()?;
    let annotations =
        document.as_object_mut()?.entry("annotations").or_insert_with(|| Value::Object(serde_json::Map::new()));
    annotations.as_object_mut()?.insert(MARK.to_owned(), Value::String(tag.to_owned()));
    serde_json::to_vec(&document).ok()
}

/// Whether an earlier undo was interrupted after it had moved the tag.
async fn is_marked(repository: &Repository<'_>, tag: &str) -> Result<bool> {
    let manifest = repository.manifest(tag).await?;
    let document: Value =
        manifest.and_then(|manifest| serde_json::from_slice(&manifest.bytes).ok()).unwrap_or_default();
    Ok(document["annotations"][MARK] == tag)
}

async fn gone(repository: &Repository<'_>, reference: &str, note: &str) -> Result<Undone> {
    match repository.resolve(reference).await? {
        None => Ok(done(UndoAction::Delete, note)),
        Some(_) => Err(refused(reference, "it accepted the deletion and still shows it")),
    }
}

fn done(action: UndoAction, note: &str) -> Undone {
    Undone { action, note: note.to_owned() }
}

fn refused(reference: &str, said: &str) -> Problem {
    Problem::new(code::deploy::UNDO_REFUSED, format!("The registry does not take {reference} back."))
        .said(said)
        .next("Delete it in the registry's web pages, if it has such.")
}
