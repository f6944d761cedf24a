//! A repository of a `/v2/` registry: manifests and tags. Called by drivers; uploads of blobs are in `blob.rs`.

use bytes::Bytes;
use http::{Method, StatusCode, header};
use pak_http::{Body, Request, Response, status_problem};
use pak_model::{Digests, Effect, Hasher, Problem, Recovery, Result, code};
use serde::Deserialize;
use url::Url;

use super::blob::ONE_PUT;
use super::reference::{self, MANIFEST_LIMIT, sha256_hex};
use super::session::{Need, Sessions};
use crate::call::Call;
use crate::endpoint;

/// What we accept as a manifest; registries answer 404 for a manifest whose type is not among them.
pub const MANIFEST_TYPES: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";
/// Pages of tags read before we stop: a hundred thousand tags.
const TAG_PAGES: usize = 100;

/// One repository, seen with one call.
pub struct Repository<'a> {
    pub(super) call: &'a Call,
    sessions: &'a Sessions,
    pub(super) root: Url,
    name: &'a str,
    pub(super) one_put: u64,
}

/// A manifest as a registry serves it.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The document.
    pub bytes: Bytes,
    /// Its media type.
    pub media_type: String,
    /// The digest of the bytes received.
    pub digests: Digests,
}

impl<'a> Repository<'a> {
    /// A repository below the call's endpoint.
    pub fn new(call: &'a Call, sessions: &'a Sessions, name: &'a str) -> Result<Self> {
        Ok(Self { call, sessions, root: reference::root(call.endpoint())?, name, one_put: ONE_PUT })
    }

    /// Sends blobs in pieces from this size on, instead of [`ONE_PUT`].
    pub fn pieces_above(self, one_put: u64) -> Self {
        Self { one_put, ..self }
    }

    /// `https://host/v2/name/path`.
    pub(super) fn url(&self, path: &str) -> Result<Url> {
        endpoint::join(&self.root, &format!("v2/{}/{path}", self.name))
    }

    /// Sends a request that the registry may ask a token for. An address elsewhere (an upload session on a storage host) gets none.
    pub(super) async fn send(&self, need: Need<'_>, request: Request) -> Result<Response> {
        if pak_http::origin(request.url()) == pak_http::origin(&self.root) {
            self.sessions.send(self.call, &self.root, self.name, need, request).await
        } else {
            self.call.send(request).await
        }
    }

    /// Which manifest a tag or digest names, by HEAD: `None` where there is none.
    pub async fn resolve(&self, reference: &str) -> Result<Option<Digests>> {
        let what = format!("Asking for {}:{reference}", self.name);
        let url = self.url(&format!("manifests/{reference}"))?;
        let response = self.send(Need::Use, Request::head(url).accept(MANIFEST_TYPES)).await?;
        match response.status() {
            StatusCode::OK => match response.header("docker-content-digest").and_then(sha256_hex) {
                Some(hex) => Ok(Some(Digests::from_sha256(hex.to_ascii_lowercase()))),
                // Old servers do not tell it.
                None => Ok(self.manifest(reference).await?.map(|fetched| fetched.digests)),
            },
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(status_problem(&what, response, true).await),
        }
    }

