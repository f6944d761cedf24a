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

use crate::commands::config;
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
    Config(config::list::Args),
    Validate(config::validate::Args),
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
        Verb::Config(args) => config::list::run(&args, context),
        Verb::Validate(args) => config::validate::run(&args, context),
        Verb::Update(args) => update::run(&args, context),
        Verb::Modules(args) => modules::run(&args, context),
    }
}
