//! What every handler and worker is given: the store, the settings, and who is to be woken.

use std::sync::Arc;

use pak_deploy::Embedded;
use pak_http::Guard;
use pak_model::Result;
use tokio_util::sync::CancellationToken;

use crate::access::password::{Cost, Passwords};
use crate::access::rate_limit::Limiter;
use crate::access::vault::Vault;
use crate::events::Hub;
use crate::files::FileStore;
use crate::mail::Mailer;
use crate::settings::Settings;
use crate::store::Store;
use crate::telemetry::batch::Recorder;
use crate::time::Clock;

/// Makes embedded registries for a deployment to the sandbox, with their data in a folder. The binary knows how.
pub type MakeEmbedded = Arc<dyn Fn(camino::Utf8PathBuf) -> MakingEmbedded + Send + Sync>;

/// Embedded registries on their way, with the origins they are reached at.
pub type MakingEmbedded = std::pin::Pin<Box<dyn Future<Output = Result<Started>> + Send>>;

/// Embedded registries, and the only origins a run against them may reach.
pub type Started = (Arc<dyn Embedded>, std::collections::BTreeSet<String>);

/// The server's state. Cloning is cheap.
#[derive(Clone)]
pub struct App(Arc<Whole>);

/// The parts, and what follows from them.
struct Whole {
    recorder: Recorder,
    guard: Arc<Guard>,
    parts: Parts,
}

/// Its parts.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// What the server was told.
    pub settings: Settings,
    /// Source archives, artifacts, and what runs keep.
    pub files: FileStore,
    /// The time.
    pub clock: Clock,
    /// Wakes workers, and tells watchers what happens.
    pub hub: Hub,
    /// Cancelled when the process is to stop.
    pub stop: CancellationToken,
    /// Embedded registries for the sandbox.
    pub embedded: Option<MakeEmbedded>,
    /// Opens and seals what is stored of secrets.
    pub vault: Vault,
    /// Hashes and compares passwords.
    pub passwords: Passwords,
    /// Counts requests.
    pub limiter: Limiter,
    /// Sends mails.
    pub mailer: Mailer,
}

impl Parts {
    /// The parts of a server with these settings, on a database that is open. Makes the master key on first start.
    pub fn new(store: Store, settings: Settings, clock: Clock) -> Result<Self> {
        let cost = Cost { memory: settings.password_cost.memory, passes: settings.password_cost.passes };
        // One processor stays free for everybody who is not signing in.
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        Ok(Self {
            vault: Vault::open(&settings.data, settings.master_key.as_deref())?,
            passwords: Passwords::new(cost, processors.saturating_sub(1))?,
            limiter: Limiter::new(settings.rate_limit),
            mailer: Mailer::new(&settings)?,
            files: FileStore::open(&settings.files, &settings.env)?,
            store,
            settings,
            clock,
            hub: Hub::default(),
            stop: CancellationToken::new(),
            embedded: None,
        })
    }
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        let recorder = Recorder::start(parts.store.clone(), parts.clock.clone());
        let guard = Arc::new(Guard::new(parts.settings.private_networks.clone()));
        Self(Arc::new(Whole { recorder, guard, parts }))
    }

    /// Stores what is reported.
    pub fn recorder(&self) -> &Recorder {
        &self.0.recorder
    }

    /// Watches over every connection to an address that a user gave.
    pub fn guard(&self) -> &Arc<Guard> {
        &self.0.guard
    }

    /// Milliseconds of UTC.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}
