//! Maven Central through its portal: a component goes up as one bundle, is checked, held back, and published or dropped.
//!
//! `listing.rs` says what a component is and what identifies it, `bundle.rs` packs it, `portal.rs` asks the portal,
//! `lookup.rs` reads the download root, which is another host.

mod bundle;
mod credentials;
mod listing;
mod lookup;
mod portal;
mod publish;
mod stage;

use std::sync::Arc;

use crate::definition::Definition;
use crate::platform::{Platform, platform};
use crate::protocol::memory::Memory;

/// The driver.
#[derive(Debug)]
pub struct CentralDriver {
    definition: Definition,
    /// Components with an upload whose answer was lost: a deployment that nobody knows the id of may lie in the portal.
    orphans: Memory<()>,
}

impl CentralDriver {
    /// For the platform list.
    pub fn create(definition: Definition) -> Arc<dyn Platform> {
        Arc::new(Self { definition, orphans: Memory::default() })
    }
}

// No `undo`: what is published stays for ever. What is not can be dropped, which is the stage's business.
platform!(CentralDriver, stage: Stage);
