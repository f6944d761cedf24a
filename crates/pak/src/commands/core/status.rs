//! `pak core status`, `pak status`.

use pak_model::Result;

use super::checks;
use crate::context::Context;
use crate::exit::Status;

/// Check that pak can work here: one line if all is well, each failing check by name otherwise.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak core status\n  pak status --json")]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, context: &Context) -> Result<Status> {
    Ok(checks::show(&checks::run(context), context, false))
}
