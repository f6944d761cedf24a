//! What a run is made from. The binary (and later the server) fills it; the engine only reads it.

use std::sync::Arc;

use camino::Utf8PathBuf;
use pak_model::env::Env;
use pak_model::fault::FaultPlan;
use pak_model::{Credential, Problem, Result, Secret, code};
use pak_platforms::http::Client;
use pak_platforms::{Endpoint, PackageSource, Platforms, Sources};
use pak_project::Project;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::credential_store::CredentialStore;
use crate::events::Sink;
use crate::journal::Mirror;
use crate::state::StateFolder;
use crate::steps::scan::Scanning;

/// The name of the environment that is always there.
pub const SANDBOX: &str = "sandbox";
/// The environment when none is named.
pub const PRODUCTION: &str = "production";

/// Everything an operation of the engine needs.
#[derive(Clone)]
pub struct Session {
    /// The project.
    pub project: Project,
    /// The platforms: pak's own, and those of the project's and the user's settings.
    pub platforms: Platforms,
    /// The environment's name.
    pub environment: String,
    /// Targets to use, where not all of the environment's (`--platform`).
    pub only: Option<Vec<String>>,
    /// The version the user expects (`--version`).
    pub version: Option<String>,
    /// A one-time password for registries that ask for one.
    pub otp: Option<Secret>,
    /// What is scanned with.
    pub scanning: Scanning,
    /// Leave what registries hold back before publication where it is (`--stage`).
    pub hold: bool,
    /// The captured environment.
    pub env: Env,
    /// Where the ecosystems keep credentials.
    pub sources: Sources,
    /// `pak`'s own credentials.
    pub credentials: CredentialStore,
    /// Where journals, locks and artifacts are kept.
    pub state: StateFolder,
    /// Embedded registries that stand in for the real ones.
    pub embedded: Option<Arc<dyn Embedded>>,
    /// The client, with the run's policy.
    pub http: Client,
    /// Fault points of tests.
    pub faults: FaultPlan,
    /// Set when the user wants to stop.
    pub cancel: CancellationToken,
    /// Who watches.
    pub sink: Arc<dyn Sink>,
    /// A second place for everything a run keeps.
    pub mirror: Option<Arc<dyn Mirror>>,
}

/// Registries that stand in for the real ones: the sandbox.
pub trait Embedded: Send + Sync {
    /// The stand-in for a driver's registries, and the credential it takes; `None` where there is none.
    fn stand_in(&self, driver: &str) -> Result<Option<(Endpoint, Credential)>>;

    /// The address of signing services that stand in for sigstore's, and an identity token that they accept.
    fn signing(&self) -> Option<(Url, Secret)> {
        None
    }

    /// From now on, reads of packages that the stand-in does not hold are sent on to this source. Whether it can do that.
    fn send_on(&self, _platform: &str, _source: &PackageSource) -> bool {
        false
    }
}

impl Session {
    /// Where this project's runs in this environment are kept.
    pub fn folder(&self) -> Result<Utf8PathBuf> {
        self.state.environment(&self.project.root, &self.project.name, &self.environment)
    }

    /// The problem of an unknown environment, with the known ones.
    pub(crate) fn unknown_environment(&self) -> Problem {
        let mut known: Vec<&str> = self.project.config.environments.keys().map(String::as_str).collect();
        known
            .extend([SANDBOX, PRODUCTION].iter().filter(|name| !self.project.config.environments.contains_key(**name)));
        Problem::new(code::config::ENVIRONMENT_UNKNOWN, format!("There is no environment `{}`.", self.environment))
            .next(format!(
                "Name one of {}, or add `[environments.{}.<platform>]` to pak.toml.",
                known.join(", "),
                self.environment
            ))
    }
}
