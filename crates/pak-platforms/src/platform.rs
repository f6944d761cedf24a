//! What a platform can do. A small required core, and capabilities whose absence is visible before anything runs.

use async_trait::async_trait;
use pak_model::plan::UndoAction;
use pak_model::{Artifact, Credential, Digests, Finding, Presence, Receipt, Release, Result, Secret, Upload};
use url::Url;

use crate::attestation::Claim;
use crate::call::Call;
use crate::credential::{Found, Sources};
use crate::definition::Definition;
use crate::endpoint::Endpoint;
use crate::previous::Previous;

/// A place packages are published to. One implementation per wire protocol family.
pub trait Platform: Send + Sync {
    /// The declarative half, from `platforms/<id>.toml`.
    fn definition(&self) -> &Definition;
    /// Where credentials come from and whether they work.
    fn credentials(&self) -> &dyn Credentials;
    /// What is there.
    fn lookup(&self) -> &dyn Lookup;
    /// Checks, cuts and sends releases.
    fn publish(&self) -> &dyn Publish;
    /// Takes releases back, where the registry has an API for it.
    fn undo(&self) -> Option<&dyn Undo> {
        None
    }
    /// Holds releases back between acceptance and publication.
    fn stage(&self) -> Option<&dyn Stage> {
        None
    }
    /// Download counts.
    fn stats(&self) -> Option<&dyn Stats> {
        None
    }
    /// Short-lived tokens for CI identities.
    fn trust(&self) -> Option<&dyn TrustedPublishing> {
        None
    }
}

/// Makes a driver a [`Platform`]: it is its own core and each optional capability that is listed. What is not listed is absent.
macro_rules! platform {
    ($driver:ty $(, $capability:ident: $trait:ident)*) => {
        impl $crate::platform::Platform for $driver {
            fn definition(&self) -> &$crate::definition::Definition {
                &self.definition
            }

            fn credentials(&self) -> &dyn $crate::platform::Credentials {
                self
            }

            fn lookup(&self) -> &dyn $crate::platform::Lookup {
                self
            }

            fn publish(&self) -> &dyn $crate::platform::Publish {
                self
            }

            $(fn $capability(&self) -> Option<&dyn $crate::platform::$trait> {
                Some(self)
            })*
        }
    };
}
pub(crate) use platform;

/// Who publishes.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// Credentials in the ecosystem's own variables and files (`.npmrc`, `.pypirc`, …) that fit the endpoint, most
    /// specific first. Reads files, sends nothing. The engine has looked at `pak.toml` and `PAK_…` before.
    fn discover(&self, sources: &Sources, endpoint: &Endpoint) -> Result<Vec<Found>>;

    /// The endpoint the ecosystem's own configuration names, where it names one, with the file it is from.
    fn configured_endpoint(&self, _sources: &Sources, _package: Option<&str>) -> Result<Option<(Endpoint, String)>> {
        Ok(None)
    }

    /// Asks the registry whether the call's credential is good, publishing nothing. `name` is a package it will be used for.
    async fn check(&self, call: &Call, name: Option<&str>) -> Result<Account>;
}

/// What a registry says about a credential.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// The account's name, where the registry tells it.
    pub name: Option<String>,
    /// How far the check goes: "token accepted; its scope is not told".
    pub note: Option<String>,
}

/// Reads a registry.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// Whether an upload is there, and with which bytes. Must not be answered from a cache older than the question.
    async fn find(&self, call: &Call, upload: &Upload) -> Result<Presence>;

    /// Fetches what the registry serves under the upload's coordinates and hashes it, in constant memory.
    async fn read_back(&self, call: &Call, upload: &Upload) -> Result<Digests>;

    /// Both at once, which is what verification asks: the bytes are read where something is there. A registry that is a tree
    /// of files needs one request for it instead of two.
    async fn inspect(&self, call: &Call, upload: &Upload) -> Result<Inspected> {
        let presence = self.find(call, upload).await?;
        let read = match &presence {
            // Other bytes need not be read to be other bytes.
            Presence::Present { digests, .. } if digests.agrees(&upload.digests) != Some(false) => {
                Some(self.read_back(call, upload).await?)
            }
            _ => None,
        };
        Ok(Inspected { presence, read })
    }

    /// Where people download exactly these bytes, for other platforms that point at them. Asks nobody; `None` where there
    /// is no such address.
    fn address(&self, _endpoint: &Endpoint, _upload: &Upload) -> Option<Url> {
        None
    }

    /// Published versions of a name, oldest first; empty where the name is unknown.
    async fn versions(&self, call: &Call, name: &str) -> Result<Vec<String>>;

    /// The counterpart of one of the release's artifacts in the newest published version before it. `None` where there is
    /// none, where the registry cannot tell, or where it is too large to be compared.
    async fn previous(&self, _call: &Call, _release: &Release, _artifact: &Artifact) -> Result<Option<Previous>> {
        Ok(None)
    }

    /// Where the ecosystem's own client finds the other packages a package of this registry depends on; `None` where
    /// packages depend on none. Asked by rehearsals.
    async fn package_source(&self, _call: &Call) -> Result<Option<PackageSource>> {
        Ok(None)
    }
}

