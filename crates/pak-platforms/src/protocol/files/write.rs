//! Sending and deleting, with refusals read for what they mean.

use std::time::Duration;

use http::HeaderName;
use pak_http::{Refusal, Request, Response};
use pak_model::plan::UndoAction;
use pak_model::{Digests, Presence, Problem, Receipt, Recovery, Result, code};
use url::Url;

use super::{Content, FileStore};
use crate::platform::Undone;

/// How servers say that a file is there already: Nexus, Artifactory, GitHub, GitLab, Gitea, Reposilite, Clojars.
const THERE_ALREADY: &[&str] =
    &["already", "updating assets", "redeploy", "overwrit", "duplicate", "cannot be updated", "not allow update"];
/// How often an undo asks whether the file is gone.
const CONFIRMATIONS: u32 = 8;

impl FileStore<'_> {
    /// Sends a file, whole or not at all. A file that is there already comes back as [`code::deploy::CONFLICT`].
    pub async fn put(&self, path: &str, content: &Content) -> Result<Receipt> {
        let (url, shown) = (self.upload_url(path)?, self.url(path)?);
        if self.call.quirks().create_folders == Some(true) {
            self.make_folders(path).await?;
        }
        self.memory.sends(&shown);
        let mut response = self.put_once(&url, content).await?;
        // WebDAV's words for a missing folder, and nginx's. On other servers no folder can be made, and the refusal stands.
        if self.call.quirks().create_folders.is_none()
            && matches!(response.status().as_u16(), 404 | 409 | 500)
            && self.make_folders(path).await.is_ok_and(|made| made)
        {
            response = self.put_once(&url, content).await?;
        }
        if response.status().is_success() {
            return Ok(Receipt { url: Some(pak_http::safe(&shown)), ..Receipt::default() });
        }
        Err(self.refused(path, Refusal::of(response).await))
    }

    async fn put_once(&self, url: &Url, content: &Content) -> Result<Response> {
        let mut request = Request::put(url.clone(), content.body.clone())
            .content_type(content.media_type)
            .auth(self.call.auth())
            // Some servers look through a large file before they answer.
            .idle_timeout(Duration::from_mins(5));
        if self.call.quirks().checksum_headers {
            let digests = [
                ("x-checksum-md5", &content.digests.md5),
                ("x-checksum-sha1", &content.digests.sha1),
                ("x-checksum-sha256", &content.digests.sha256),
            ];
            for (name, digest) in digests {
                if let Some(digest) = digest {
                    request = request.header(HeaderName::from_static(name), digest);
                }
            }
        }
        self.call.send(request).await
    }

    fn refused(&self, path: &str, refusal: Refusal) -> Problem {
        let status = refusal.status.as_u16();
        let words = refusal.said.as_deref().unwrap_or_default().to_lowercase();
        let says_there =
            matches!(status, 400 | 403 | 405 | 409 | 422) && THERE_ALREADY.iter().any(|text| words.contains(text));
        if says_there || self.call.quirks().conflict.contains(&status) {
            return refusal
                .explain(code::deploy::CONFLICT, format!("{path} is refused as a file that is there already"))
                .recovery(Recovery::LookUpFirst);
        }
        match status {
            405 | 501 => refusal.explain(code::http::REFUSED, format!("The server takes no uploads at {path}")).next(
                "Check that the target's `registry` is the address files are uploaded below, and that the server takes PUT.",
            ),
            507 => refusal.explain(code::files::SPACE_EXHAUSTED, format!("{path} does not fit on the server")),
            _ => refusal.problem(&format!("Uploading {path}"), false),
        }
    }

    /// Deletes a file; false where there was none.
    pub async fn delete(&self, path: &str) -> Result<bool> {
        let response = self.call.send(Request::delete(self.upload_url(path)?).auth(self.call.auth())).await?;
        match response.status().as_u16() {
            200..=299 => Ok(true),
            404 | 410 => Ok(false),
            405 | 501 => {
                let refusal = Refusal::of(response).await;
                Err(refusal.explain(code::deploy::UNDO_REFUSED, format!("The server does not delete {path}")))
            }
            _ => Err(Refusal::of(response).await.problem(&format!("Deleting {path}"), false)),
        }
    }

    /// Deletes a file that has these bytes, and confirms that it is gone. Other bytes are left alone.
    pub async fn take_back(&self, path: &str, size: u64, digests: &Digests) -> Result<Undone> {
        let there = match self.find(path, size).await? {
            Presence::Present { digests: told, .. } => match told.agrees(digests) {
                Some(same) => same,
                None => self.read_back(path).await?.agrees(digests) == Some(true),
            },
            _ => return Ok(deleted("It was gone already.")),
        };
        if !there {
            return Err(Problem::new(
                code::deploy::UNDO_REFUSED,
                format!("{path} has other bytes by now; it was left alone."),
            )
            .next("Somebody replaced the file since. Delete it by hand if that is what you want."));
        }
        self.delete(path).await?;
        for attempt in 0..CONFIRMATIONS {
            if self.find(path, size).await? == Presence::Absent {
                return Ok(deleted("It is gone; copies in caches may live on for a while."));
            }
            self.call.wait("asking whether it is gone", Duration::from_millis(50 << attempt)).await?;
        }
        Err(Problem::new(code::deploy::UNDO_REFUSED, format!("The server deleted {path} and serves it still."))
            .next("Look again in a few minutes; a cache before the server may hold it."))
    }
}

fn deleted(note: &str) -> Undone {
    Undone { action: UndoAction::Delete, note: note.to_owned() }
}
