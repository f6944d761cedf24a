//! `pak config`: settings and where they come from.

mod explain;
mod get;
pub(crate) mod list;
mod schema;
mod set;
pub(crate) mod validate;

use clap::Subcommand;
use pak_model::Result;
use pak_project::config::Loaded;

use crate::commands::session::{self, Place};
use crate::context::Context;
use crate::exit::Status;

/// Read, explain, change and check settings.
///
/// Layers, lowest first: built-in values, the user's `config.toml`, `pak.conf`, the project's `pak.toml`, `PAK_*` variables,
/// flags.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak config list\n  pak config explain environments.production.npm.registry\n  pak config set \
                  environments.production.npm.tag next"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::Args),
    Get(get::Args),
    Set(set::Args),
    Explain(explain::Args),
    Validate(validate::Args),
    Schema(schema::Args),
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    match args.verb.unwrap_or(Verb::List(list::Args::default())) {
        Verb::List(args) => list::run(&args, context),
        Verb::Get(args) => get::run(&args, context),
        Verb::Set(args) => set::run(&args, context),
        Verb::Explain(args) => explain::run(&args, context),
        Verb::Validate(args) => validate::run(&args, context),
        Verb::Schema(args) => schema::run(&args, context),
    }
}

/// Every layer of the project's settings.
fn load(place: &Place, context: &Context) -> Result<Loaded> {
    session::settings(place, context)
}

/// The check of `pak core status`: every settings file that counts here can be read.
pub(crate) fn check(context: &Context) -> Result<String> {
    let loaded = load(&Place::default(), context)?;
    pak_deploy::platforms::of(&loaded)?;
    Ok(match loaded.files.as_slice() {
        [] => "built-in settings".to_owned(),
        files => files.iter().map(|file| file.as_str()).collect::<Vec<_>>().join(", "),
    })
}
