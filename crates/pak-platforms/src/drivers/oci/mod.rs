//! Container registries: Docker Hub and every other registry of the OCI distribution protocol.
//!
//! `publish.rs` cuts an image into blobs, manifests and tags; `rules.rs` holds the checks before sending; `lookup.rs` reads;
//! `undo.rs` takes back; `account.rs` finds and checks credentials; `hub.rs` asks Docker Hub for pull counts.

mod account;
mod attest;
mod hub;
mod lookup;
mod publish;
mod rules;
mod undo;

use std::sync::Arc;

use crate::definition::Definition;
use crate::platform::{Platform, platform};
use crate::protocol::oci::Sessions;

/// The driver. It keeps registry tokens, and nothing else, from one call to the next.
pub struct OciDriver {
    definition: Definition,
    sessions: Sessions,
}

impl OciDriver {
    /// Made by the registry of platforms.
    pub fn create(definition: Definition) -> Arc<dyn Platform> {
        Arc::new(Self { definition, sessions: Sessions::default() })
    }
}

platform!(OciDriver, undo: Undo, stats: Stats);
