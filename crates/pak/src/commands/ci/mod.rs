//! `pak ci`: pipelines that release, written hardened and looked at for what would let others release.

mod audit;
mod generate;

pub(super) use generate::audience;

use clap::Subcommand;
use pak_model::Result;

use crate::context::Context;
use crate::exit::Status;

/// Write hardened release pipelines, and find the dangers in those that exist.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true, after_help = "Examples:\n  pak ci audit\n  pak ci generate github")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Generate(generate::Args),
    Audit(audit::Args),
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    match args.verb {
        Verb::Generate(args) => generate::run(&args, context),
        Verb::Audit(args) => audit::run(&args, context),
    }
}
