//! `pak core health`.

use pak_model::Result;

use super::checks;
use crate::context::Context;
use crate::exit::Status;

/// Run the checks of `status` and show each with what it saw. Registries are asked by `pak platform health`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak core health\n  pak core health --json")]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, context: &Context) -> Result<Status> {
    Ok(checks::show(&checks::run(context), context, true))
}
