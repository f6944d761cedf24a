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

/// The driver.
#[derive(Debug)]
pub struct PypiDriver {
    definition: Definition,
}

impl PypiDriver {
    /// For the platform list.
    pub fn create(definition: Definition) -> Arc<dyn Platform> {
        Arc::new(Self { definition })
    }

    /// Where things are at an endpoint.
    fn addresses<'a>(&'a self, endpoint: &'a crate::endpoint::Endpoint) -> address::Addresses<'a> {
        address::Addresses { definition: &self.definition, endpoint }
    }
}

// No `undo`: the registry has no API for it; people yank and delete in its web pages.
platform!(PypiDriver, stats: Stats, trust: TrustedPublishing);
