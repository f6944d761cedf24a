//! `pak server user list`.

use pak_model::Result;
use pak_server::actions::page::PageQuery;
use pak_server::actions::users;
use serde_json::json;

use crate::commands::serve::Place;
use crate::context::Context;
use crate::exit::Status;
use crate::output::table;

/// List the accounts of a server, newest first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak server user list\n  pak server user list --json")]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    context.block_on(async {
        let app = super::super::open(&args.place, context).await?;
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let (rows, next) = users::list(&app, PageQuery { cursor, limit: Some(500) }).await?;
            all.extend(rows);
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        let output = &context.output;
        if all.is_empty() {
            output.line("No accounts yet. `pak server user add <email> --admin` makes the first.");
        } else {
            let rows = all.iter().map(|user| {
                let seen = user.last_login.and_then(super::time);
                let state = if user.is_active { "" } else { "disabled" };
                [
                    user.email.clone(),
                    user.name.clone(),
                    user.role.clone(),
                    seen.map_or_else(|| "never".to_owned(), |at| at.strftime("%F %R UTC").to_string()),
                    state.to_owned(),
                ]
            });
            output.line(table::render(["EMAIL", "NAME", "ROLE", "SIGNED IN", ""], rows));
        }
        output.json(&json!({ "users": all.iter().map(super::shown).collect::<Vec<_>>() }));
        Ok(Status::OK)
    })
}
