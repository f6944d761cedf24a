//! `pak platform`: the registries pak can publish to.

mod info;
mod list;

use std::sync::Arc;

use clap::Subcommand;
use pak_model::{Problem, Result, code};
use pak_platforms::Platform;

use crate::commands::external::closest;
use crate::context::Context;
use crate::exit::Status;

/// List, show, test and configure the registries pak can publish to.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak platform list\n  pak platform info npm --json\n  pak platform test npm")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::Args),
    Info(info::Args),
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    match args.verb.unwrap_or(Verb::List(list::Args {})) {
        Verb::List(args) => list::run(&args, context),
        Verb::Info(args) => info::run(&args, context),
    }
}

/// The platform of a name or alias; the problem of an unknown one names the closest.
pub(crate) fn find(name: &str) -> Result<Arc<dyn Platform>> {
    if let Some(platform) = pak_platforms::find(name)? {
        return Ok(platform);
    }
    let problem = Problem::new(code::config::PLATFORM_UNKNOWN, format!("There is no platform `{name}`."));
    let known = pak_platforms::platforms()?.iter().map(|platform| platform.definition().id.clone());
    Err(match closest(name, known) {
        Some(close) => problem.next(format!("Did you mean `{close}`? `pak platform list` shows every platform.")),
        None => problem,
    })
}
