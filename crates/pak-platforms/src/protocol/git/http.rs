//! Git's "smart" http: a greeting with GET, then one POST for each question.

use std::time::Duration;

use ::http::{HeaderName, StatusCode, header};
use bytes::Bytes;
use pak_git::Error;
use pak_http::{Auth, Body, Request, origin};
use pak_model::{Credential, Problem, Result, code};
use url::Url;

use super::address::Remote;
use super::link::{LIMIT, Service};
use super::problem;
use crate::call::Call;

/// How long a server may think: hooks of a push run before it answers.
const PATIENCE: Duration = Duration::from_mins(2);

/// A conversation over http.
pub(super) struct Link {
    base: Url,
    service: Service,
    auth: Auth,
}

impl Link {
    /// Fetches the greeting.
    pub(super) async fn open(remote: &Remote, call: &Call, service: Service) -> Result<(Self, Bytes)> {
        let auth = auth(&remote.url, call.credential());
        let mut url = Remote::below(&remote.url, "info/refs");
        url.set_query(Some(&format!("service={}", service.name())));
        let mut request = Request::get(url).auth(auth.clone());
        if service == Service::Upload {
            request = request.header(PROTOCOL, "version=2");
        }
        let response = call.send(request).await?;
        if response.status() != StatusCode::OK {
            return Err(problem::refused(remote, response, call.credential().is_some(), false).await);
        }
        let wanted = format!("application/x-{}-advertisement", service.name());
        if response.header(header::CONTENT_TYPE.as_str()) != Some(&wanted) {
            let shown = remote.shown();
            return Err(
                Problem::new(code::git::NOT_GIT, format!("There is no git server at {shown}.")).about("url", shown)
            );
        }
        // A repository that was renamed answers from its new address.
        let mut base = response.url().clone();
        base.set_query(None);
        let path = base.path().trim_end_matches("/info/refs").to_owned();
        base.set_path(&path);
        let auth = if origin(&base) == origin(&remote.url) { auth } else { Auth::None };
        let greeting = response.bytes_up_to(LIMIT).await?;
        Ok((Self { base, service, auth }, greeting))
    }

    /// Sends a question.
    pub(super) async fn ask(&self, remote: &Remote, call: &Call, question: Vec<u8>, limit: u64) -> Result<Bytes> {
        let name = self.service.name();
        let writing = self.service == Service::Receive;
        let mut request = Request::post(Remote::below(&self.base, name), Body::bytes(question))
            .auth(self.auth.clone())
            .content_type(&format!("application/x-{name}-request"))
            .accept(&format!("application/x-{name}-result"))
            .idle_timeout(PATIENCE);
        if !writing {
            request = request.header(PROTOCOL, "version=2").reads();
        }
        let response = call.send(request).await?;
        if response.status() != StatusCode::OK {
            return Err(problem::refused(remote, response, call.credential().is_some(), writing).await);
        }
        response.bytes_up_to(limit).await.map_err(|error| {
            if writing {
                problem::answer_lost(remote).cause(&error)
            } else if error.code() == code::http::UNEXPECTED {
                problem::broken(remote, &Error::TooLarge("the answer"))
            } else {
                error
            }
        })
    }
}

const PROTOCOL: HeaderName = HeaderName::from_static("git-protocol");

/// Hosts take a token as the password of a user whose name is fixed, each another one.
fn auth(url: &Url, credential: Option<&Credential>) -> Auth {
    match credential {
        None => Auth::None,
        Some(Credential::Basic { user, password }) => Auth::Basic(user.clone(), password.clone()),
        Some(Credential::Token(token)) => {
            let host = url.host_str().unwrap_or_default();
            let user = if host.contains("gitlab") {
                "oauth2"
            } else if host.contains("bitbucket") {
                "x-token-auth"
            } else {
                "x-access-token"
            };
            Auth::Basic(user.to_owned(), token.clone())
        }
    }
}
