//! Definitions made from others: `from = "npm"` and what differs. Used for hosts of known protocols and for users' own.

use pak_model::{Problem, Result, code};
use toml::{Table, Value};

use crate::definition::Definition;
use crate::parameters;

/// What belongs to the address of a platform: a definition with an address of its own inherits none of it. A token meant
/// for one host must not be shown to another, and a limit of one host says nothing about the next.
const OF_THE_ADDRESS: &[&str] = &[
    "endpoint",
    "upload",
    "index",
    "repository",
    "parameters",
    "token-env",
    "username-env",
    "password-env",
    "users",
    "token-page",
    "token-command",
    "max-bytes",
];

/// Lays definitions over a base, one after the other: whole keys replace, tables merge.
pub(crate) fn lay(base: &Table, layers: &[&Table]) -> Table {
    let mut laid = base.clone();
    laid.remove("aliases");
    // What the base was proven on was not this.
    laid.insert("proof".to_owned(), Value::String("emulated".to_owned()));
    if layers.iter().any(|layer| layer.contains_key("endpoint")) {
        if !laid.contains_key("public") {
            let public = ["endpoint", "upload", "index"].into_iter();
            let public = public.filter_map(|key| Some((key.to_owned(), laid.get(key)?.clone()))).collect();
            laid.insert("public".to_owned(), Value::Table(public));
        }
        laid.retain(|key, _| !OF_THE_ADDRESS.contains(&key));
    }
    for layer in layers {
        merge(&mut laid, layer);
    }
    laid
}

fn merge(under: &mut Table, over: &Table) {
    for (key, value) in over {
        match (under.get_mut(key), value) {
            (Some(Value::Table(under)), Value::Table(over)) => merge(under, over),
            _ => drop(under.insert(key.clone(), value.clone())),
        }
    }
}

/// The definition a table says; parameters that no form of it has are left out.
pub(crate) fn read(table: Table) -> Result<Definition> {
    let id = table.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut definition: Definition = table.try_into().map_err(|error: toml::de::Error| {
        Problem::new(code::config::SYNTAX, format!("The definition of platform `{id}` cannot be read."))
            .about("platform", &id)
            .said(error.message())
    })?;
    let used: Vec<String> = definition.forms().flat_map(parameters::names).collect();
    definition.parameters.retain(|name, _| used.contains(name));
    Ok(definition)
}

/// The tables of a file of hosts, by platform id; `[host]` holds what is true of all of them.
pub(crate) fn of_file(text: &str) -> Result<(Table, Vec<(String, Table)>)> {
    let file: Table = toml::from_str(text).map_err(|error| {
        Problem::new(code::config::SYNTAX, "A file of platform definitions cannot be parsed.").said(error.to_string())
    })?;
    let mut host = Table::new();
    let mut platforms = Vec::new();
    for (name, value) in file {
        match value {
            Value::Table(table) if name == "host" => host = table,
            Value::Table(table) => platforms.push((name, table)),
            _ => {
                return Err(Problem::new(
                    code::config::SYNTAX,
                    format!("`{name}` stands outside the tables of a file of platform definitions."),
                ));
            }
        }
    }
    Ok((host, platforms))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn what_belongs_to_an_address_stays_with_it() {
        let base = table(
            "endpoint = 'https://a.example.org/'\nupload = 'https://up.example.org/'\ntoken-env = ['A']\naliases = ['b']\n\
             proof = 'real'\nparallel = 4\nundo = { how = 'delete', note = 'n' }",
        );
        let own = lay(&base, &[&table("endpoint = 'https://other.example.org/'\nundo = { note = 'm' }")]);
        assert_eq!(
            own,
            table(
                "endpoint = 'https://other.example.org/'\n\
                 public = { endpoint = 'https://a.example.org/', upload = 'https://up.example.org/' }\nproof = 'emulated'\nparallel = 4\n\
                 undo = { how = 'delete', note = 'm' }"
            )
        );
        let same = lay(&base, &[&table("parallel = 1")]);
        assert_eq!(same.get("upload"), base.get("upload"));
        assert_eq!(same.get("token-env"), base.get("token-env"));
        assert_eq!((same.get("public"), same.get("aliases")), (None, None));
    }
}
