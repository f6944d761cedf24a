//! `pak remote credential`: what the server signs in to registries with. Written, never read back.

use clap::Subcommand;
use pak_model::{Problem, Result, code};
use pak_platforms::http::Method;
use serde_json::{Value, json};

use super::answer::{rows, word};
use super::push::Which;
use super::server::Server;
use crate::commands::secret;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, count};

/// A project's credentials for registries, sealed on the server.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak remote credential list\n  pak remote credential set npm < token.txt\n  pak remote credential remove npm"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(ListArgs),
    Set(SetArgs),
    Remove(RemoveArgs),
}

/// List a project's credentials, without their secrets.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:\n  pak remote credential list --name my-package")]
struct ListArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    server: Server,
}

/// Set a credential. The secret is read from standard input, or asked for on a terminal.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak remote credential set npm < token.txt\n  pak remote credential set docker --username alice \
                  --environment production"
)]
struct SetArgs {
    /// The platform or target it is for.
    target: String,
    /// The account, where the registry wants one beside the secret.
    #[arg(long, short)]
    username: Option<String>,
    /// The only environment it is for. Default: all.
    #[arg(long, short)]
    environment: Option<String>,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    server: Server,
}

/// Remove a target's credentials.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak remote credential remove npm\n  pak remote credential remove npm --environment staging"
)]
struct RemoveArgs {
    /// The platform or target.
    target: String,
    /// Only the one for this environment.
    #[arg(long, short)]
    environment: Option<String>,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    server: Server,
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    context.block_on(async {
        match args.verb.unwrap_or_else(|| Verb::List(ListArgs::default())) {
            Verb::List(args) => list(&args, context).await,
            Verb::Set(args) => set(&args, context).await,
            Verb::Remove(args) => remove(&args, context).await,
        }
    })
}

async fn list(args: &ListArgs, context: &Context) -> Result<Status> {
    let name = args.which.name(context)?;
    let answer = args.server.open(context)?.get(&["projects", &name, "credentials"], &[]).await?;
    let list = answer.get("credentials").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if list.is_empty() {
        context.output.line(format!("{name} has no credentials. `pak remote credential set <target>` sets one."));
    } else {
        let columns = [
            ("TARGET", "target"),
            ("ENVIRONMENT", "environment"),
            ("KIND", "kind"),
            ("ACCOUNT", "username"),
            ("SET", "updated_at"),
        ];
        context.output.line(rows(list, columns));
    }
    context.output.json(&answer);
    Ok(Status::OK)
}

async fn set(args: &SetArgs, context: &Context) -> Result<Status> {
    let (output, name) = (&context.output, args.which.name(context)?);
    let remote = args.server.open(context)?;
    let secret = if output.can_ask() {
        secret::asked(&format!("Secret for {} of {name}:", args.target))?
    } else {
        secret::piped(&format!("pak remote credential set {}", args.target))?
    };
    let mut body = json!({ "target": args.target, "environment": args.environment });
    match &args.username {
        Some(user) => {
            body["username"] = json!(user);
            body["password"] = json!(secret.expose());
        }
        None => body["token"] = json!(secret.expose()),
    }
    let answer = remote.send(Method::PUT, &["projects", &name, "credentials"], Some(&body)).await?;
    output.line(format!(
        "{} {} has the credential of {}; nobody can read it back",
        output.mark(Mark::Ok),
        name,
        args.target
    ));
    output.json(&answer);
    Ok(Status::OK)
}

async fn remove(args: &RemoveArgs, context: &Context) -> Result<Status> {
    let (output, name) = (&context.output, args.which.name(context)?);
    let remote = args.server.open(context)?;
    let answer = remote.get(&["projects", &name, "credentials"], &[]).await?;
    let list = answer.get("credentials").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_meant = |row: &&Value| {
        let environment = args.environment.as_ref();
        word(row, "target") == args.target && environment.is_none_or(|wanted| *wanted == word(row, "environment"))
    };
    let ids: Vec<String> = list.iter().filter(is_meant).map(|row| word(row, "id")).collect();
    if ids.is_empty() {
        return Err(Problem::new(
            code::server::NOT_FOUND,
            format!("{name} has no such credential of {}.", args.target),
        ));
    }
    for id in &ids {
        remote.send(Method::DELETE, &["projects", &name, "credentials", id], None).await?;
    }
    output.line(format!("{} Removed {} of {}", output.mark(Mark::Ok), count(ids.len(), "credential"), args.target));
    output.json(&json!({ "project": name, "removed": ids.len() }));
    Ok(Status::OK)
}
