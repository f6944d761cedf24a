//! `pak server migrate`.

use pak_model::{Problem, Result, code};
use pak_server::store::Store;
use serde_json::json;

use crate::commands::serve::Place;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, count};

/// Bring the database's schema up to date. A server does so when it starts; this does it before.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak server migrate --dry-run\n  pak server migrate --database postgres://pak@db/pak"
)]
pub(crate) struct Args {
    /// Name the steps, take none.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let (output, settings) = (&context.output, args.place.settings(context, None, None)?);
    std::fs::create_dir_all(&settings.data).map_err(|error| {
        let data = &settings.data;
        Problem::new(code::server::DATA_FOLDER, format!("{data} cannot be made.")).about("folder", data).cause(&error)
    })?;
    context.block_on(async {
        let store = Store::open(&settings.database).await?;
        let pending = store.pending_names().await?;
        for name in &pending {
            output.line(name);
        }
        if !args.dry_run {
            store.migrate().await?;
        }
        match (pending.len(), args.dry_run) {
            (0, _) => output.line(format!("{} The schema is current", output.mark(Mark::Ok))),
            (steps, true) => output.line(format!("{} to take. Nothing was changed.", count(steps, "step"))),
            (steps, false) => output.line(format!("{} Took {}", output.mark(Mark::Ok), count(steps, "step"))),
        }
        output.json(&json!({ "steps": pending, "done": !args.dry_run }));
        Ok(Status::OK)
    })
}
