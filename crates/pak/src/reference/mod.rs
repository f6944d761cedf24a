//! The generated reference: `docs/reference/*.md` and `schemas/*.json`. A test compares the files with what is made here.

mod cli;
mod config;
mod words;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

/// The line at the top of every generated page.
const NOTICE: &str =
    "<!-- Generated from the source by `PAK_UPDATE_DOCS=1 cargo test -p pak`; changes made here are lost. -->\n\n";

/// Every generated file, by its path in the repository, with its content.
pub fn files() -> Vec<(&'static str, String)> {
    vec![
        ("docs/reference/cli.md", cli::page()),
        ("docs/reference/config.md", config::page()),
        ("docs/reference/env.md", words::variables()),
        ("docs/reference/exit-codes.md", words::exit_codes()),
        ("docs/reference/errors.md", words::errors()),
        ("docs/reference/platforms.md", words::platforms()),
        ("docs/reference/openapi.json", openapi()),
        ("schemas/pak.toml.json", config_schema()),
        ("schemas/event.json", schema_of::<pak_model::event::Event>()),
        ("schemas/plan.json", schema_of::<pak_model::plan::Plan>()),
    ]
}

/// What the server's API is, as `/openapi.json` gives it.
fn openapi() -> String {
    text(&pak_server::router::description())
}

/// The JSON schema of `pak.toml`.
pub(crate) fn config_schema() -> String {
    text(&pak_project::config::schema())
}

fn schema_of<T: JsonSchema>() -> String {
    text(SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().as_value())
}

fn text(schema: &serde_json::Value) -> String {
    serde_json::to_string_pretty(schema).map(|text| text + "\n").unwrap_or_default()
}

/// A table cell: one line, without the sign that ends a cell.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
