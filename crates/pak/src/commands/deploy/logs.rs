//! `pak deploy logs`.

use pak_deploy::{journal, run};
use pak_model::Result;

use super::Which;
use crate::context::Context;
use crate::exit::Status;
use crate::output::progress::log_line;

/// Print every fact of a run's journal. Under `--json`, one event per line.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak deploy logs\n  pak deploy logs 0193a1 --json")]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    context.block_on(async {
        let (_, folder) = super::past(&args.which, context).await?;
        let plan = run::load_plan(&folder).ok();
        for event in journal::read(&folder.journal())?.events {
            output.line(log_line(&event, plan.as_ref()));
            output.json_line(&event);
        }
        Ok(Status::OK)
    })
}
