//! One file per registry protocol. Each gives a router; `serve.rs` puts them side by side on one port.

mod cargo;
mod central;
mod files;
mod forge;
pub mod git;
mod maven;
mod npm;
mod oci;
mod pypi;

use axum::Router;

use crate::faults::Faults;
use crate::store::Store;

/// What every registry's handlers share.
#[derive(Clone)]
pub struct Shared {
    /// The files.
    pub store: Store,
    /// The token that may write.
    pub token: String,
    /// Injected faults, for the index delay.
    pub faults: Faults,
    /// `http://127.0.0.1:<port>`, for absolute URLs in documents. The port may differ from one start to the next, so
    /// documents are stored without it.
    pub base: String,
}

impl Shared {
    /// Whether something published at this time (milliseconds since 1970) is visible by now.
    pub fn is_visible(&self, published_ms: i64) -> bool {
        let age = jiff::Timestamp::now().as_millisecond() - published_ms;
        u128::try_from(age).is_ok_and(|age| age >= self.faults.index_delay().as_millis())
    }
}

/// All registries on one router: `/npm/`, `/pypi/`, `/cargo/`, `/maven/`, `/central/`, `/files/`, `/git/`, `/forge/`, `/sigstore/` and, where
/// docker clients insist on it, `/v2/`.
pub fn router(shared: &Shared) -> Router {
    Router::new()
        .merge(npm::router(shared))
        .merge(pypi::router(shared))
        .merge(cargo::router(shared))
        .merge(oci::router(shared))
        .merge(central::router(shared))
        .merge(files::router(shared))
        .merge(git::router(shared))
        .merge(forge::router(shared))
        .merge(maven::router(shared))
        .merge(crate::sigstore::router(shared))
}

/// What a read is after, for a registry that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Address<'a> {
    /// A document or file at this path below the registry's root (npm) or index (pypi, cargo).
    Below(&'a str),
    /// A `.crate`: cargo's registries say themselves where these lie.
    Crate {
        /// The name.
        name: &'a str,
        /// The version.
        version: &'a str,
    },
}

/// The platform and the address of a package that is not held; `None` for everything else.
pub(crate) fn address<'a>(shared: &Shared, path: &'a str) -> Option<(&'static str, Address<'a>)> {
    if path.split('/').any(|part| part == "..") {
        return None;
    }
    let (platform, address) = match path.trim_start_matches('/').split_once('/')? {
        ("npm", path) => ("npm", npm::elsewhere(shared, path)?),
        ("pypi", path) => ("pypi", pypi::elsewhere(shared, path)?),
        ("cargo", path) => ("cargo", cargo::elsewhere(shared, path)?),
        ("central", path) => ("central", central::elsewhere(shared, path)?),
        ("maven", path) => ("maven", maven::elsewhere(shared, path)?),
        _ => return None,
    };
    Some((platform, address))
}
