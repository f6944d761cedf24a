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

use std::sync::Arc;

use url::Url;

use crate::definition::Definition;
use crate::platform::{Platform, platform};
use crate::protocol::memory::Memory;

/// The npm driver.
pub struct NpmDriver {
    definition: Definition,
    /// Versions this process sent: a stranger who does not see one of them yet is not believed without asking with the credential.
    sent: Memory<()>,
    /// Where tarballs lie, as `find` saw it.
    tarballs: Memory<Url>,
}

impl NpmDriver {
    /// Made from its definition.
    pub fn create(definition: Definition) -> Arc<dyn Platform> {
        Arc::new(Self { definition, sent: Memory::default(), tarballs: Memory::default() })
    }
}

platform!(NpmDriver, undo: Undo, stats: Stats, trust: TrustedPublishing);
