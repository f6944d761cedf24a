//! Cargo's own configuration: which registries have which index, and the tokens for them. Read as cargo reads it: the
//! project's folder and every folder above, then cargo's home; the nearest file wins.

use camino::Utf8PathBuf;
use pak_model::{Problem, Result, Secret, code};
use toml::{Table, Value};

use super::index_url;
use crate::credential::Sources;
use crate::endpoint::{Endpoint, parse_url};

/// The files found, nearest first, credentials last.
pub(super) struct ConfigFiles<'a> {
    sources: &'a Sources,
    configs: Vec<(Utf8PathBuf, Table)>,
    credentials: Option<(Utf8PathBuf, Table)>,
}

impl<'a> ConfigFiles<'a> {
    pub(super) fn read(sources: &'a Sources) -> Result<Self> {
        let home = sources.env.get("CARGO_HOME").map(Utf8PathBuf::from).or_else(|| sources.home_file(".cargo"));
        let mut folders: Vec<Utf8PathBuf> = Vec::new();
        for above in sources.project.iter().flat_map(|project| project.ancestors()) {
            folders.push(above.join(".cargo"));
        }
        if let Some(home) = &home
            && !folders.contains(home)
        {
            folders.push(home.clone());
        }
        let mut configs = Vec::new();
        for folder in folders {
            configs.extend(first_of(sources, &[folder.join("config"), folder.join("config.toml")])?);
        }
        let credentials = match home {
            Some(home) => first_of(sources, &[home.join("credentials"), home.join("credentials.toml")])?,
            None => None,
        };
        Ok(Self { sources, configs, credentials })
    }

    /// Names of registries with this index, nearest first.
    pub(super) fn names_of(&self, endpoint: &Endpoint) -> Vec<String> {
        let same = |index: &str| {
            parse_url(index).is_ok_and(|url| {
                let (a, b) = (Endpoint::new(url), index_url(endpoint));
                &a.root == b
            })
        };
        let mut names = Vec::new();
        for name in self.all_names() {
            if self.index_of(&name).is_some_and(|(index, _)| same(&index)) && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The index of a registry and where it is written.
    pub(super) fn index_of(&self, name: &str) -> Option<(String, String)> {
        let variable = format!("CARGO_REGISTRIES_{}_INDEX", in_variable(name));
        if let Some(index) = self.sources.env.get(&variable) {
            return Some((index.to_owned(), format!("variable {variable}")));
        }
        self.configs.iter().find_map(|(path, table)| {
            let index = text(table, &["registries", name, "index"])?;
            Some((index.to_owned(), path.to_string()))
        })
    }

    /// The registry that cargo publishes to when none is named.
    pub(super) fn default_registry(&self) -> Option<String> {
        let written = || self.configs.iter().find_map(|(_, table)| text(table, &["registry", "default"]));
        self.sources.env.get("CARGO_REGISTRY_DEFAULT").or_else(written).map(str::to_owned)
    }

    /// A token written at these keys; the credentials file goes before the configuration, as it does for cargo.
    pub(super) fn token(&self, keys: &[&str]) -> Option<(Secret, String)> {
        self.credentials.iter().chain(&self.configs).find_map(|(path, table)| {
            let token = text(table, keys).filter(|token| !token.trim().is_empty())?;
            Some((Secret::new(token), path.to_string()))
        })
    }

    fn all_names(&self) -> Vec<String> {
        let tables = self.configs.iter().filter_map(|(_, table)| table.get("registries")?.as_table());
        let written = tables.flat_map(Table::keys).cloned();
        let variables = self.sources.env.with_prefix("CARGO_REGISTRIES_").filter_map(|(variable, _)| {
            let name = variable.strip_prefix("CARGO_REGISTRIES_")?.strip_suffix("_INDEX")?;
            Some(name.to_lowercase().replace('_', "-"))
        });
        written.chain(variables).collect()
    }
}

/// `my-registry` as it is written in variables: `MY_REGISTRY`.
pub(super) fn in_variable(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

/// The first of two spellings of a file that is there (cargo prefers the one without the suffix, and warns).
fn first_of(sources: &Sources, paths: &[Utf8PathBuf]) -> Result<Option<(Utf8PathBuf, Table)>> {
    for path in paths {
        let Some(text) = sources.read(path)? else { continue };
        let table = toml::from_str(&text).map_err(|error| {
            // The parser's own message shows the line, which may hold a token.
            let line = error.span().map(|span| text.get(..span.start).unwrap_or_default().lines().count().max(1));
            let place = line.map(|line| format!(", line {line}")).unwrap_or_default();
            Problem::new(code::config::SYNTAX, format!("{path}{place} cannot be parsed as TOML.")).about("file", path)
        })?;
        return Ok(Some((path.clone(), table)));
    }
    Ok(None)
}

fn text<'t>(table: &'t Table, keys: &[&str]) -> Option<&'t str> {
    let (last, above) = keys.split_last()?;
    let within = above.iter().try_fold(table, |table, key| table.get(*key)?.as_table())?;
    within.get(*last).and_then(Value::as_str)
}
