//! `pak remote package`.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Subcommand;
use pak_model::{Problem, Result, code};
use serde_json::{Value, json};

use super::answer::{rows, word};
use super::push::Which;
use super::server::Server;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, bytes};

/// What the server built: list it, download it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak remote package list\n  pak remote package download deploy_12 --to downloads")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(ListArgs),
    Download(DownloadArgs),
}

/// List a project's packages, newest first.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:\n  pak remote package list\n  pak remote package list --name my-package --json")]
struct ListArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    server: Server,
}

/// Download the packages of a deployment; each must hash to what the server says.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak remote package download deploy_12 --to downloads")]
struct DownloadArgs {
    /// The deployment they were built for.
    deployment: String,
    /// The folder they are put in. Default: this one.
    #[arg(long, value_name = "PATH")]
    to: Option<Utf8PathBuf>,
    #[command(flatten)]
    server: Server,
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    context.block_on(async {
        match args.verb.unwrap_or_else(|| Verb::List(ListArgs::default())) {
            Verb::List(args) => list(&args, context).await,
            Verb::Download(args) => download(&args, context).await,
        }
    })
}

async fn list(args: &ListArgs, context: &Context) -> Result<Status> {
    let name = args.which.name(context)?;
    let remote = args.server.open(context)?;
    let list = remote.all(&["projects", &name, "packages"], &[], "packages", usize::MAX).await?;
    if list.is_empty() {
        context.output.line(format!("Nothing was built of {name} yet."));
    } else {
        let columns = [
            ("FILE", "file"),
            ("PACKAGE", "name"),
            ("VERSION", "version"),
            ("BYTES", "size"),
            ("DEPLOYMENT", "deployment"),
            ("BUILT", "created_at"),
        ];
        context.output.line(rows(&list, columns));
    }
    context.output.json(&json!({ "project": name, "packages": list }));
    Ok(Status::OK)
}

async fn download(args: &DownloadArgs, context: &Context) -> Result<Status> {
    let (output, remote) = (&context.output, args.server.open(context)?);
    let answer = remote.get(&["deployments", &args.deployment, "packages"], &[]).await?;
    let folder = context.path(args.to.as_deref());
    std::fs::create_dir_all(&folder).map_err(|error| {
        Problem::new(code::config::FILE_UNWRITABLE, format!("{folder} cannot be made."))
            .about("folder", &folder)
            .cause(&error)
    })?;
    let mut files = Vec::new();
    for package in answer.get("packages").and_then(Value::as_array).into_iter().flatten() {
        let name = word(package, "file");
        // A name from elsewhere must be a name, and lead nowhere.
        if Utf8Path::new(&name).file_name() != Some(&name) || name.contains('\\') {
            return Err(Problem::new(code::http::UNEXPECTED, format!("The server names a file `{name}`.")));
        }
        let to = folder.join(&name);
        let size = remote.download(&word(package, "path"), &to, &word(package, "sha256")).await?;
        output.line(format!("{} {to} ({})", output.mark(Mark::Ok), bytes(size)));
        files.push(json!({ "file": to, "size": size, "sha256": word(package, "sha256") }));
    }
    if files.is_empty() {
        output.line(format!("Nothing was built for {}.", args.deployment));
    }
    output.json(&json!({ "files": files }));
    Ok(Status::OK)
}
