//! `pak remote webhook`.

use clap::Subcommand;
use pak_model::Result;
use serde_json::Value;

use super::answer::rows;
use super::push::Which;
use super::server::Server;
use crate::context::Context;
use crate::exit::Status;

/// Whom the server tells what happens to a project.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak remote webhook list --name my-package")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(ListArgs),
}

/// List a project's webhooks.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:\n  pak remote webhook list --name my-package")]
struct ListArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    server: Server,
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    let Verb::List(args) = args.verb.unwrap_or_else(|| Verb::List(ListArgs::default()));
    let name = args.which.name(context)?;
    context.block_on(async {
        let answer = args.server.open(context)?.get(&["projects", &name, "webhooks"], &[]).await?;
        let list = answer.get("webhooks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if list.is_empty() {
            context.output.line(format!("{name} tells nobody."));
        } else {
            let columns =
                [("NUMBER", "id"), ("URL", "url"), ("EVENTS", "events"), ("ENABLED", "enabled"), ("", "description")];
            context.output.line(rows(list, columns));
        }
        context.output.json(&answer);
        Ok(Status::OK)
    })
}
