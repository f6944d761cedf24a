//! Files on any HTTP server that takes PUT: Artifactory, Nexus, WebDAV, the generic packages of forges.
//!
//! `paths.rs` says where files go, `publish.rs` checks, cuts and sends, `lookup.rs` reads and takes back, `account.rs` finds
//! and checks credentials. The requests themselves are `protocol/files`.

mod account;
mod lookup;
mod paths;
mod publish;

use std::sync::Arc;

use crate::call::Call;
use crate::definition::Definition;
use crate::platform::{Platform, platform};
use crate::protocol::files::{FileMemory, FileStore};

/// The driver.
pub struct GenericDriver {
    definition: Definition,
    memory: FileMemory,
}

impl GenericDriver {
    /// Made by the registry of platforms.
    pub fn create(definition: Definition) -> Arc<dyn Platform> {
        Arc::new(Self { definition, memory: FileMemory::default() })
    }

    fn store<'a>(&'a self, call: &'a Call) -> FileStore<'a> {
        FileStore::new(call, &self.memory)
    }
}

platform!(GenericDriver, undo: Undo);
