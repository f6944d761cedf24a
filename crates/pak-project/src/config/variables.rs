//! Variables that override `pak.toml`: `PAK_ENVIRONMENT` and `PAK_<TARGET>_REGISTRY` and its like.

use std::collections::{BTreeMap, BTreeSet};

use pak_model::env::{Env, VARIABLES};

use super::layers::{Layer, Link, SANDBOX, Targets};

/// Settings of a target that a variable can give, with the variable's ending.
const SETTINGS: &[(&str, &str)] =
    &[("registry", "REGISTRY"), ("upload", "UPLOAD"), ("index", "INDEX"), ("repository", "REPOSITORY")];

/// Credentials of a target that a variable can give. Never settings: only that they are set is ever shown.
pub(crate) const CREDENTIALS: &[(&str, &str)] =
    &[("token", "TOKEN"), ("username", "USERNAME"), ("password", "PASSWORD")];

/// The name of a target's variable: `PAK_MY_NPM_TOKEN` for `my-npm` and `TOKEN`.
pub fn variable_of(target: &str, ending: &str) -> String {
    format!("PAK_{}_{ending}", target.to_uppercase().replace('-', "_"))
}

/// Adds what the environment says; returns variables that look like a target's but fit none.
///
/// The sandbox is passed over: its registries are embedded, and a variable must not send a rehearsal elsewhere.
pub(crate) fn apply(chains: &mut BTreeMap<Vec<String>, Vec<Link>>, env: &Env, targets: &Targets) -> Vec<String> {
    let mut add = |key: &[&str], name: &str, value: &str| {
        chains.entry(key.iter().map(|part| (*part).to_owned()).collect()).or_default().push(Link {
            layer: Layer::Variable,
            origin: format!("variable {name}"),
            value: toml::Value::String(value.to_owned()),
            counts: true,
        });
    };
    if let Some(value) = env.get("PAK_ENVIRONMENT") {
        add(&["project", "environment"], "PAK_ENVIRONMENT", value);
    }
    let mut known: BTreeSet<String> = VARIABLES.iter().map(|variable| variable.name.to_owned()).collect();
    for (environment, names) in targets {
        for target in names {
            for (setting, ending) in SETTINGS {
                let name = variable_of(target, ending);
                if let Some(value) = env.get(&name).filter(|_| environment != SANDBOX) {
                    add(&["environments", environment, target, setting], &name, value);
                }
                known.insert(name);
            }
            known.extend(CREDENTIALS.iter().map(|(_, ending)| variable_of(target, ending)));
        }
    }
    let is_like_ours = |name: &str| {
        SETTINGS
            .iter()
            .chain(CREDENTIALS)
            .any(|(_, ending)| name.strip_suffix(ending).is_some_and(|rest| rest.ends_with('_')))
    };
    env.with_prefix("PAK_")
        .map(|(name, _)| name)
        .filter(|name| !known.contains(*name) && is_like_ours(name))
        .map(str::to_owned)
        .collect()
}
