//! `pak platform list`.

use pak_model::Result;
use serde_json::json;

use crate::commands::session::{self, Place};
use crate::context::Context;
use crate::exit::Status;
use crate::output::table;

/// List every platform: its registry, and what can be taken back there.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak platform list\n  pak platform list --json")]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, context: &Context) -> Result<Status> {
    let platforms = session::platforms(&Place::default(), context)?;
    let rows = platforms.iter().map(|platform| {
        let definition = platform.definition();
        let undo = definition.undo.how.label().to_owned();
        [definition.id.clone(), definition.kind.clone(), definition.shown_root(), undo]
    });
    context.output.line(table::render(["NAME", "TYPE", "REGISTRY", "UNDO"], rows));
    if context.output.is_json() {
        let all: Vec<_> = platforms.iter().map(|platform| pak_deploy::platforms::card(platform.definition())).collect();
        context.output.json(&json!({ "platforms": all }));
    }
    Ok(Status::OK)
}
