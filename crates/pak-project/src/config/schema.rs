//! The JSON Schema of `pak.toml`: editors complete with it, and unknown keys are found by walking it.

use std::sync::OnceLock;

use pak_model::{Problem, code};
use serde_json::Value;

use super::file::Config;

/// The schema, as `pak config schema` prints it.
pub fn schema() -> Value {
    schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Config>().to_value()
}

/// The same with nothing referred to, for walking.
fn inlined() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let settings =
            schemars::generate::SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        settings.into_generator().into_root_schema_for::<Config>().to_value()
    })
}

/// What the schema says about a dotted key.
pub(crate) enum Known {
    /// A table.
    Table,
    /// A value, with its schema.
    Value(&'static Value),
    /// Nothing; the index of the first part that is unknown, and what may stand there.
    Unknown(usize, Vec<String>),
}

/// Looks a key up.
pub(crate) fn find<S: AsRef<str>>(key: &[S]) -> Known {
    let mut schema = inlined();
    for (index, part) in key.iter().enumerate() {
        let properties = schema.get("properties").and_then(Value::as_object);
        let next = properties
            .and_then(|properties| properties.get(part.as_ref()))
            .or_else(|| schema.get("additionalProperties").filter(|other| other.is_object()));
        let Some(next) = next else {
            let names = properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect();
            return Known::Unknown(index, names);
        };
        schema = next;
    }
    let is_table =
        schema.get("properties").is_some() || schema.get("additionalProperties").is_some_and(Value::is_object);
    if is_table { Known::Table } else { Known::Value(schema) }
}

/// The problem of an unknown key, with the nearest known one.
pub(crate) fn unknown(key: &[String], index: usize, allowed: &[String], place: Option<&str>) -> Problem {
    let word = key.get(index).map_or("", String::as_str);
    let table = key.get(..index).unwrap_or_default().join(".");
    let inside = if table.is_empty() { String::new() } else { format!(" in [{table}]") };
    let at = place.map(|place| format!("{place}: ")).unwrap_or_default();
    let problem = Problem::new(code::config::UNKNOWN_KEY, format!("{at}there is no key `{word}`{inside}."));
    match nearest(word, allowed) {
        Some(near) => problem.next(format!("Did you mean `{near}`? `pak config schema` lists every key.")),
        None if allowed.is_empty() => problem,
        None => problem.next(format!("Use one of {}.", allowed.join(", "))),
    }
}

/// The known word most like a mistyped one.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a String>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate.as_str()))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_is_the_one_in_the_repository() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/pak.toml.json");
        let now = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
        let kept = std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
        if kept != now {
            std::fs::write(format!("{path}.new"), now).unwrap();
            panic!("schemas/pak.toml.json is out of date: read schemas/pak.toml.json.new and rename it");
        }
    }

    #[test]
    fn keys_are_found_through_named_tables() {
        assert!(matches!(find(&["environments", "x", "npm", "registry"]), Known::Value(_)));
        assert!(matches!(find(&["environments", "x", "npm"]), Known::Table));
        assert!(matches!(find(&["packages", "a", "depends-on"]), Known::Value(_)));
        let Known::Unknown(3, allowed) = find(&["environments", "x", "npm", "regstry", "y"]) else { panic!() };
        assert_eq!(nearest("regstry", &allowed), Some("registry"));
        assert!(matches!(find(&["packages", "a", "path", "deeper"]), Known::Unknown(3, _)));
    }
}
