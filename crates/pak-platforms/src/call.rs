//! The only door to the world: what a driver is handed for one piece of work.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use pak_http::{Auth, Client, Request, Response};
use pak_model::env::Env;
use pak_model::{Credential, Problem, Result, Secret, code};
use tokio_util::sync::CancellationToken;

use crate::endpoint::Endpoint;
use crate::quirks::{AuthStyle, Quirks};

/// A driver's view of the world. Cheap to clone.
#[derive(Clone)]
pub struct Call {
    http: Client,
    endpoint: Endpoint,
    credential: Option<Credential>,
    one_time_password: Option<Secret>,
    cancel: CancellationToken,
    env: Arc<Env>,
    quirks: Arc<Quirks>,
    author: Option<String>,
}

impl Call {
    /// Made by the engine, by `platform test`, and by tests.
    pub fn new(http: Client, endpoint: Endpoint, credential: Option<Credential>, cancel: CancellationToken) -> Self {
        let (env, quirks) = Default::default();
        Self { http, endpoint, credential, one_time_password: None, cancel, env, quirks, author: None }
    }

    /// The same door with another client (another listener, another policy).
    pub fn with_http(&self, http: Client) -> Self {
        Self { http, ..self.clone() }
    }

    /// The same door with another credential.
    pub fn with_credential(&self, credential: Option<Credential>) -> Self {
        Self { credential, ..self.clone() }
    }

    /// The same door with the answer to a two-factor challenge.
    pub fn with_one_time_password(&self, password: Option<Secret>) -> Self {
        Self { one_time_password: password, ..self.clone() }
    }

    /// The answer to a two-factor challenge, where the user gave one. It is never stored.
    pub fn one_time_password(&self) -> Option<&Secret> {
        self.one_time_password.as_ref()
    }

    /// The same door with the environment for programs that a driver starts (ssh). Without it they find none.
    pub fn with_env(&self, env: Env) -> Self {
        Self { env: Arc::new(env), ..self.clone() }
    }

    /// The same door to a host that differs from the rest of its protocol's.
    pub fn with_quirks(&self, quirks: &Quirks) -> Self {
        Self { quirks: Arc::new(quirks.clone()), ..self.clone() }
    }

    /// The same door with whom commits are from (`Name <address>`), where the target's settings say it.
    pub fn with_author(&self, author: Option<String>) -> Self {
        Self { author, ..self.clone() }
    }

    /// Whom commits are from, where the target's settings say it.
    pub fn author(&self) -> Option<&str> {
        self.author.as_deref()
    }

    /// Sends a request; ends early when the run is cancelled, unless the request may already have changed something:
    /// an upload on its way is always heard out.
    pub async fn send(&self, request: Request) -> Result<Response> {
        self.check_cancelled()?;
        self.http.send(request).await
    }

    /// A problem when the user asked to stop. For what is sent by other means than [`Call::send`].
    pub fn check_cancelled(&self) -> Result<()> {
        if self.cancel.is_cancelled() { Err(cancelled()) } else { Ok(()) }
    }

    /// The client.
    pub fn http(&self) -> &Client {
        &self.http
    }

    /// Where the target is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The environment for programs.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// Who publishes.
    pub fn credential(&self) -> Option<&Credential> {
        self.credential.as_ref()
    }

    /// What is unlike the rest of the protocol's hosts.
    pub fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    /// The credential as this host wants it; most want Bearer for a token, Basic for a user and password.
    pub fn auth(&self) -> Auth {
        self.quirks.auth.auth(self.credential.as_ref())
    }

    /// The same for a protocol with another custom, which holds where the definition says nothing else.
    pub fn auth_or(&self, custom: impl FnOnce(Option<&Credential>) -> Auth) -> Auth {
        if self.quirks.auth == AuthStyle::Auto { custom(self.credential.as_ref()) } else { self.auth() }
    }

    /// Waits, visibly, and ends early when the run is cancelled.
    pub async fn wait(&self, why: &str, time: Duration) -> Result<()> {
        self.http.observer().waiting(why, time);
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            () = self.cancel.cancelled() => Err(cancelled()),
        }
    }

    /// Whether the user asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

fn cancelled() -> Problem {
    Problem::new(code::deploy::CANCELLED, "The run was cancelled before this was sent.")
}
