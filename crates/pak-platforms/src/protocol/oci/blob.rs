//! Blobs: is it there, mount it, send it. A blob is named by its digest, so a registry that has the name has the bytes.
//!
//! A blob goes in one PUT. One too large for that (by the server's word, or above [`ONE_PUT`]) goes by PATCH, and a PATCH that
//! breaks is resumed where the registry says it stopped.

use http::header::{CONTENT_LENGTH, CONTENT_RANGE, LOCATION, RANGE};
use http::{Method, StatusCode};
use pak_http::{Body, FilePart, Part, Request, Response, status_problem};
use pak_model::artifact::ImageBlob;
use pak_model::{Digests, Effect, Hasher, Problem, Recovery, Result, code};
use url::Url;

use super::reference::sha256_hex;
use super::repository::Repository;
use super::session::Need;

/// Up to this size a blob goes in one PUT; larger ones by PATCH, so that a break does not cost the whole of it.
pub const ONE_PUT: u64 = 1 << 30;
/// Up to this size a blob is fetched and hashed after sending; of larger ones the registry is asked for digest and size.
/// It checked the digest itself when it took the blob, and a layer of gigabytes would double the time of a release.
pub const FETCHED_BACK: u64 = 4 << 20;
/// The piece that is tried when a server finds the whole too large: below the 100 MB of common proxies.
const SMALL_PIECE: u64 = 64 << 20;
/// How often a broken blob is taken up again.
const RESUMES: u32 = 8;

