//! `pak deploy cancel`.

use pak_deploy::journal::RunLock;
use pak_model::{Problem, Result, code};
use serde_json::json;

use super::Which;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;

/// Ask the run that is at work in another process to stop. Uploads on their way are heard out; `resume` continues later.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak deploy cancel\n  pak deploy cancel --environment staging")]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    context.block_on(async {
        let (session, folder) = super::past(&args.which, context).await?;
        if RunLock::take(&session.folder()?, "pak deploy cancel").is_ok() {
            return Err(Problem::new(code::deploy::NOT_RUNNING, "No process is at work on a run here.")
                .about("project", &session.project.name)
                .about("environment", &session.environment));
        }
        let file = folder.cancel_request();
        std::fs::write(&file, "").map_err(|error| {
            Problem::new(code::deploy::STATE_UNUSABLE, format!("{file} cannot be written.")).cause(&error)
        })?;
        output.line(format!("{} Asked run {} to stop", output.mark(Mark::Working), folder.id));
        output.line("`pak deploy watch` shows when it has.");
        output.json(&json!({ "run": folder.id, "asked": true }));
        Ok(Status::OK)
    })
}
