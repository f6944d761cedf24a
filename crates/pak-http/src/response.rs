//! An answer, read with limits.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode};
use pak_model::{Digests, Hasher, Problem, Result, code};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use url::Url;

use crate::failure::network_problem;
use crate::url::safe;

/// The largest document read into memory unless a driver says otherwise: npm packuments of old packages reach tens of megabytes.
pub(crate) const DOCUMENT_LIMIT: u64 = 64 << 20;

/// What a registry answered.
#[derive(Debug)]
pub struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) url: Url,
    pub(crate) inner: reqwest::Response,
    /// When the whole body must have come, under a guard.
    pub(crate) until: Option<Instant>,
    /// The largest body taken at all.
    pub(crate) largest: u64,
}

impl Response {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The address that answered, after redirects.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The whole body, up to [`DOCUMENT_LIMIT`].
    pub async fn bytes(self) -> Result<Bytes> {
        self.bytes_up_to(DOCUMENT_LIMIT).await
    }

    /// The whole body, up to a limit.
    pub async fn bytes_up_to(self, limit: u64) -> Result<Bytes> {
        let mut collected = BytesMut::new();
        self.each(limit, |chunk| collected.extend_from_slice(chunk)).await?;
        Ok(collected.freeze())
    }

    /// The body as text, wrong UTF-8 replaced. For messages: cut after 4 KiB.
    pub async fn text(self) -> String {
        let mut text = Vec::new();
        // A body that breaks off still has something to say.
        let _ = self.each(1 << 20, |chunk| text.extend_from_slice(chunk)).await;
        text.truncate(4096);
        String::from_utf8_lossy(&text).into_owned()
    }

    /// The body as JSON.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T> {
        let url = safe(&self.url);
        let bytes = self.bytes().await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            let beginning = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
            Problem::new(code::http::UNEXPECTED, format!("{url} did not answer with the JSON expected."))
                .about("url", &url)
                .cause(&error)
                .said(beginning)
        })
    }

    /// The next piece of the body as it comes, for streams that go on; nothing at the end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        self.inner.chunk().await.map_err(|error| network_problem(&error, &self.url, true))
    }

    /// Hashes the body as it passes, in constant memory.
    pub async fn hash(self, mut hasher: Hasher) -> Result<Digests> {
        self.each(u64::MAX, |chunk| hasher.update(chunk)).await?;
        Ok(hasher.finish())
    }

    async fn each(self, limit: u64, mut take: impl FnMut(&[u8])) -> Result<()> {
        let (url, limit) = (self.url, limit.min(self.largest));
        let late = || Problem::new(code::http::TIMEOUT, format!("{} takes too long over its answer.", safe(&url)));
        let mut stream = self.inner.bytes_stream();
        let mut length = 0u64;
        loop {
            let next = match self.until {
                Some(until) => tokio::time::timeout_at(until, stream.next()).await.map_err(|_| late())?,
                None => stream.next().await,
            };
            let Some(chunk) = next else { return Ok(()) };
            let chunk = chunk.map_err(|error| network_problem(&error, &url, true))?;
            length += chunk.len() as u64;
            if length > limit {
                return Err(Problem::new(
                    code::http::UNEXPECTED,
                    format!("{} answered with more than {limit} bytes.", safe(&url)),
                ));
            }
            take(&chunk);
        }
    }
}
