//! `pak credential test`.

use pak_model::Result;

use crate::commands::platform::probe::{self, Question};
use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;

/// Ask registries whether the credential that would be used is good. Nothing is published.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak credential test npm\n  pak credential test --environment staging --json")]
pub(crate) struct Args {
    /// Platforms or targets. Default: every target of the environment.
    names: Vec<String>,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    probe::run(&args.names, &args.place, Question::Credential, context)
}
