//! `pak remote project`.

use clap::Subcommand;
use pak_model::Result;
use pak_platforms::http::Method;
use serde_json::{Value, json};

use super::answer::{rows, time, word};
use super::server::Server;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, strong};

/// The projects of a server.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak remote project list\n  pak remote project create my-package --description \"Greets.\""
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(ListArgs),
    Show(ShowArgs),
    Create(CreateArgs),
}

/// List your projects, newest first.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:\n  pak remote project list\n  pak remote project list --all --json")]
struct ListArgs {
    /// Every project of the server; for administrators.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    server: Server,
}

/// Show a project: where its source is, and its latest deployments.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak remote project show my-package")]
struct ShowArgs {
    /// The project's name on the server.
    name: String,
    #[command(flatten)]
    server: Server,
}

/// Make a project; you own it. Its source is uploaded (`pak remote push`), or taken from a git repository.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak remote project create my-package\n  pak remote project create my-package --git \
                  https://git.example.org/team/my-package.git --ref main"
)]
struct CreateArgs {
    /// Its name: letters, digits, `.`, `_`, `-`.
    name: String,
    /// What it is.
    #[arg(long, default_value = "", hide_default_value = true)]
    description: String,
    /// Take its source from this git repository: an https address without a user name.
    #[arg(long, value_name = "URL", conflicts_with = "directory")]
    git: Option<String>,
    /// The branch, tag or commit of the repository. Default: its default branch.
    #[arg(long = "ref", value_name = "REF", requires = "git")]
    reference: Option<String>,
    /// Take its source from this directory below the server's projects root.
    #[arg(long, value_name = "PATH")]
    directory: Option<String>,
    #[command(flatten)]
    server: Server,
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    context.block_on(async {
        match args.verb.unwrap_or_else(|| Verb::List(ListArgs::default())) {
            Verb::List(args) => {
                let remote = args.server.open(context)?;
                let query: &[_] = if args.all { &[("all", "true")] } else { &[] };
                let list = remote.all(&["projects"], query, "projects", usize::MAX).await?;
                if list.is_empty() {
                    output.line("No projects yet. `pak remote project create <name>` makes one.");
                } else {
                    let columns = [
                        ("NAME", "name"),
                        ("STATUS", "status"),
                        ("MADE", "created_at"),
                        ("DESCRIPTION", "description"),
                    ];
                    output.line(rows(&list, columns));
                }
                output.json(&json!({ "projects": list }));
            }
            Verb::Show(args) => {
                let answer = args.server.open(context)?.get(&["projects", &args.name], &[]).await?;
                show(answer.get("project").unwrap_or(&Value::Null), context);
                output.json(&answer);
            }
            Verb::Create(args) => {
                let source = match (&args.git, &args.directory) {
                    (Some(url), _) => json!({ "kind": "git", "url": url, "ref": args.reference }),
                    (None, Some(path)) => json!({ "kind": "directory", "path": path }),
                    (None, None) => json!({ "kind": "archive" }),
                };
                let body = json!({ "name": args.name, "description": args.description, "source": source });
                let answer = args.server.open(context)?.send(Method::POST, &["projects"], Some(&body)).await?;
                output.line(format!("{} Made the project {}", output.mark(Mark::Ok), args.name));
                if args.git.is_none() && args.directory.is_none() {
                    output.line(format!("`pak remote push --name {}` uploads its source.", args.name));
                }
                output.json(&answer);
            }
        }
        Ok(Status::OK)
    })
}

fn show(project: &Value, context: &Context) {
    let output = &context.output;
    output.line(format!("{} ({})", strong(&word(project, "name")), word(project, "status")));
    let description = word(project, "description");
    if !description.is_empty() {
        output.line(description);
    }
    let source = project.get("source").unwrap_or(&Value::Null);
    let place = [word(source, "url"), word(source, "path"), word(source, "ref")].concat();
    output.line(format!("Source: {} {place}", word(source, "kind")).trim_end());
    output.line(format!("Your role: {}; made {}", word(project, "role"), time(project, "created_at")));
    let deployments = project.get("deployments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if !deployments.is_empty() {
        let columns = [
            ("DEPLOYMENT", "id"),
            ("ENVIRONMENT", "environment"),
            ("VERSION", "version"),
            ("STATUS", "status"),
            ("ASKED FOR", "created_at"),
        ];
        output.line(rows(deployments, columns));
    }
}
