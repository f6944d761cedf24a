//! `pak audit`: the audit log of a server, verified here, from an export, or by the server itself.

use std::io::BufRead as _;

use camino::Utf8PathBuf;
use clap::Subcommand;
use pak_model::{Problem, Result, code};
use pak_server::actions::audit;
use pak_server::audit::export;
use pak_server::audit::verify::Verdict;
use serde_json::json;

use super::remote::server::Server;
use super::serve::Place;
use super::server;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;

/// Look after a server's audit log.
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:\n  pak audit verify\n  pak audit verify pak-audit.jsonl --key 5f3a…"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Verify(VerifyArgs),
}

/// Verify an audit log: finds entries that were changed, removed, moved or cut off.
///
/// Without a file, the log of the server on this machine; with `--server`, that server verifies its own.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak audit verify\n  pak audit verify pak-audit.jsonl\n  pak audit verify --server https://pak.example.org"
)]
struct VerifyArgs {
    /// A log that a server exported (`/audit/export`), verified without it.
    #[arg(conflicts_with = "server")]
    file: Option<Utf8PathBuf>,
    /// The public key that must have signed the file, known from elsewhere. Default: the file's own is believed.
    #[arg(long, value_name = "HEX", requires = "file")]
    key: Option<String>,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    let Verb::Verify(args) = args.verb;
    let output = &context.output;
    context.block_on(async {
        let verdict = verdict(&args, context).await?;
        output.json(&json!({ "verdict": verdict }));
        if verdict.intact {
            let (mark, entries, heads) = (output.mark(Mark::Ok), verdict.entries, verdict.heads);
            output.line(format!("{mark} Nothing was changed: {entries} entries, {heads} signed heads"));
            output.line(format!("Kept elsewhere, this shows it later, too: {}", verdict.last_hash));
            return Ok(Status::OK);
        }
        if output.is_json() {
            return Ok(Status::from(code::access::AUDIT_BROKEN.exit));
        }
        let mut problem = Problem::new(code::access::AUDIT_BROKEN, "The log is not what was written.");
        for found in &verdict.breaks {
            problem = problem.said(format!("entry {}: {}", found.entry, found.what));
        }
        Err(problem)
    })
}

async fn verdict(args: &VerifyArgs, context: &Context) -> Result<Verdict> {
    if let Some(file) = &args.file {
        let path = context.path(Some(file));
        let opened = std::fs::File::open(&path).map_err(|error| {
            Problem::new(code::config::FILE_UNREADABLE, format!("{path} cannot be read."))
                .about("file", &path)
                .cause(&error)
        })?;
        return export::verify(std::io::BufReader::new(opened).lines(), args.key.as_deref());
    }
    if args.server.server.is_some() {
        let answer = args.server.open(context)?.get(&["audit", "verify"], &[]).await?;
        return serde_json::from_value(answer).map_err(|error| {
            Problem::new(code::http::UNEXPECTED, "The server's verdict cannot be read.").cause(&error)
        });
    }
    audit::verify(&server::open(&args.place, context).await?).await
}
