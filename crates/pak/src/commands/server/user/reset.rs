//! `pak server user reset`.

use pak_model::Result;
use pak_server::actions::users;
use serde_json::json;

use crate::commands::serve::Place;
use crate::context::Context;
use crate::exit::Status;

/// Print a link with which a person chooses a new password. It works once, for half an hour.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak server user reset alice@example.org")]
pub(crate) struct Args {
    /// The person's e-mail address.
    email: String,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    context.block_on(async {
        let app = super::super::open(&args.place, context).await?;
        let user = users::of_email(&app, &args.email).await?;
        let link = users::reset(&app, super::actor(), user.id).await?;
        context.output.line(&link);
        context.output.json(&json!({ "email": user.email, "link": link }));
        Ok(Status::OK)
    })
}
