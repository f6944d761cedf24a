//! `pak server user add`.

use pak_model::Result;
use pak_server::access::password::Password;
use pak_server::actions::users::{self, New};
use serde_json::json;

use crate::commands::secret;
use crate::commands::serve::Place;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;

/// Make an account. Prints a link to choose the password with, unless it is piped in.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak server user add alice@example.org --admin\n  pak server user add bob@example.org --name Bob \
                  --password-stdin < password.txt"
)]
pub(crate) struct Args {
    /// The person's e-mail address.
    email: String,
    /// The person's name. Default: what stands before the `@`.
    #[arg(long)]
    name: Option<String>,
    /// Make an administrator of the server.
    #[arg(long)]
    admin: bool,
    /// Read the password from standard input, one line.
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let password = if args.password_stdin {
        let secret = secret::piped("pak server user add … --password-stdin")?;
        Some(Password::new(secret.expose()))
    } else {
        None
    };
    let before = args.email.split('@').next().unwrap_or_default();
    let new = New {
        email: args.email.clone(),
        name: args.name.clone().unwrap_or_else(|| before.to_owned()),
        role: if args.admin { "admin" } else { "user" }.to_owned(),
    };
    context.block_on(async {
        let app = super::super::open(&args.place, context).await?;
        let added = users::add(&app, super::actor(), new, password.as_ref()).await?;
        let output = &context.output;
        let kind = if args.admin { "administrator" } else { "account" };
        output.line(format!("{} Made the {kind} {}", output.mark(Mark::Ok), added.user.email));
        if let Some(link) = &added.link {
            output.line(format!("Choose the password here, within half an hour: {link}"));
        }
        output.json(&json!({ "user": super::shown(&added.user), "link": added.link }));
        Ok(Status::OK)
    })
}
