//! crates.io and every registry that speaks cargo's protocol: a sparse index to read, a web API to write.
//!
//! The endpoint is the index (`Endpoint::index`, else the root); its `config.json` names the API and the download URL.

mod api;
mod config_files;
mod credentials;
mod index;
mod lookup;
mod publish;
mod rules;
mod stats;
mod trust;
mod undo;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pak_model::{Problem, Result, code};
use url::Url;

use crate::call::Call;
use crate::definition::Definition;
use crate::endpoint::Endpoint;
use crate::platform::{Platform, platform};

use index::Registry;

/// How long a registry's `config.json` is believed; it names addresses and holds nothing of a release.
const CONFIG_LIFE: Duration = Duration::from_mins(5);

/// The driver.
pub struct CargoDriver {
    definition: Definition,
    registries: Mutex<HashMap<Url, (Instant, Arc<Registry>)>>,
}

impl CargoDriver {
    /// With its definition.
    pub fn create(definition: Definition) -> Arc<dyn Platform> {
        Arc::new(Self { definition, registries: Mutex::default() })
    }

    /// The registry behind the call's endpoint.
    async fn registry(&self, call: &Call) -> Result<Arc<Registry>> {
        let index = index_url(call.endpoint());
        if let Some((read, known)) = self.known().get(index)
            && read.elapsed() < CONFIG_LIFE
        {
            return Ok(Arc::clone(known));
        }
        let registry = Arc::new(Registry::read(call, index, self.is_public(call.endpoint())).await?);
        self.known().insert(index.clone(), (Instant::now(), Arc::clone(&registry)));
        Ok(registry)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<Url, (Instant, Arc<Registry>)>> {
        self.registries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the endpoint is crates.io.
    fn is_public(&self, endpoint: &Endpoint) -> bool {
        self.definition.public_endpoint().is_ok_and(|public| index_url(&public) == index_url(endpoint))
    }
}

/// The sparse index of an endpoint. `registry` and `index` mean the same to users of this platform; `index` wins.
fn index_url(endpoint: &Endpoint) -> &Url {
    endpoint.index.as_ref().unwrap_or(&endpoint.root)
}

/// Names go into paths of URLs: nothing but what crate names consist of may get there.
fn checked_name(name: &str) -> Result<&str> {
    if rules::is_name(name) {
        Ok(name)
    } else {
        Err(Problem::new(code::cargo::NAME_INVALID, format!("`{name}` is no name of a crate.")).about("package", name))
    }
}

platform!(CargoDriver, undo: Undo, stats: Stats, trust: TrustedPublishing);
