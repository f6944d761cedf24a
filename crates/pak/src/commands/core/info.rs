//! `pak core info`.

use pak_model::Result;
use pak_platforms::Platforms;
use serde_json::json;

use super::{modules, update};
use crate::context::Context;
use crate::exit::Status;

/// Show where pak is, where it keeps things, and what it knows.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak core info\n  pak core info --json")]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    let platforms: Vec<String> =
        Platforms::built_in()?.iter().map(|platform| platform.definition().id.clone()).collect();
    let modules: Vec<String> = modules::find(&context.env).into_iter().map(|module| module.name).collect();
    let info = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "program": update::program(),
        "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        "config_folder": context.config_folder()?,
        "data_folder": context.data_folder()?,
        "state_folder": context.state_folder()?,
        "settings_written_for": context.env.get("PAK_VERSION"),
        "platforms": platforms,
        "modules": modules,
    });
    for (name, value) in info.as_object().into_iter().flatten() {
        let text = match value {
            serde_json::Value::Null => continue,
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Array(list) if list.is_empty() => "none".to_owned(),
            serde_json::Value::Array(list) => {
                list.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        };
        output.line(format!("{:<21} {text}", format!("{}:", name.replace('_', " "))));
    }
    output.json(&info);
    Ok(Status::OK)
}
