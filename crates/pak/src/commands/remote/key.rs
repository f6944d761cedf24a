//! `pak remote key`: one's API keys. The key of `pak login` may not look at them; one with the scope `account` may.

use clap::Subcommand;
use pak_model::Result;
use pak_platforms::http::Method;
use serde_json::{Value, json};

use super::answer::rows;
use super::server::Server;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;

/// Your API keys. This needs a key with the scope `account`, in PAK_REMOTE_KEY.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak remote key list\n  pak remote key create ci --scope deploy:create --scope projects:read\n  pak remote key revoke 3"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(ListArgs),
    Create(CreateArgs),
    Revoke(RevokeArgs),
}

/// List your API keys, without their secrets.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:\n  pak remote key list")]
struct ListArgs {
    #[command(flatten)]
    server: Server,
}

/// Make an API key. It is shown this once.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak remote key create ci --scope deploy:create --project my-package --days 30")]
struct CreateArgs {
    /// What you call it.
    name: String,
    /// What it may do: `projects:read`, `deploy:create` and others.
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
    /// The only project it works for.
    #[arg(long)]
    project: Option<String>,
    /// How many days it works.
    #[arg(long)]
    days: Option<i64>,
    #[command(flatten)]
    server: Server,
}

/// Revoke an API key: it stops working at once.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak remote key revoke 3")]
struct RevokeArgs {
    /// Its number, as `pak remote key list` shows it.
    key: String,
    #[command(flatten)]
    server: Server,
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    context.block_on(async {
        match args.verb.unwrap_or_else(|| Verb::List(ListArgs::default())) {
            Verb::List(args) => {
                let answer = args.server.open(context)?.get(&["account", "keys"], &[]).await?;
                let list = answer.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let columns = [
                    ("NUMBER", "id"),
                    ("NAME", "name"),
                    ("BEGINS", "begins"),
                    ("MAY", "scopes"),
                    ("PROJECT", "project"),
                    ("ENDS", "expires_at"),
                    ("USED", "last_used_at"),
                ];
                output.line(rows(list, columns));
                output.json(&answer);
            }
            Verb::Create(args) => {
                let mut body = json!({ "name": args.name, "scopes": args.scopes });
                if let Some(project) = &args.project {
                    body["project"] = json!(project);
                }
                if let Some(days) = args.days {
                    body["expires_in_days"] = json!(days);
                }
                let answer = args.server.open(context)?.send(Method::POST, &["account", "keys"], Some(&body)).await?;
                output.line(answer.get("secret").and_then(Value::as_str).unwrap_or_default());
                output.json(&answer);
            }
            Verb::Revoke(args) => {
                let remote = args.server.open(context)?;
                let answer = remote.send(Method::DELETE, &["account", "keys", &args.key], None).await?;
                output.line(format!("{} Revoked key {}", output.mark(Mark::Ok), args.key));
                output.json(&answer);
            }
        }
        Ok(Status::OK)
    })
}
