//! `pak config get`.

use pak_model::{Problem, Result, code};
use serde_json::json;

use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;

/// Print the value of a key that counts here.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak config get project.environment\n  pak config get environments.production --json"
)]
pub(crate) struct Args {
    /// The dotted key.
    key: String,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let Some(value) = super::load(&args.place, context)?.get(&args.key)? else {
        return Err(Problem::new(code::config::INVALID_VALUE, format!("`{}` is not set.", args.key))
            .next(format!("Set it with `pak config set {} <value>`.", args.key)));
    };
    context.output.line(match &value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Table(table) => toml::to_string(table).unwrap_or_default().trim_end().to_owned(),
        other => other.to_string(),
    });
    context.output.json(&json!({ "key": args.key, "value": value }));
    Ok(Status::OK)
}
