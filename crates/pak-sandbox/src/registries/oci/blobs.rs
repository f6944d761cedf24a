//! Blobs and upload sessions. A session is a file that grows; what arrived before a break stays, so that it can be resumed.

use std::io;

use axum::body::Body;
use camino::Utf8PathBuf;
use futures_util::stream;
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::answer::{self, Refusal, Reply};
use super::{Shared, blob_key, hex_of, is_name, link_key, query};

/// How much of a file is read at a time.
const PIECE: usize = 128 * 1024;

pub(super) async fn serve(shared: &Shared, name: &str, digest: &str, request: Request<Body>) -> Reply {
    let hex = hex_of(digest)?;
    if !shared.store.has(&link_key(name, hex)) {
        return Err(unknown(digest));
    }
    let file = tokio::fs::File::open(shared.store.path(&blob_key(hex))?).await?;
    let headers = [
        ("content-type", "application/octet-stream".to_owned()),
        ("content-length", file.metadata().await?.len().to_string()),
        ("docker-content-digest", digest.to_owned()),
    ];
    let body = if *request.method() == Method::HEAD { Body::empty() } else { streamed(file) };
    Ok(answer::with_headers(StatusCode::OK, body, &headers))
}

fn streamed(file: tokio::fs::File) -> Body {
    Body::from_stream(stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok::<_, io::Error>((read > 0).then_some((piece, file)))
    }))
}

pub(super) fn delete(shared: &Shared, name: &str, digest: &str) -> Reply {
    if shared.store.remove(&link_key(name, hex_of(digest)?))? {
        return Ok(answer::empty(StatusCode::ACCEPTED, &[]));
    }
    Err(unknown(digest))
}

/// Opens a session, or links a blob that another repository has. A whole blob may come with it.
pub(super) async fn open(shared: &Shared, name: &str, request: Request<Body>) -> Reply {
    let text = request.uri().query();
    if let (Some(digest), Some(from)) = (query(text, "mount"), query(text, "from")) {
        let hex = hex_of(&digest)?;
        if is_name(&from) && shared.store.has(&link_key(&from, hex)) {
            shared.store.write(&link_key(name, hex), b"")?;
            return Ok(created(name, &digest));
        }
    }
    let id = uuid::Uuid::new_v4().simple().to_string();
    shared.store.write(&session_key(&id), b"")?;
    if query(text, "digest").is_some() {
        return close(shared, name, &id, request).await;
    }
    Ok(answer::empty(StatusCode::ACCEPTED, &session_headers(name, &id, 0)))
}

pub(super) async fn append(shared: &Shared, name: &str, id: &str, request: Request<Body>) -> Reply {
    let path = session(shared, id)?;
    let _turn = shared.store.lock(&session_key(id)).await;
    let have = std::fs::metadata(&path)?.len();
    let range = request.headers().get("content-range").map(|value| value.to_str().unwrap_or_default().to_owned());
    let declared = match range.as_deref().map(|text| text.split_once('-')) {
        None => None,
        Some(Some((first, last))) => match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if first <= last => Some((first, last)),
            _ => return Err(out_of_order("the range is not two numbers")),
        },
        Some(None) => return Err(out_of_order("the range is not two numbers")),
    };
    if let Some((first, _)) = declared
        && first != have
    {
        let refusal = answer::empty(StatusCode::RANGE_NOT_SATISFIABLE, &session_headers(name, id, have));
        return Ok(refusal);
    }
    let now = take_in(&path, request).await?;
    if declared.is_some_and(|(_, last)| last + 1 != now) {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "SIZE_INVALID", "the body is not as long as its range"));
    }
    Ok(answer::empty(StatusCode::ACCEPTED, &session_headers(name, id, now)))
}

pub(super) async fn close(shared: &Shared, name: &str, id: &str, request: Request<Body>) -> Reply {
    let path = session(shared, id)?;
    let _turn = shared.store.lock(&session_key(id)).await;
    let digest = query(request.uri().query(), "digest").unwrap_or_default();
    let hex = hex_of(&digest)?.to_owned();
    take_in(&path, request).await?;
    let read = path.clone();
    let found = tokio::task::spawn_blocking(move || hash(&read)).await.map_err(io::Error::other)??;
    if found != hex {
        let _ = std::fs::remove_file(&path);
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "DIGEST_INVALID",
            "the content does not have the digest it was announced with",
        )
        .about(format!("sha256:{found}")));
    }
    let target = shared.store.path(&blob_key(&hex))?;
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::rename(&path, target)?;
    shared.store.write(&link_key(name, &hex), b"")?;
    Ok(created(name, &digest))
}

pub(super) fn progress(shared: &Shared, name: &str, id: &str) -> Reply {
    let have = std::fs::metadata(session(shared, id)?)?.len();
    Ok(answer::empty(StatusCode::NO_CONTENT, &session_headers(name, id, have)))
}

pub(super) fn abort(shared: &Shared, id: &str) -> Reply {
    std::fs::remove_file(session(shared, id)?)?;
    Ok(answer::empty(StatusCode::NO_CONTENT, &[]))
}

/// Appends a request's body to a file; the file's length afterwards.
async fn take_in(path: &camino::Utf8Path, request: Request<Body>) -> Result<u64, Refusal> {
    let mut file = tokio::fs::OpenOptions::new().append(true).open(path).await?;
    let mut body = request.into_body();
    let mut broken = None;
    while let Some(frame) = body.frame().await {
        match frame.map(http_body::Frame::into_data) {
            Ok(Ok(data)) => file.write_all(&data).await?,
            Ok(Err(_)) => {}
            Err(error) => {
                broken = Some(error);
                break;
            }
        }
    }
    file.flush().await?;
    match broken {
        Some(error) => {
            Err(Refusal::new(StatusCode::BAD_REQUEST, "BLOB_UPLOAD_INVALID", format!("the body broke off: {error}")))
        }
        None => Ok(file.metadata().await?.len()),
    }
}

fn hash(path: &camino::Utf8Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut file = std::fs::File::open(path)?;
    let mut piece = vec![0; PIECE];
    loop {
        match io::Read::read(&mut file, &mut piece)? {
            0 => return Ok(hex::encode(hasher.finalize())),
            read => hasher.update(&piece[..read]),
        }
    }
}

fn session_key(id: &str) -> String {
    format!("oci/uploads/{id}")
}

fn session(shared: &Shared, id: &str) -> Result<Utf8PathBuf, Refusal> {
    let known = id.chars().all(|c| c.is_ascii_alphanumeric()) && shared.store.has(&session_key(id));
    if known {
        return Ok(shared.store.path(&session_key(id))?);
    }
    Err(Refusal::new(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "no such upload").about(id))
}

fn session_headers(name: &str, id: &str, have: u64) -> [(&'static str, String); 3] {
    [
        ("location", format!("/v2/{name}/blobs/uploads/{id}?state=open")),
        ("range", format!("0-{}", have.saturating_sub(1))),
        ("docker-upload-uuid", id.to_owned()),
    ]
}

fn created(name: &str, digest: &str) -> Response<Body> {
    let headers = [("location", format!("/v2/{name}/blobs/{digest}")), ("docker-content-digest", digest.to_owned())];
    answer::empty(StatusCode::CREATED, &headers)
}

fn unknown(digest: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", "blob unknown to registry").about(digest)
}

fn out_of_order(why: &str) -> Refusal {
    Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, "BLOB_UPLOAD_INVALID", why)
}
