//! `pak platform test`.

use pak_model::Result;

use super::probe::{self, Question};
use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;

/// Connect to platforms and show which account their registry takes you for. Nothing is published.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak platform test npm\n  pak platform test --environment staging --json")]
pub(crate) struct Args {
    /// Platforms or targets. Default: every target of the environment.
    names: Vec<String>,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    probe::run(&args.names, &args.place, Question::Connection, context)
}
