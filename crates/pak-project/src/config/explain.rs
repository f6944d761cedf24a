//! `pak config get` and `pak config explain`: what a key is worth and which layers said so.

use pak_model::{Problem, Result, code};

use super::layers::{Layer, LayerValue, Loaded, insert};
use super::schema::{self, Known};
use super::variables::{CREDENTIALS, variable_of};
use super::{legacy_conf, validate};

/// What is shown instead of a credential.
const HIDDEN: &str = "[set]";

impl Loaded {
    /// The effective value of a dotted key, a whole table included; `None` where it is not set.
    pub fn get(&self, key: &str) -> Result<Option<toml::Value>> {
        let path = parse_key(key)?;
        let mut found = toml::Table::new();
        for (key, chain) in self.chains.iter().filter(|(key, _)| key.starts_with(&path)) {
            if let Some(link) = chain.iter().rev().find(|link| link.counts) {
                insert(&mut found, key, link.value.clone());
            }
        }
        let mut value = toml::Value::Table(found);
        for part in &path {
            match value.get(part) {
                Some(inner) => value = inner.clone(),
                None => return Ok(None),
            }
        }
        Ok(Some(value))
    }

    /// Every layer's value for a dotted key, or for every key of a table, lowest layer first. Variables (`PAK_LOG_LEVEL`)
    /// are explained by their name. Credentials are shown as set, never with their value.
    pub fn explain(&self, key: &str) -> Result<Vec<LayerValue>> {
        if key.starts_with("PAK_") {
            return Ok(self.explain_variable(key));
        }
        let credential = |path: &[String]| match path {
            [table, _, _, last] => table == "environments" && CREDENTIALS.iter().any(|(name, _)| name == last),
            _ => false,
        };
        let path = split(key)?;
        let mut values = Vec::new();
        if credential(&path) {
            self.explain_credentials(&path, &mut values);
            return Ok(values);
        }
        let path = parse_key(key)?;
        for (key, chain) in self.chains.iter().filter(|(key, _)| key.starts_with(&path)) {
            let effective = chain.iter().rposition(|link| link.counts);
            values.extend(chain.iter().enumerate().map(|(index, link)| LayerValue {
                key: join(key),
                layer: link.layer,
                origin: link.origin.clone(),
                value: link.value.to_string(),
                effective: Some(index) == effective,
            }));
        }
        if values.is_empty()
            && let Known::Value(schema) = schema::find(&path)
            && let Some(default) = schema.get("default").filter(|default| !default.is_null())
        {
            values.push(LayerValue {
                key: join(&path),
                layer: Layer::BuiltIn,
                origin: "built in".to_owned(),
                value: default.to_string(),
                effective: true,
            });
        }
        self.explain_credentials(&path, &mut values);
        Ok(values)
    }

    fn explain_variable(&self, name: &str) -> Vec<LayerValue> {
        let is_secret = legacy_conf::is_secret(name) || CREDENTIALS.iter().any(|(_, ending)| name.ends_with(ending));
        let layers = self
            .conf
            .get(name)
            .into_iter()
            .flatten()
            .map(|(origin, value)| (Layer::Conf, origin.clone(), value.as_str()));
        let process = self.env.get(name).map(|value| (Layer::Variable, format!("variable {name}"), value));
        let mut values: Vec<LayerValue> = layers
            .chain(process)
            .map(|(layer, origin, value)| LayerValue {
                key: name.to_owned(),
                layer,
                origin,
                value: if is_secret { HIDDEN.to_owned() } else { toml::Value::String(value.to_owned()).to_string() },
                effective: false,
            })
            .collect();
        if let Some(last) = values.last_mut() {
            last.effective = true;
        }
        values
    }

    /// Variables that hold the credentials of the targets a key covers.
    fn explain_credentials(&self, path: &[String], values: &mut Vec<LayerValue>) {
        for (environment, targets) in &self.config.environments {
            for (target, settings) in targets {
                let named = [&settings.token_env, &settings.username_env, &settings.password_env];
                for ((name, ending), named) in CREDENTIALS.iter().zip(named) {
                    let key = ["environments", environment, target, name].map(str::to_owned);
                    if !key.starts_with(path) {
                        continue;
                    }
                    // The same order in which credentials are looked for: `pak`'s own variable before the project's.
                    let own = Some(variable_of(target, ending)).map(|variable| (Layer::Variable, variable));
                    let project = named.clone().map(|variable| (Layer::Project, variable));
                    let set =
                        own.into_iter().chain(project).filter(|(_, variable)| self.variables.get(variable).is_some());
                    let mut links: Vec<LayerValue> = set
                        .map(|(layer, variable)| LayerValue {
                            key: join(&key),
                            layer,
                            origin: format!("variable {variable}"),
                            value: HIDDEN.to_owned(),
                            effective: false,
                        })
                        .collect();
                    if let Some(first) = links.first_mut() {
                        first.effective = true;
                    }
                    links.reverse();
                    values.extend(links);
                }
            }
        }
    }
}

/// The parts of a dotted key; quotes work as in TOML.
fn split(key: &str) -> Result<Vec<String>> {
    let parts = toml_edit::Key::parse(key).map_err(|error| {
        Problem::new(code::config::UNKNOWN_KEY, format!("`{key}` is not a dotted key."))
            .said(validate::one_line(&error))
    })?;
    Ok(parts.into_iter().map(|part| part.get().to_owned()).collect())
}

/// The parts of a dotted key that the schema knows.
pub(crate) fn parse_key(key: &str) -> Result<Vec<String>> {
    let path = split(key)?;
    match schema::find(&path) {
        Known::Unknown(index, allowed) => Err(schema::unknown(&path, index, &allowed, None)),
        Known::Table | Known::Value(_) => Ok(path),
    }
}

fn join(key: &[String]) -> String {
    key.iter().map(|part| toml_edit::Key::new(part).display_repr().into_owned()).collect::<Vec<_>>().join(".")
}
