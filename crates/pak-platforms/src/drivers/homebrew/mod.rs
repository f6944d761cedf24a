//! Homebrew: formulae and casks, files of Ruby in a git repository (a "tap"). The family's protocol is `protocol/tap/`.

mod cask;
mod formula;
mod ruby;

use std::sync::Arc;

use self::cask::Cask;
use self::formula::Formula;
use crate::definition::Definition;
use crate::platform::Platform;
use crate::protocol::tap::Tap;

/// The driver of formulae.
pub fn formulae(definition: Definition) -> Arc<dyn Platform> {
    Tap::create(definition, &Formula)
}

/// The driver of casks.
pub fn casks(definition: Definition) -> Arc<dyn Platform> {
    Tap::create(definition, &Cask)
}

#[cfg(test)]
mod tests;
