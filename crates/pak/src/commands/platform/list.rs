//! `pak platform list`.

use pak_model::Result;
use serde_json::json;

use super::info;
use crate::context::Context;
use crate::exit::Status;
use crate::output::table;

/// List every platform: its registry, and what can be taken back there.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak platform list\n  pak platform list --json")]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, context: &Context) -> Result<Status> {
    let platforms = pak_platforms::platforms()?;
    let rows = platforms
        .iter()
        .map(|platform| {
            let definition = platform.definition();
            Ok([
                definition.id.clone(),
                definition.kind.clone(),
                definition.default_endpoint()?.root.to_string(),
                definition.undo.how.label().to_owned(),
            ])
        })
        .collect::<Result<Vec<_>>>()?;
    context.output.line(table::render(["NAME", "TYPE", "REGISTRY", "UNDO"], rows));
    if context.output.is_json() {
        let all = platforms.iter().map(|platform| info::card(platform.definition())).collect::<Result<Vec<_>>>()?;
        context.output.json(&json!({ "platforms": all }));
    }
    Ok(Status::OK)
}