impl Repository<'_> {
    /// Whether a blob is there.
    pub async fn has_blob(&self, digest: &str) -> Result<bool> {
        let response = self.send(Need::Use, Request::head(self.url(&format!("blobs/{digest}"))?)).await?;
        match response.status() {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(status_problem(&format!("Asking for blob {digest}"), response, true).await),
        }
    }

    /// What the registry serves under a blob's digest: hashed where it is small, else as the registry describes it.
    pub async fn read_blob(&self, digest: &str, size: u64) -> Result<Digests> {
        let what = format!("Reading blob {digest} back");
        let url = self.url(&format!("blobs/{digest}"))?;
        let request = if size <= FETCHED_BACK { Request::get(url) } else { Request::head(url) };
        let response = self.send(Need::Use, request).await?;
        if response.status() != StatusCode::OK {
            return Err(status_problem(&what, response, true).await);
        }
        if size <= FETCHED_BACK {
            return response.hash(Hasher::sha256_only()).await;
        }
        let length = response.header(CONTENT_LENGTH.as_str()).and_then(|text| text.parse::<u64>().ok());
        if length.is_some_and(|length| length != size) {
            return Err(Problem::new(
                code::deploy::WRONG_DIGEST,
                format!("{what}: the registry serves {} bytes, and {size} were sent.", length.unwrap_or_default()),
            ));
        }
        let told = response.header("docker-content-digest").and_then(sha256_hex);
        // A storage host that was redirected to knows no digest header; the name asked for is the digest then.
        Ok(told.or(sha256_hex(digest)).map(|hex| Digests::from_sha256(hex.to_ascii_lowercase())).unwrap_or_default())
    }

    /// Sends a blob, or has the registry take it from `from`, another of its repositories.
    pub async fn send_blob(&self, blob: &ImageBlob, from: Option<&str>) -> Result<()> {
        let opened = match from {
            Some(from) => self.mount(blob, from).await?,
            None => Some(self.open(blob).await?),
        };
        let Some(session) = opened else { return Ok(()) };
        if blob.size <= self.one_put {
            match self.put_whole(blob, &session).await? {
                Sent::Yes => return Ok(()),
                Sent::TooLarge => {}
            }
            let session = self.open(blob).await?;
            return self.send_pieces(blob, session, SMALL_PIECE).await;
        }
        self.send_pieces(blob, session, blob.size).await
    }

    /// Sends a small blob that lies in no file.
    pub async fn send_text(&self, digest: &str, text: &str) -> Result<()> {
        let size = text.len() as u64;
        let blob = ImageBlob { digest: digest.to_owned(), size, path: camino::Utf8PathBuf::new(), offset: 0 };
        let session = self.open(&blob).await?;
        let request = Request::put(session.closing(digest), Body::bytes(text.to_owned()));
        let response = self.send(Need::Use, request.content_type("application/octet-stream")).await?;
        accepted(&blob, response).await
    }

    /// `None`: the registry has taken it over. Where it has not, it has opened a session instead.
    async fn mount(&self, blob: &ImageBlob, from: &str) -> Result<Option<Session>> {
        let mut url = self.url("blobs/uploads/")?;
        url.query_pairs_mut().append_pair("mount", &blob.digest).append_pair("from", from);
        let response = self.send(Need::Mount(from), Request::post(url, Body::empty())).await?;
        match response.status() {
            StatusCode::CREATED => Ok(None),
            StatusCode::ACCEPTED => Ok(Some(Session::of(&self.root, &response)?)),
            // Not allowed to read the other repository, most likely: then it is sent.
            _ => Ok(Some(self.open(blob).await?)),
        }
    }

    async fn open(&self, blob: &ImageBlob) -> Result<Session> {
        let response = self.send(Need::Use, Request::post(self.url("blobs/uploads/")?, Body::empty())).await?;
        if response.status() == StatusCode::ACCEPTED {
            return Session::of(&self.root, &response);
        }
        Err(status_problem(&format!("Opening an upload for blob {}", blob.digest), response, false).await)
    }

    async fn put_whole(&self, blob: &ImageBlob, session: &Session) -> Result<Sent> {
        let hex = sha256_hex(&blob.digest).map(str::to_owned);
        let body = piece(blob, 0, blob.size, hex);
        let request = Request::put(session.closing(&blob.digest), body).content_type("application/octet-stream");
        let response = self.send(Need::Use, request).await?;
        if response.status() == StatusCode::PAYLOAD_TOO_LARGE && blob.size > SMALL_PIECE {
            return Ok(Sent::TooLarge);
        }
        accepted(blob, response).await.map(|()| Sent::Yes)
    }

    async fn send_pieces(&self, blob: &ImageBlob, mut session: Session, wanted: u64) -> Result<()> {
        let mut piece_size = wanted.max(session.least_piece);
        let (mut at, mut resumed) = (0, 0);
        while at < blob.size {
            let length = piece_size.min(blob.size - at);
            let mut request = Request::new(Method::PATCH, session.url.clone())
                .body(piece(blob, at, length, None))
                .content_type("application/octet-stream");
            if length < blob.size {
                // Inclusive, and without the `bytes` of other protocols.
                request = request.header(CONTENT_RANGE, format!("{at}-{}", at + length - 1));
            }
            match self.send(Need::Use, request).await {
                Ok(response) if response.status() == StatusCode::ACCEPTED => {
                    session.follow(&response);
                    at += length;
                    continue;
                }
                Ok(response) if response.status() == StatusCode::PAYLOAD_TOO_LARGE && length > SMALL_PIECE => {
                    piece_size = SMALL_PIECE.max(session.least_piece);
                }
                Ok(response)
                    if response.status() != StatusCode::RANGE_NOT_SATISFIABLE
                        && !response.status().is_server_error() =>
                {
                    return Err(status_problem(&format!("Sending blob {}", blob.digest), response, false).await);
                }
                Ok(_) => {}
                Err(problem) if matches!(problem.recovery_of(), Recovery::LookUpFirst | Recovery::RetryAfter(_)) => {}
                Err(problem) => return Err(problem),
            }
            resumed += 1;
            if resumed > RESUMES {
                return Err(interrupted(blob, at));
            }
            self.call.wait("before the upload is taken up again", resume_pause(resumed)).await?;
            at = self.stopped_at(blob, &mut session).await?;
        }
        let request = Request::put(session.closing(&blob.digest), Body::empty());
        accepted(blob, self.send(Need::Use, request).await?).await
    }

    /// Where a broken session continues. A session the registry has forgotten starts anew.
    async fn stopped_at(&self, blob: &ImageBlob, session: &mut Session) -> Result<u64> {
        let response = self.send(Need::Use, Request::get(session.url.clone())).await?;
        match response.status() {
            StatusCode::NO_CONTENT | StatusCode::OK | StatusCode::ACCEPTED => {
                session.follow(&response);
                let last =
                    response.header(RANGE.as_str()).and_then(|text| text.rsplit_once('-')?.1.parse::<u64>().ok());
                match last {
                    Some(last) if last > 0 && last < blob.size => Ok(last + 1),
                    // `0-0` means "nothing yet" to some and "one byte" to others: a new session is right for both.
                    _ => self.begin_again(blob, session).await,
                }
            }
            StatusCode::NOT_FOUND => self.begin_again(blob, session).await,
            _ => Err(status_problem(&format!("Taking up blob {} again", blob.digest), response, true).await),
        }
    }

    async fn begin_again(&self, blob: &ImageBlob, session: &mut Session) -> Result<u64> {
        *session = self.open(blob).await?;
        Ok(0)
    }
}

