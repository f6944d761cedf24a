//! A stage for the engine: a sandbox, the greeter project, and a session between them.

use std::sync::{Arc, Mutex};

use camino::Utf8PathBuf;
use pak_deploy::steps::scan::Scanning;
use pak_deploy::{CredentialStore, Embedded, Session, Sink, StateFolder};
use pak_model::event::{Body, Event, Fact, Tick};
use pak_model::fault::FaultPlan;
use pak_model::{Credential, Result, Secret};
use pak_platforms::endpoint::parse_url;
use pak_platforms::http::{Client, Policy};
use pak_platforms::{Endpoint, PackageSource, Sources};
use pak_project::Project;
use pak_sandbox::upstream::Upstreams;
use pak_sandbox::{Fault, Kind, Options, Sandbox, Upstream};
use pak_testing::project::Folder;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Everything that was heard.
#[derive(Default)]
pub(crate) struct Heard(Mutex<Vec<Event>>);

impl Sink for Heard {
    fn event(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Heard {
    pub(crate) fn facts(&self) -> Vec<Fact> {
        let events = self.0.lock().unwrap();
        events
            .iter()
            .filter_map(|event| if let Body::Fact(fact) = &event.body { Some(fact.clone()) } else { None })
            .collect()
    }

    pub(crate) fn ticks(&self) -> Vec<Tick> {
        let events = self.0.lock().unwrap();
        events
            .iter()
            .filter_map(|event| if let Body::Tick(tick) = &event.body { Some(tick.clone()) } else { None })
            .collect()
    }
}

/// The sandbox as the engine sees it.
struct Registries {
    base: String,
    token: String,
    upstreams: Upstreams,
}

impl Embedded for Registries {
    fn stand_in(&self, platform: &str) -> Result<Option<(Endpoint, Credential)>> {
        let Some((root, upload, index)) = pak_sandbox::serve::addresses(&self.base, platform) else { return Ok(None) };
        let mut endpoint = Endpoint::parse(&root)?;
        if let Some(upload) = upload {
            endpoint = endpoint.with_upload(parse_url(&upload)?);
        }
        if let Some(index) = index {
            endpoint = endpoint.with_index(parse_url(&index)?);
        }
        let credential = match platform {
            "npm" | "cargo" => Credential::Token(Secret::new(&self.token)),
            _ => Credential::Basic { user: "sandbox".to_owned(), password: Secret::new(&self.token) },
        };
        Ok(Some((endpoint, credential)))
    }

    fn signing(&self) -> Option<(Url, Secret)> {
        let claims = pak_sandbox::identity::workflow("pak/sandbox");
        let token = pak_sandbox::identity::issue_claims(&self.token, pak_signing::sigstore::AUDIENCE, claims);
        Some((Url::parse(&self.base).ok()?, Secret::new(token)))
    }

    fn send_on(&self, platform: &str, source: &PackageSource) -> bool {
        let upstream = Upstream { index: source.index.clone(), download: source.download.clone() };
        self.upstreams.set(platform, upstream);
        true
    }
}

/// A project, a state folder and registries.
pub(crate) struct Stage {
    pub(crate) project: Folder,
    pub(crate) sandbox: Sandbox,
    state: Folder,
    data: Folder,
}

impl Stage {
    /// The example project and fresh registries.
    pub(crate) async fn greeter() -> Self {
        let example = Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/greeter");
        Self::of(Folder::copy_of(&example)).await
    }

    /// Any project and fresh registries.
    pub(crate) async fn of(project: Folder) -> Self {
        let data = Folder::new();
        let sandbox = Sandbox::start(Options { data: data.join("registries"), port: 0 }).await.unwrap();
        Self { project, sandbox, state: Folder::new(), data }
    }

    /// A session, with what it tells.
    pub(crate) fn session(&self) -> (Session, Arc<Heard>) {
        self.session_in(&self.project, &self.state)
    }

    /// A session of another machine: the same registries, another checkout, another state folder.
    pub(crate) fn session_in(&self, project: &Folder, state: &Folder) -> (Session, Arc<Heard>) {
        let heard = Arc::new(Heard::default());
        let sink: Arc<dyn Sink> = heard.clone();
        let env = pak_testing::tools::env();
        let project = Project::open(project.path(), &env, None).unwrap();
        let session = Session {
            platforms: pak_deploy::platforms::of(&project.loaded).unwrap(),
            project,
            environment: "sandbox".to_owned(),
            only: None,
            version: None,
            otp: None,
            scanning: Scanning { database: state.path().join("advisories"), approved: None },
            hold: false,
            env,
            sources: Sources::empty(),
            credentials: CredentialStore::empty(),
            state: StateFolder::new(state.path()),
            embedded: Some(Arc::new(Registries {
                base: self.sandbox.base(),
                token: self.sandbox.token().to_owned(),
                upstreams: self.sandbox.upstreams().clone(),
            })),
            http: Client::new(Policy::default(), FaultPlan::none()),
            faults: FaultPlan::none(),
            cancel: CancellationToken::new(),
            sink,
            mirror: None,
        };
        (session, heard)
    }

    /// A folder of what the registries hold.
    pub(crate) fn data(&self, path: &str) -> Utf8PathBuf {
        self.data.join("registries").join(path)
    }

    /// Injects a fault.
    pub(crate) fn fault(&self, method: &str, path: &str, times: u32, kind: Kind) {
        self.sandbox.faults().add(Fault { method: Some(method.into()), path: Some(path.into()), skip: 0, times, kind });
    }

    /// Requests that changed something, with what was answered.
    pub(crate) fn writes(&self) -> Vec<String> {
        let requests = self.sandbox.requests();
        requests.into_iter().filter(|line| !line.starts_with("GET ") && !line.starts_with("HEAD ")).collect()
    }
}
