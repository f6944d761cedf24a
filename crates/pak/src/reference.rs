//! The generated reference: `docs/reference/*.md` and `schemas/*.json`. A test compares the files with what is made here.

use schemars::generate::SchemaSettings;

/// The JSON schema of `pak.toml`.
pub fn config_schema() -> String {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<pak_project::Config>();
    schema.insert("title".to_owned(), "pak.toml".into());
    text(&schema)
}

/// The JSON schema of events: the lines of `pak deploy --json` and of journals.
pub fn event_schema() -> String {
    text(&SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<pak_model::event::Event>())
}

/// The JSON schema of plans: `pak plan --json`.
pub fn plan_schema() -> String {
    text(&SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<pak_model::plan::Plan>())
}

fn text(schema: &schemars::Schema) -> String {
    serde_json::to_string_pretty(schema).map(|text| text + "\n").unwrap_or_default()
}
