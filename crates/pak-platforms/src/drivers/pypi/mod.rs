//! PyPI and every index that takes its upload form: pypiserver, devpi, Gitea, Artifactory, Nexus.
//!
//! `address.rs` says where things are, `simple.rs` reads the index, `form.rs` writes the upload, `preflight/` knows the rules.

mod address;
mod credentials;
mod form;
mod html;
mod lookup;
mod preflight;
mod publish;
mod pypirc;
mod refusal;
mod simple;
mod stats;
mod trust;

use std::sync::Arc;

use crate::definition::Definition;
use crate::platform::{Platform, platform};
use crate::protocol::memory::Memory;
use simple::File;

/// The driver.
#[derive(Debug)]
pub struct PypiDriver {
    definition: Definition,
    /// Files as `find` saw them listed.
    files: Memory<File>,
}

impl PypiDriver {
    /// For the platform list.
    pub fn create(definition: Definition) -> Arc<dyn Platform> {
        Arc::new(Self { definition, files: Memory::default() })
    }

    /// Where things are at an endpoint.
    fn addresses<'a>(&'a self, endpoint: &'a crate::endpoint::Endpoint) -> address::Addresses<'a> {
        address::Addresses { definition: &self.definition, endpoint }
    }
}

// No `undo`: the registry has no API for it; people yank and delete in its web pages.
platform!(PypiDriver, stats: Stats, trust: TrustedPublishing);
