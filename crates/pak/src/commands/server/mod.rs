//! `pak server`: the server's own machine room: is it well, its schema, its backups, its people.

mod backup;
mod check;
mod migrate;
mod user;

use clap::Subcommand;
use pak_model::Result;
use pak_server::{App, serve};

use super::serve::Place;
use crate::context::Context;
use crate::exit::Status;

/// Look after a server on its own machine: check it, back it up, make accounts. It may run meanwhile.
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:\n  pak server check\n  pak server backup pak.tar.gz\n  pak server user add alice@example.org --admin\n  pak server user list"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check(check::Args),
    Migrate(migrate::Args),
    Backup(backup::BackupArgs),
    Restore(backup::RestoreArgs),
    User(user::Args),
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    match args.verb {
        Verb::Check(args) => check::run(&args, context),
        Verb::Migrate(args) => migrate::run(&args, context),
        Verb::Backup(args) => backup::run(&args, context),
        Verb::Restore(args) => backup::restore(&args, context),
        Verb::User(args) => user::run(args, context),
    }
}

/// The server's state, without serving. The schema is brought up to date.
pub(crate) async fn open(place: &Place, context: &Context) -> Result<App> {
    serve::open(place.settings(context, None, None)?, None).await
}
