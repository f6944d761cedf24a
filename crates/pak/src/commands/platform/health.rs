//! `pak platform health`.

use pak_model::Result;

use super::probe::{self, Question};
use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;

/// Ask registries whether they answer, and how fast. No credential is shown to them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak platform health\n  pak platform health npm pypi --json")]
pub(crate) struct Args {
    /// Platforms or targets. Default: every target of the environment.
    names: Vec<String>,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    probe::run(&args.names, &args.place, Question::Reachable, context)
}
