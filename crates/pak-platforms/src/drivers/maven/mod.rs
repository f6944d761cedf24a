//! Any Maven repository that takes files by PUT: Nexus, Artifactory, Gitea, Reposilite, a plain web server with WebDAV.
//!
//! `component.rs` sees a release as Maven does, `layout.rs` says where things lie, `uploads.rs` cuts, `index.rs` and `metadata.rs`
//! keep the lists that clients find versions by, `snapshot.rs` numbers snapshots, `rules.rs` is what every repository wants and
//! `central_rules.rs` what Maven Central checks beyond that.

pub(crate) mod central_rules;
pub(crate) mod component;
pub(crate) mod credentials;
mod encrypted;
mod index;
pub(crate) mod layout;
mod lookup;
pub(crate) mod metadata;
mod publish;
pub(crate) mod rules;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod settings_xml;
mod snapshot;
mod undo;
mod uploads;

use std::sync::Arc;

use crate::call::Call;
use crate::definition::Definition;
use crate::platform::{Platform, platform};
use crate::protocol::files::{FileMemory, FileStore};

/// The driver.
#[derive(Debug)]
pub struct MavenDriver {
    definition: Definition,
    memory: FileMemory,
}

impl MavenDriver {
    /// For the platform list.
    pub fn create(definition: Definition) -> Arc<dyn Platform> {
        Arc::new(Self { definition, memory: FileMemory::default() })
    }

    fn files<'a>(&'a self, call: &'a Call) -> FileStore<'a> {
        FileStore::new(call, &self.memory)
    }
}

platform!(MavenDriver, undo: Undo);
