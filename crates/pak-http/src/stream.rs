//! Turns a [`Body`](crate::Body) into a stream: a blocking reader ahead of the socket by a few chunks.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use pak_model::Hasher;
use pak_model::fault::FaultPlan;
use tokio::sync::mpsc;

use crate::body::{Body, FilePart, Part};
use crate::observer::Observer;

/// How much is read at a time. A multiple of 3, so that base64 pieces join without padding between them.
const CHUNK: usize = 3 * 64 * 1024;
/// How many chunks the reader may be ahead: bounds memory to about a megabyte a request.
const AHEAD: usize = 4;

/// A body on its way: chunks from the reader thread, with progress reported as the socket takes them.
pub(crate) struct Outgoing {
    chunks: mpsc::Receiver<io::Result<Bytes>>,
    left: u64,
    sent: u64,
    total: u64,
    observer: Arc<dyn Observer>,
    faults: FaultPlan,
}

impl Outgoing {
    /// Starts reading. Must be called inside a tokio runtime.
    pub(crate) fn start(body: &Body, observer: Arc<dyn Observer>, faults: FaultPlan) -> Self {
        let total = body.len();
        let (sender, chunks) = mpsc::channel(AHEAD);
        let parts = body.parts.clone();
        tokio::task::spawn_blocking(move || {
            let emit = |chunk| sender.blocking_send(Ok(chunk)).map_err(|_| io::ErrorKind::BrokenPipe.into());
            if let Err(error) = parts.iter().try_for_each(|part| read_part(part, &emit)) {
                // The receiver is gone when the request ended early; then nobody needs the error.
                let _ = sender.blocking_send(Err(error));
            }
        });
        Self { chunks, left: total, sent: 0, total, observer, faults }
    }
}

fn read_part(part: &Part, emit: &impl Fn(Bytes) -> io::Result<()>) -> io::Result<()> {
    match part {
        Part::Bytes(bytes) => emit(bytes.clone()),
        Part::File(file) => read_file(file, |chunk| emit(Bytes::from(chunk))),
        Part::Base64(file) => read_file(file, |chunk| emit(Bytes::from(STANDARD.encode(chunk)))),
    }
}

/// Reads a stretch chunk by chunk, holding back the last chunk until the digest of the whole is confirmed.
fn read_file(part: &FilePart, mut emit: impl FnMut(Vec<u8>) -> io::Result<()>) -> io::Result<()> {
    let mut file = File::open(&part.path)?;
    if part.offset > 0 {
        file.seek(SeekFrom::Start(part.offset))?;
    }
    let mut left = part.length;
    let mut hasher = part.sha256.as_ref().map(|_| Hasher::sha256_only());
    while left > 0 {
        let take = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let mut chunk = vec![0; take];
        file.read_exact(&mut chunk).map_err(|error| describe(&part.path, &error))?;
        left -= take as u64;
        if let Some(hasher) = &mut hasher {
            hasher.update(&chunk);
        }
        if left == 0
            && let Some(hasher) = hasher.take()
            && hasher.finish().sha256 != part.sha256
        {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{} changed while it was sent", part.path)));
        }
        emit(chunk)?;
    }
    Ok(())
}

fn describe(path: &camino::Utf8Path, error: &io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return io::Error::new(io::ErrorKind::InvalidData, format!("{path} became shorter while it was sent"));
    }
    io::Error::new(error.kind(), format!("{path}: {error}"))
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        match self.chunks.poll_recv(context) {
            Poll::Ready(Some(Ok(chunk))) => {
                let length = chunk.len() as u64;
                if self.sent == 0 && length < self.total {
                    self.faults.pass("http body begun");
                }
                self.left = self.left.saturating_sub(length);
                self.sent += length;
                self.observer.progress(length);
                Poll::Ready(Some(Ok(Frame::data(chunk))))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error))),
            Poll::Ready(None) => Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
