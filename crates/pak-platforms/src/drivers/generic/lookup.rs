//! What is there, where people find it, and taking it back.

use async_trait::async_trait;
use pak_http::{Auth, Request, status_problem};
use pak_model::{Digests, Presence, Result, Upload};
use url::Url;

use super::{GenericDriver, paths};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::platform::{Lookup, Undo, Undone};
use crate::protocol::files;

#[async_trait]
impl Lookup for GenericDriver {
    async fn find(&self, call: &Call, upload: &Upload) -> Result<Presence> {
        // No server, nothing there: that there is none is preflight's to say.
        if paths::check_root(call.endpoint()).is_err() {
            return Ok(Presence::Absent);
        }
        self.store(call).find(paths::of(upload), upload.size).await
    }

    async fn read_back(&self, call: &Call, upload: &Upload) -> Result<Digests> {
        self.store(call).read_back(paths::of(upload)).await
    }

    fn address(&self, endpoint: &Endpoint, upload: &Upload) -> Option<Url> {
        files::address(&endpoint.root, paths::of(upload)).ok()
    }

    /// File servers list nothing that could be relied on: asked is only whether the server is there.
    async fn versions(&self, call: &Call, _name: &str) -> Result<Vec<String>> {
        paths::check_root(call.endpoint())?;
        let response = call.send(Request::head(call.endpoint().root.clone()).auth(Auth::None)).await?;
        if response.status().is_server_error() {
            return Err(status_problem("Asking the server", response, true).await);
        }
        Ok(Vec::new())
    }
}

#[async_trait]
impl Undo for GenericDriver {
    async fn undo(&self, call: &Call, upload: &Upload, _replaced: Option<&str>) -> Result<Undone> {
        self.store(call).take_back(paths::of(upload), upload.size, &upload.digests).await
    }
}
