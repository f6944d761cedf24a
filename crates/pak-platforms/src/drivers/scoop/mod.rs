//! Scoop: apps for Windows, files of JSON in a git repository (a "bucket"). The family's protocol is `protocol/tap/`.

mod manifest;
mod rules;

use std::sync::Arc;

use self::manifest::Manifest;
use crate::definition::Definition;
use crate::platform::Platform;
use crate::protocol::tap::Tap;

/// The driver.
pub fn create(definition: Definition) -> Arc<dyn Platform> {
    Tap::create(definition, &Manifest)
}

#[cfg(test)]
mod tests;
