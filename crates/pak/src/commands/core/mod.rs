//! `pak core`: pak itself: is it well, what is it, how is it set.

mod checks;
mod doctor;
mod health;
mod info;
mod modules;
pub(crate) mod status;
mod update;
pub(crate) mod version;

use clap::Subcommand;
use pak_model::Result;

use crate::context::Context;
use crate::exit::Status;

/// Look after pak itself: status, health, version, settings, modules.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak core status\n  pak core doctor")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Status(status::Args),
    Health(health::Args),
    Version(version::Args),
    Info(info::Args),
    Doctor(doctor::Args),
    Update(update::Args),
    Modules(modules::Args),
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    match args.verb.unwrap_or(Verb::Status(status::Args {})) {
        Verb::Status(args) => status::run(&args, context),
        Verb::Health(args) => health::run(&args, context),
        Verb::Version(args) => version::run(&args, context),
        Verb::Info(args) => info::run(&args, context),
        Verb::Doctor(args) => doctor::run(&args, context),
        Verb::Update(args) => update::run(&args, context),
        Verb::Modules(args) => modules::run(&args, context),
    }
}
