//! npm registries: the public one, Verdaccio, Gitea, GitHub Packages and others of the protocol. Called through `Platform`.
//!
//! `publish.rs` sends, `document.rs` makes what is sent, `lookup.rs` reads, `preflight.rs` knows the rules.

mod credentials;
mod document;
mod lookup;
mod manifest;
mod name;
mod npmrc;
mod packument;
mod preflight;
mod publish;
mod refusal;
mod stats;
mod trust;
mod undo;

pub use npmrc::Npmrc;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use pak_model::Coordinates;

use crate::call::Call;

use crate::definition::Definition;
use crate::platform::{Platform, platform};

/// The npm driver.
pub struct NpmDriver {
    definition: Definition,
    /// Versions this process sent: a stranger who does not see one of them yet is not believed without asking with the credential.
    sent: Mutex<HashSet<(String, Coordinates)>>,
}

impl NpmDriver {
    /// Made from its definition.
    pub fn create(definition: Definition) -> Arc<dyn Platform> {
        Arc::new(Self { definition, sent: Mutex::default() })
    }
}

impl NpmDriver {
    /// Remembers that a version is about to be sent.
    fn sends(&self, call: &Call, at: &Coordinates) {
        let sent = (call.endpoint().root.to_string(), at.clone());
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).insert(sent);
    }

    /// Whether this process sent it.
    fn has_sent(&self, call: &Call, at: &Coordinates) -> bool {
        let sent = (call.endpoint().root.to_string(), at.clone());
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).contains(&sent)
    }
}

platform!(NpmDriver, undo: Undo, stats: Stats, trust: TrustedPublishing);
