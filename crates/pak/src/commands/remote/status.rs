//! `pak remote status`.

use pak_model::Result;
use serde_json::json;

use super::server::Server;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;

/// Say which server one is signed in to, as whom, and whether it answers.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:\n  pak remote status\n  pak remote whoami --server https://pak.example.org")]
pub(crate) struct Args {
    #[command(flatten)]
    server: Server,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    context.block_on(async {
        let remote = args.server.open(context)?;
        // What every key may that may anything: an answer shows that the key is good.
        let projects = remote.all(&["projects"], &[("limit", "500")], "projects", 500).await?.len();
        let account = remote.account.as_deref();
        let as_whom = account.map_or_else(|| "with an API key".to_owned(), |account| format!("as {account}"));
        output.line(format!(
            "{} Signed in to {} {as_whom}; it shows {projects} projects",
            output.mark(Mark::Ok),
            remote.base
        ));
        output.json(&json!({ "server": remote.base, "account": account, "projects": projects }));
        Ok(Status::OK)
    })
}
