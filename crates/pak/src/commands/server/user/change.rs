//! `pak server user disable`, `enable` and `role`.

use pak_model::Result;
use pak_server::actions::users::{self, Changes};
use serde_json::json;

use crate::commands::serve::Place;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;

/// Whose account.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The person's e-mail address.
    email: String,
    #[command(flatten)]
    place: Place,
}

/// Make an administrator of a person, or a person without that right again. Their sessions end.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak server user role bob@example.org admin\n  pak server user role bob@example.org user"
)]
pub(crate) struct RoleArgs {
    #[command(flatten)]
    whose: Args,
    /// What they are on this server.
    #[arg(value_parser = ["user", "admin"])]
    role: String,
}

pub(crate) fn activity(args: &Args, is_active: bool, context: &Context) -> Result<Status> {
    let word = if is_active { "may sign in" } else { "is kept out" };
    change(args, Changes { is_active: Some(is_active), ..Changes::default() }, word, context)
}

pub(crate) fn role(args: &RoleArgs, context: &Context) -> Result<Status> {
    let word = if args.role == "admin" { "administers this server" } else { "is a user" };
    change(&args.whose, Changes { role: Some(args.role.clone()), ..Changes::default() }, word, context)
}

fn change(args: &Args, changes: Changes, word: &str, context: &Context) -> Result<Status> {
    context.block_on(async {
        let app = super::super::open(&args.place, context).await?;
        let user = users::of_email(&app, &args.email).await?;
        let user = users::change_as(&app, super::actor(), user.id, changes).await?;
        let output = &context.output;
        output.line(format!("{} {} {word}", output.mark(Mark::Ok), user.email));
        output.json(&json!({ "user": super::shown(&user) }));
        Ok(Status::OK)
    })
}