    /// Fetches and hashes a manifest.
    pub async fn manifest(&self, reference: &str) -> Result<Option<Fetched>> {
        let what = format!("Fetching {}:{reference}", self.name);
        let url = self.url(&format!("manifests/{reference}"))?;
        let response = self.send(Need::Use, Request::get(url).accept(MANIFEST_TYPES)).await?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            _ => return Err(status_problem(&what, response, true).await),
        }
        let media_type = response.header("content-type").unwrap_or_default().to_owned();
        // Registries may take more than the common limit; we read what they may serve, within reason.
        let bytes = response.bytes_up_to(4 * MANIFEST_LIMIT).await?;
        let mut hasher = Hasher::sha256_only();
        hasher.update(&bytes);
        Ok(Some(Fetched { digests: hasher.finish(), bytes, media_type }))
    }

    /// Puts a manifest under a tag or its digest. The bytes are what the digest is of and are sent as they are.
    pub async fn put_manifest(&self, reference: &str, media_type: &str, text: &[u8]) -> Result<Option<String>> {
        let what = format!("Putting {}:{reference}", self.name);
        let url = self.url(&format!("manifests/{reference}"))?;
        let request = Request::put(url, Body::bytes(text.to_vec())).content_type(media_type);
        let response = self.send(Need::Use, request).await?;
        if !response.status().is_success() {
            return Err(refusal(&what, reference, response).await);
        }
        if let Some(told) = response.header("docker-content-digest").and_then(sha256_hex) {
            let mut hasher = Hasher::sha256_only();
            hasher.update(text);
            let sent = hasher.finish();
            if sent.agrees(&Digests::from_sha256(told)) == Some(false) {
                return Err(Problem::new(
                    code::deploy::WRONG_DIGEST,
                    format!("{what}: the registry stored sha256:{told}, and {} was sent.", sent.label()),
                )
                .effect(Effect::Published));
            }
        }
        Ok(response.header("location").and_then(|text| response.url().join(text).ok()).map(|url| pak_http::safe(&url)))
    }

    /// Deletes a tag or a manifest; the status says what came of it. 404 counts as deleted.
    pub async fn delete_manifest(&self, reference: &str) -> Result<Deleted> {
        let url = self.url(&format!("manifests/{reference}"))?;
        let response = self.send(Need::Delete, Request::delete(url)).await?;
        match response.status().as_u16() {
            200 | 202 | 204 | 404 => Ok(Deleted::Yes),
            // 405 is the specification's answer; older servers say 400 UNSUPPORTED or, for a tag, DIGEST_INVALID.
            400 | 405 | 501 => Ok(Deleted::Unsupported(
                pak_http::refusal_text(&response.text().await).unwrap_or_else(|| "no reason given".to_owned()),
            )),
            _ => Err(status_problem(&format!("Deleting {}:{reference}", self.name), response, false).await),
        }
    }

    /// Every tag, as the registry orders them.
    pub async fn tags(&self) -> Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Page {
            // Debian's docker-registry answers null for a repository that was emptied.
            tags: Option<Vec<String>>,
        }
        let mut next = Some(self.url("tags/list?n=1000")?);
        let mut tags = Vec::new();
        for _ in 0..TAG_PAGES {
            let Some(url) = next.take() else { break };
            let response = self.send(Need::Use, Request::get(url)).await?;
            match response.status() {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND => break,
                _ => return Err(status_problem(&format!("Listing tags of {}", self.name), response, true).await),
            }
            next = next_page(&response);
            let page: Page = response.json().await?;
            tags.extend(page.tags.unwrap_or_default());
        }
        Ok(tags)
    }

    /// Asks for the registry's root, signed in for this repository: 200 means the credential was taken.
    pub async fn ping(&self, need: Need<'_>) -> Result<Response> {
        self.send(need, Request::new(Method::GET, endpoint::join(&self.root, "v2/")?)).await
    }
}

/// What became of a deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone.
    Yes,
    /// The registry does not delete this, in its own words.
    Unsupported(String),
}

/// `Link: </v2/…?last=x>; rel="next"`, followed only where it stays on the registry.
pub(super) fn next_page(response: &Response) -> Option<Url> {
    let link = response.header(header::LINK.as_str())?;
    let (target, rest) = link.strip_prefix('<')?.split_once('>')?;
    let next = response.url().join(target).ok()?;
    (rest.contains("next") && pak_http::origin(&next) == pak_http::origin(response.url())).then_some(next)
}

/// A refused manifest. Registries with immutable tags say so with 400, 403, 409 or 412.
async fn refusal(what: &str, reference: &str, response: Response) -> Problem {
    let status = response.status().as_u16();
    let problem = status_problem(what, response, false).await;
    let said = problem.causes().join(" ").to_ascii_lowercase();
    let immutable = ["immutab", "already exist", "alreadyexists", "overwrit"].iter().any(|word| said.contains(word));
    if matches!(status, 409 | 412) || (matches!(status, 400 | 403) && immutable) {
        return Problem::new(
            code::deploy::CONFLICT,
            format!("{what}: the registry does not let {reference} be changed."),
        )
        .said(problem.causes().join("; "))
        .recovery(Recovery::LookUpFirst);
    }
    problem
}
