//! Plain files over HTTP: read with GET and HEAD, sent with PUT, taken back with DELETE. Shared by the drivers whose registry is
//! a tree of files (`generic`, `maven`).
//!
//! `read.rs` asks what is there, `write.rs` sends and deletes, `folders.rs` makes folders on servers that want them first,
//! `address.rs` turns paths into URLs, `content.rs` is what is sent, `checksum.rs` cuts and recognises checksum files,
//! `memory.rs` saves requests from one question to the next.

mod address;
mod checksum;
mod content;
mod folders;
mod memory;
mod read;
mod write;

use pak_http::{Auth, Request, header, origin};
use pak_model::Result;
use url::Url;

pub use address::{address, check_path};
pub use checksum::{Checksum, side_files};
pub use content::Content;
pub use memory::FileMemory;

use crate::call::Call;

/// The files of a target. Paths are relative to its root, unescaped, with `/` between parts.
#[derive(Clone, Copy)]
pub struct FileStore<'a> {
    call: &'a Call,
    memory: &'a FileMemory,
}

impl<'a> FileStore<'a> {
    /// The target of a call. The memory is the driver's, for as long as it lives.
    pub fn new(call: &'a Call, memory: &'a FileMemory) -> Self {
        Self { call, memory }
    }

    /// Where people read a path.
    pub fn url(&self, path: &str) -> Result<Url> {
        address(&self.call.endpoint().root, path)
    }

    /// Where a path is written: below the upload URL where the target has one.
    fn upload_url(&self, path: &str) -> Result<Url> {
        address(self.upload_root(), path)
    }

    fn upload_root(&self) -> &'a Url {
        let endpoint = self.call.endpoint();
        endpoint.upload.as_ref().unwrap_or(&endpoint.root)
    }

    /// A read that no cache may answer. The credential is for where uploads go: another host must not see it.
    fn reading(&self, request: Request) -> Request {
        let own = origin(request.url()) == origin(self.upload_root());
        let auth = if own { self.call.auth() } else { Auth::None };
        request.auth(auth).header(header::CACHE_CONTROL, "no-cache").header(header::ACCEPT_ENCODING, "identity")
    }
}
