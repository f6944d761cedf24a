//! Bodies into files and files into bodies, in constant memory. Called by every registry's handlers.

use std::io::{self, Write as _};

use axum::body::Body;
use axum::extract::multipart::Field;
use bytes::Bytes;
use camino::Utf8Path;
use futures_util::stream;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use pak_model::{Digests, Hasher};
use tokio::io::AsyncReadExt as _;

use crate::store::Store;

/// How much is read at a time.
const CHUNK: usize = 128 * 1024;

/// A body on disk: a temporary file that is dropped unless the store is told to keep it.
#[derive(Debug)]
pub struct Spooled {
    /// The file.
    pub file: tempfile::NamedTempFile,
    /// Its digests.
    pub digests: Digests,
    /// Its length in bytes.
    pub length: u64,
}

/// Writes a request body to a temporary file as it comes. A body that breaks off is an error.
pub async fn spool(store: &Store, mut body: Body) -> io::Result<Spooled> {
    let mut file = store.temporary()?;
    let mut hasher = Hasher::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| io::Error::new(io::ErrorKind::UnexpectedEof, error.to_string()))?;
        if let Some(data) = frame.data_ref() {
            file.write_all(data)?;
            hasher.update(data);
        }
    }
    file.flush()?;
    Ok(Spooled { file, length: hasher.length(), digests: hasher.finish() })
}

/// Writes a form's field to a temporary file as it comes. A form that is none is [`io::ErrorKind::InvalidData`].
pub async fn spool_field(store: &Store, mut field: Field<'_>) -> io::Result<Spooled> {
    let mut file = store.temporary()?;
    let mut hasher = Hasher::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))? {
        file.write_all(&chunk)?;
        hasher.update(&chunk);
    }
    file.flush()?;
    Ok(Spooled { file, length: hasher.length(), digests: hasher.finish() })
}

/// Answers with a file of the store, read as the client takes it; 404 where there is none.
pub async fn serve(path: &Utf8Path, content_type: &'static str) -> Response<Body> {
    let opened = async {
        let file = tokio::fs::File::open(path).await?;
        let length = file.metadata().await?.len();
        Ok::<_, io::Error>((file, length))
    };
    let Ok((file, length)) = opened.await else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let chunks = stream::try_unfold(file, |mut file| async move {
        let mut chunk = vec![0; CHUNK];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok::<_, io::Error>((read > 0).then(|| (Bytes::from(chunk), file)))
    });
    let mut response = Response::new(Body::from_stream(chunks));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}
