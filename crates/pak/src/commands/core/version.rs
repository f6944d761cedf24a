//! `pak core version`, `pak version`.

use pak_model::Result;
use serde_json::json;

use crate::context::Context;
use crate::exit::Status;

/// Print the version of pak.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak core version\n  pak version --json")]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, context: &Context) -> Result<Status> {
    let version = env!("CARGO_PKG_VERSION");
    context.output.line(format!("PAK.sh v{version}"));
    context.output.json(&json!({ "name": "PAK.sh", "version": version }));
    Ok(Status::OK)
}
