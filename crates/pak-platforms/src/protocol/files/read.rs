//! What is there: presence, bytes served, small documents.

use std::time::Duration;

use bytes::Bytes;
use pak_http::{Request, Response, status_problem};
use pak_model::{Digests, Hasher, Presence, Problem, Result, code};
use url::Url;

use super::FileStore;

/// Files up to this size are read where others are only asked for: it costs no more and tells the digest.
const SMALL: u64 = 2 << 10;

impl FileStore<'_> {
    /// Whether a file is there, and with which bytes as far as the server tells; `size` is the one expected.
    ///
    /// Small files, and files that this process sent, are read for it: what was read stands for the [`Self::read_back`] that
    /// follows. Others are asked for by HEAD; the digests are empty where the server tells none.
    pub async fn find(&self, path: &str, size: u64) -> Result<Presence> {
        let url = self.url(path)?;
        if size <= SMALL || self.memory.was_sent(&url) {
            return self.find_by_reading(path, &url).await;
        }
        let response = self.call.send(self.reading(Request::head(url.clone()))).await?;
        match response.status().as_u16() {
            200..=299 => Ok(Presence::present(told(|name| response.header(name)))),
            404 | 410 => Ok(Presence::Absent),
            405 | 501 => self.find_by_reading(path, &url).await,
            _ => Err(status_problem(&format!("Looking for {path}"), response, true).await),
        }
    }

    async fn find_by_reading(&self, path: &str, url: &Url) -> Result<Presence> {
        let Some(response) = self.open(path, url).await? else { return Ok(Presence::Absent) };
        let digests = response.hash(Hasher::sha256_only()).await?;
        self.memory.was_read(url, &digests);
        Ok(Presence::present(digests))
    }

    /// The digests of what the server serves, hashed in constant memory.
    pub async fn read_back(&self, path: &str) -> Result<Digests> {
        let url = self.url(path)?;
        if let Some(digests) = self.memory.take_read(&url) {
            return Ok(digests);
        }
        match self.open(path, &url).await? {
            Some(response) => response.hash(Hasher::sha256_only()).await,
            None => Err(Problem::new(code::http::NOT_FOUND, format!("{path} is not there."))
                .about("url", pak_http::safe(&url))
                .retry_after(Duration::from_secs(1))),
        }
    }

    /// A small document; `None` where there is none.
    pub async fn text(&self, path: &str, limit: u64) -> Result<Option<Bytes>> {
        let url = self.url(path)?;
        match self.open(path, &url).await? {
            Some(response) => Ok(Some(response.bytes_up_to(limit).await?)),
            None => Ok(None),
        }
    }

    async fn open(&self, path: &str, url: &Url) -> Result<Option<Response>> {
        let response = self.call.send(self.reading(Request::get(url.clone()))).await?;
        match response.status().as_u16() {
            200..=299 => Ok(Some(response)),
            404 | 410 => Ok(None),
            _ => Err(status_problem(&format!("Reading {path}"), response, true).await),
        }
    }
}

/// Digests that the server tells along with a file: Artifactory's headers, Nexus' ETag. An ETag of any other form says nothing
/// of the bytes.
fn told<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Digests {
    let hex = |text: Option<&str>, length: usize| {
        text.filter(|text| text.len() == length && text.chars().all(|c| c.is_ascii_hexdigit())).map(str::to_lowercase)
    };
    let nexus = header("etag").and_then(|tag| tag.strip_prefix("\"{SHA1{")?.strip_suffix("}}\""));
    Digests {
        sha256: hex(header("x-checksum-sha256"), 64),
        sha512: hex(header("x-checksum-sha512"), 128),
        sha1: hex(header("x-checksum-sha1").or(nexus), 40),
        md5: hex(header("x-checksum-md5"), 32),
        ..Digests::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_taken_from_where_servers_tell_them() {
        let real = Digests::of(b"hello");
        let sha1 = real.sha1.clone().unwrap();
        let nexus = format!("\"{{SHA1{{{sha1}}}}}\"");
        let told_by = |name: &'static str, value: &str| told(|asked| (asked == name).then_some(value));
        assert_eq!(told_by("etag", &nexus).agrees(&real), Some(true));
        assert_eq!(told_by("x-checksum-sha1", &sha1.to_uppercase()).agrees(&real), Some(true));
        assert_eq!(told_by("x-checksum-sha256", real.sha256.as_deref().unwrap()).agrees(&real), Some(true));
        for (name, value) in
            [("etag", "\"65f0-5d\""), ("etag", "W/\"{SHA1{x}}\""), ("x-checksum-md5", ""), ("x-checksum-sha1", "none")]
        {
            assert_eq!(told_by(name, value), Digests::default(), "{name}: {value}");
        }
    }
}
