//! `pak config explain`.

use pak_model::Result;
use serde_json::json;

use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;
use crate::output::table;

/// Show what every layer says about a key, and which one counts.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak config explain project.environment\n  pak config explain environments.production.npm\n  pak config \
                        explain PAK_LOG_LEVEL --json"
)]
pub(crate) struct Args {
    /// A dotted key, a table, or a variable.
    key: String,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    let values = super::load(&args.place, context)?.explain(&args.key)?;
    if values.is_empty() {
        output.line(format!("{} is not set in any layer.", args.key));
    } else {
        let rows = values.iter().map(|value| {
            let mark = if value.effective { output.mark(Mark::Ok) } else { "" };
            [mark.to_owned(), value.key.clone(), value.value.clone(), value.origin.clone()]
        });
        output.line(table::render(["", "KEY", "VALUE", "FROM"], rows));
    }
    output.json(&json!({ "key": args.key, "layers": values }));
    Ok(Status::OK)
}
