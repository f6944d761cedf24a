//! Who uploads: `~/.netrc`, as curl reads it, beside what the definition names; and how far a credential can be checked.

use async_trait::async_trait;
use http::StatusCode;
use pak_http::{Auth, Refusal, Request};
use pak_model::Result;

use super::{GenericDriver, paths};
use crate::call::Call;
use crate::credential::{Found, Sources};
use crate::endpoint::Endpoint;
use crate::platform::{Account, Credentials};
use crate::protocol::netrc;

#[async_trait]
impl Credentials for GenericDriver {
    fn discover(&self, sources: &Sources, endpoint: &Endpoint) -> Result<Vec<Found>> {
        let root = endpoint.upload.as_ref().unwrap_or(&endpoint.root);
        Ok(netrc::find(sources, root.host_str().unwrap_or_default())?.into_iter().collect())
    }

    /// Only a server that keeps strangers out can tell a good credential from a bad one before something is uploaded.
    async fn check(&self, call: &Call, _name: Option<&str>) -> Result<Account> {
        paths::check_root(call.endpoint())?;
        let root = call.endpoint().upload.as_ref().unwrap_or(&call.endpoint().root);
        let ask = |auth| call.send(Request::head(root.clone()).auth(auth));
        let note = |note: &str| Ok(Account { name: None, note: Some(note.to_owned()) });
        let open = ask(Auth::None).await?;
        match open.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {}
            status if status.is_server_error() => {
                return Err(Refusal::of(open).await.problem("Asking the server", true));
            }
            _ => {
                return note("not checked: the server asks for no credential before something is uploaded");
            }
        }
        let known = ask(call.auth()).await?;
        match known.status() {
            StatusCode::UNAUTHORIZED => Err(Refusal::of(known).await.problem("Signing in", true)),
            StatusCode::FORBIDDEN if open.status() == StatusCode::FORBIDDEN => {
                note("not checked: the server shows its root to nobody; a wrong credential shows with the first upload")
            }
            _ => note("accepted; what it may upload is not told"),
        }
    }
}
