//! The only door to the world: what a driver is handed for one piece of work.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use pak_http::{Auth, Client, Request, Response};
use pak_model::env::Env;
use pak_model::{Credential, Problem, Result, Secret, code};
use tokio_util::sync::CancellationToken;

use crate::endpoint::Endpoint;

/// A driver's view of the world. Cheap to clone.
#[derive(Clone)]
pub struct Call {
    http: Client,
    endpoint: Endpoint,
    credential: Option<Credential>,
    one_time_password: Option<Secret>,
    cancel: CancellationToken,
    env: Arc<Env>,
}

impl Call {
    /// Made by the engine, by `platform test`, and by tests.
    pub fn new(http: Client, endpoint: Endpoint, credential: Option<Credential>, cancel: CancellationToken) -> Self {
        Self { http, endpoint, credential, one_time_password: None, cancel, env: Arc::default() }
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

    /// The credential as most registries want it: Bearer for a token, Basic for a user and password.
    pub fn auth(&self) -> Auth {
        Auth::bearer_or_basic(self.credential.as_ref())
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
