//! `pak config`: settings and where they come from.

mod schema;

use clap::Subcommand;
use pak_model::Result;

use crate::context::Context;
use crate::exit::Status;

/// Read, explain, change and check settings.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true, after_help = "Examples:\n  pak config schema > pak.toml.schema.json")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Schema(schema::Args),
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    match args.verb {
        Verb::Schema(args) => schema::run(&args, context),
    }
}
