//! `docs/reference/config.md`: every key of `pak.toml`, from its schema.

use std::fmt::Write as _;

use pak_project::config::CONF_KEYS;
use serde_json::Value;

use super::{NOTICE, cell};

/// Tables of `pak.toml` and the definition that describes them.
const TABLES: &[(&str, &str, &str)] = &[
    ("[project]", "ProjectConfig", "The project as a whole."),
    (
        "[packages.<id>]",
        "PackageConfig",
        "A package found in the tree needs no entry; an entry changes how it is built or named.",
    ),
    (
        "[environments.<environment>.<target>]",
        "TargetConfig",
        "Environments by name, each a set of targets by name. `sandbox` is always there. An empty table takes every default.",
    ),
    (
        "[platforms.<id>]",
        "PlatformConfig",
        "A platform of your own: like one that is known, at an address of its own. [How to add one](../guides/add-a-platform.md).",
    ),
];

pub(super) fn page() -> String {
    let schema = pak_project::config::schema();
    let mut text = format!(
        "{NOTICE}# Configuration\n\nA project's settings are in `pak.toml` beside its manifests; `pak config schema` prints its JSON \
         schema. Layers, lowest first: built-in values, `config.toml` of the user's configuration folder, `pak.conf` (the user's, \
         then the project's), `pak.toml`, variables, flags. `pak config explain <key>` shows what each says.\n"
    );
    for (heading, definition, about) in TABLES {
        // Writing into a String cannot fail.
        let _ = write!(text, "\n## `{heading}`\n\n{about}\n\n| key | type | meaning |\n| --- | --- | --- |\n");
        let keys = schema.pointer(&format!("/$defs/{definition}/properties")).and_then(Value::as_object);
        for (key, value) in keys.into_iter().flatten() {
            let about = value.get("description").and_then(Value::as_str).unwrap_or_default();
            let _ = writeln!(text, "| `{key}` | {} | {} |", kind(value), cell(about));
        }
    }
    let keys: Vec<String> = CONF_KEYS.iter().map(|key| format!("`{key}`")).collect();
    let _ = write!(
        text,
        "\n## `pak.conf`\n\nLines of `KEY=\"VALUE\"`, comments begin with `#`. It is read as data; no shell ever sees it. Keys: {}. \
         Their meaning is that of the [variables](env.md) of the same name, which win over the file.\n",
        keys.join(", ")
    );
    text
}

/// A type in a word that users of TOML know.
fn kind(schema: &Value) -> String {
    let word = |name: &str| match name {
        "array" => match schema.pointer("/items/type").and_then(Value::as_str) {
            Some(item) => format!("list of {item}s"),
            None => "list".to_owned(),
        },
        other => other.to_owned(),
    };
    match schema.get("type") {
        Some(Value::String(name)) => word(name),
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null").map(word).unwrap_or_default()
        }
        _ => "word".to_owned(),
    }
}
