//! `pak config schema`.

use pak_model::Result;

use crate::context::Context;
use crate::exit::Status;
use crate::reference;

/// Print the JSON schema of pak.toml, for editors and checks.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak config schema > pak.toml.schema.json")]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, context: &Context) -> Result<Status> {
    context.output.raw(&reference::config_schema());
    Ok(Status::OK)
}
