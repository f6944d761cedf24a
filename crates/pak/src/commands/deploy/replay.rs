//! `pak deploy replay`.

use pak_deploy::{journal, run};
use pak_model::Result;

use super::Which;
use crate::context::Context;
use crate::exit::Status;
use crate::output::progress::{Board, line};

/// Show a run again, as it was seen while it was at work, from its journal. Nothing is sent.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak deploy replay\n  pak deploy replay 0193a1")]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    context.block_on(async {
        let (_, folder) = super::past(&args.which, context).await?;
        let plan = run::load_plan(&folder)?;
        let mut board = Board::of(&plan);
        for event in journal::read(&folder.journal())?.events {
            output.json_line(&event);
            board.take(&event);
            if let Some(text) = line(&event, Some(&plan), output.is_plain()) {
                output.line(text);
            }
        }
        for target in board.targets() {
            output.line(board.row(target, output.is_plain()));
        }
        Ok(Status::OK)
    })
}