enum Sent {
    Yes,
    TooLarge,
}

/// An upload session: an opaque address that may change with every answer.
struct Session {
    url: Url,
    least_piece: u64,
}

impl Session {
    fn of(root: &Url, response: &Response) -> Result<Self> {
        let least = response.header("oci-chunk-min-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let url = response.header(LOCATION.as_str()).and_then(|text| response.url().join(text).ok());
        match url {
            Some(url) if url.scheme() == "https" || root.scheme() == "http" => Ok(Self { url, least_piece: least }),
            _ => Err(Problem::new(
                code::http::UNEXPECTED,
                "The registry opened an upload and did not say where it continues.",
            )
            .about("url", pak_http::safe(response.url()))),
        }
    }

    fn follow(&mut self, response: &Response) {
        if let Some(next) = response.header(LOCATION.as_str()).and_then(|text| response.url().join(text).ok())
            && next.scheme() == self.url.scheme()
        {
            self.url = next;
        }
    }

    /// The address that ends the upload; its own query is kept, it may be signed.
    fn closing(&self, digest: &str) -> Url {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("digest", digest);
        url
    }
}

fn piece(blob: &ImageBlob, at: u64, length: u64, sha256: Option<String>) -> Body {
    if length == 0 {
        return Body::empty();
    }
    let part = FilePart { path: blob.path.clone(), offset: blob.offset + at, length, sha256 };
    Body::empty().and(Part::File(part))
}

async fn accepted(blob: &ImageBlob, response: Response) -> Result<()> {
    if !response.status().is_success() {
        let problem = status_problem(&format!("Sending blob {}", blob.digest), response, false).await;
        if problem.causes().iter().any(|said| said.contains("DIGEST_INVALID")) {
            return Err(Problem::new(
                code::deploy::ARTIFACT_CHANGED,
                format!("{} no longer holds the bytes of {}: the registry refused them.", blob.path, blob.digest),
            )
            .about("file", &blob.path));
        }
        return Err(problem);
    }
    let told = response.header("docker-content-digest").and_then(sha256_hex);
    match (told, sha256_hex(&blob.digest)) {
        (Some(told), Some(sent)) if !told.eq_ignore_ascii_case(sent) => Err(Problem::new(
            code::deploy::WRONG_DIGEST,
            format!("The registry stored sha256:{told} where {} was sent.", blob.digest),
        )
        .effect(Effect::Published)),
        _ => Ok(()),
    }
}

fn interrupted(blob: &ImageBlob, at: u64) -> Problem {
    Problem::new(
        code::http::ANSWER_LOST,
        format!("Sending blob {} broke {RESUMES} times, the last time after {at} of {} bytes.", blob.digest, blob.size),
    )
    .answer_lost()
}

fn resume_pause(resumed: u32) -> std::time::Duration {
    std::time::Duration::from_millis(250 << resumed.min(5))
}
