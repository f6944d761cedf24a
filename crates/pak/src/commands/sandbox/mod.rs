//! `pak sandbox`: embedded registries, kept running.

mod clear;
mod serve;
pub(crate) mod settings;

use clap::Subcommand;
use pak_model::Result;

use crate::context::Context;
use crate::exit::Status;

/// Run the embedded registries, so that real clients can publish to them and install from them.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true, after_help = "Examples:\n  pak sandbox serve\n  pak sandbox clear")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Serve(serve::Args),
    Clear(clear::Args),
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    match args.verb {
        Verb::Serve(args) => serve::run(&args, context),
        Verb::Clear(args) => clear::run(&args, context),
    }
}
