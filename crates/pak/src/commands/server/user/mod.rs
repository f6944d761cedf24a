//! `pak server user`: accounts of a server, from its own machine. Everything done here stands in the audit log.

mod add;
mod change;
mod list;
mod reset;

use clap::Subcommand;
use jiff::Timestamp;
use pak_model::Result;
use pak_server::audit::Actor;
use pak_server::store::entity::user;
use serde_json::{Value, json};

use crate::context::Context;
use crate::exit::Status;

/// Make, list and change the accounts of a server.
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:\n  pak server user add alice@example.org --admin\n  pak server user disable bob@example.org"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Add(add::Args),
    List(list::Args),
    /// Keep a person out: their sessions and keys stop working at once.
    #[command(after_help = "Examples:\n  pak server user disable bob@example.org")]
    Disable(change::Args),
    /// Let a person in again.
    #[command(after_help = "Examples:\n  pak server user enable bob@example.org")]
    Enable(change::Args),
    Role(change::RoleArgs),
    Reset(reset::Args),
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    match args.verb {
        Verb::Add(args) => add::run(&args, context),
        Verb::List(args) => list::run(&args, context),
        Verb::Disable(args) => change::activity(&args, false, context),
        Verb::Enable(args) => change::activity(&args, true, context),
        Verb::Role(args) => change::role(&args, context),
        Verb::Reset(args) => reset::run(&args, context),
    }
}

/// Who the audit log says did it.
fn actor() -> Actor {
    Actor::system("pak server user")
}

/// An account as JSON shows it.
fn shown(user: &user::Model) -> Value {
    json!({
        "id": user.id, "email": user.email, "name": user.name, "role": user.role, "is_active": user.is_active,
        "email_verified": user.email_verified, "created_at": time(user.created_at),
        "last_login": user.last_login.and_then(time),
    })
}

fn time(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds).ok()
}
