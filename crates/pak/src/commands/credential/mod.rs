//! `pak credential`: pak's own credential store. Secrets come from standard input, a prompt or a variable, never from arguments.

mod add;
mod doctor;
mod list;
mod remove;
mod test;

use clap::Subcommand;
use pak_model::Result;

use crate::context::Context;
use crate::exit::Status;

/// Keep credentials for registries, for this user alone.
///
/// Variables (`PAK_NPM_TOKEN`), the project's own variables and the ecosystem's files (`~/.npmrc`) come first; the store is for
/// what is in none of them. A stored credential is shown only to the hosts it was added for.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak credential add npm\n  pak credential list\n  pak credential remove npm")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Add(add::Args),
    Doctor(doctor::Args),
    List(list::Args),
    Remove(remove::Args),
    Test(test::Args),
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    match args.verb.unwrap_or(Verb::List(list::Args {})) {
        Verb::Add(args) => add::run(&args, context),
        Verb::Doctor(args) => doctor::run(&args, context),
        Verb::List(args) => list::run(&args, context),
        Verb::Remove(args) => remove::run(&args, context),
        Verb::Test(args) => test::run(&args, context),
    }
}