/// What is there, and what it consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// What is there.
    pub presence: Presence,
    /// The digests of the bytes that were read; `None` where nothing is there, or what is there says itself that it is
    /// something else.
    pub read: Option<Digests>,
}

/// Where a client reads packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageSource {
    /// npm: the root; pypi: the simple index; cargo: the sparse index.
    pub index: Url,
    /// cargo: where crates are downloaded from, as the index's `dl` says it.
    pub download: Option<String>,
}

/// Sends releases.
#[async_trait]
pub trait Publish: Send + Sync {
    /// Finds every reason for refusal that can be known before the first byte is sent. Has no side effects.
    async fn preflight(&self, call: &Call, release: &Release) -> Result<Vec<Finding>>;

    /// Fixes in the release's options what depends on what the registry has now (a snapshot's build number). Reads only.
    /// The outcome is saved with the run, so that a resumed run cuts the same uploads.
    async fn prepare(&self, _call: &Call, _release: &mut Release) -> Result<()> {
        Ok(())
    }

    /// What this registry takes signed statements about, for targets that ask for them (`provenance`). None: it takes none.
    fn claims(&self, _endpoint: &Endpoint, _release: &Release) -> Result<Vec<Claim>> {
        Ok(Vec::new())
    }

    /// Cuts a release into uploads; the engine journals each one. Same release, same uploads, same order.
    fn uploads(&self, endpoint: &Endpoint, release: &Release) -> Result<Vec<Upload>>;

    /// Sends one upload. Called only after `find` has answered `Absent` (or other bytes, for uploads that replace).
    ///
    /// A refusal because the version exists must come back as [`pak_model::code::deploy::CONFLICT`] with
    /// `Recovery::LookUpFirst`: the engine then decides by digest.
    async fn send(&self, call: &Call, release: &Release, upload: &Upload) -> Result<Receipt>;
}

/// Holds uploads back: accepted and checked first, made public (or dropped) later, possibly by another process.
///
/// `reference` is what the upload's receipt named. The engine asks for `state` until it is `Ready`, writes the intent down,
/// promotes, and verifies like any other upload.
#[async_trait]
pub trait Stage: Send + Sync {
    /// What became of a staged upload.
    async fn state(&self, call: &Call, upload: &Upload, reference: &str) -> Result<Staged>;

    /// Makes it public. Called only after `state` has answered `Ready`; a lost answer leads back to `state`.
    async fn promote(&self, call: &Call, upload: &Upload, reference: &str) -> Result<()>;

    /// Throws it away, and confirms that. What is gone already counts as done; what is public is refused.
    async fn discard(&self, call: &Call, upload: &Upload, reference: &str) -> Result<Undone>;
}

/// What became of a staged upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Staged {
    /// The registry still checks it, or is at work on making it public.
    Busy {
        /// What it does, for people: "validating".
        what: String,
        /// When to ask again.
        ask_again: std::time::Duration,
    },
    /// Checked and held back.
    Ready,
    /// Checked and refused.
    Refused {
        /// The registry's reasons, each about one file or rule.
        reasons: Vec<String>,
    },
    /// Public, or on its way with no way back.
    Promoted,
    /// Not known to the registry any more.
    Gone,
}

/// Takes uploads back.
#[async_trait]
pub trait Undo: Send + Sync {
    /// Takes one upload back by the strongest means the registry allows now, and confirms it by asking again.
    /// `replaced` is where a mutable name pointed before. An upload that is gone already counts as done.
    async fn undo(&self, call: &Call, upload: &Upload, replaced: Option<&str>) -> Result<Undone>;
}

/// What an undo really achieved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// What was done, confirmed by the registry.
    pub action: UndoAction,
    /// What remains: "the version number cannot be used again".
    pub note: String,
}

/// Counts downloads.
#[async_trait]
pub trait Stats: Send + Sync {
    /// Downloads of a package.
    async fn downloads(&self, call: &Call, name: &str) -> Result<Downloads>;
}

/// Download counts, as far as a registry tells them.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Downloads {
    /// All time.
    pub total: Option<u64>,
    /// The last day.
    pub last_day: Option<u64>,
    /// The last seven days.
    pub last_week: Option<u64>,
    /// The last thirty days.
    pub last_month: Option<u64>,
    /// Who counted: the API's name.
    pub source: String,
}

/// Exchanges a CI system's identity token for a publishing credential.
#[async_trait]
pub trait TrustedPublishing: Send + Sync {
    /// The audience the identity token must be issued for.
    async fn audience(&self, call: &Call) -> Result<String>;

    /// Exchanges it. The identity token is used up by this.
    async fn exchange(&self, call: &Call, identity: &Secret, package: &str) -> Result<Credential>;
}
