//! `pak platform remove`.

use pak_model::{Problem, Result, code};
use pak_project::config::{self, PROJECT_FILE};
use serde_json::json;

use crate::commands::session::{self, Place};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;

/// Remove a target from an environment of pak.toml. Nothing that is published is touched.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak platform remove npm\n  pak platform remove mirror --environment staging")]
pub(crate) struct Args {
    /// The target's name.
    name: String,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let environment = session::named_environment(&args.place, context)?;
    let file = session::root(&args.place, context).join(PROJECT_FILE);
    if !config::unset(&file, &session::target_key(&environment, &args.name, None))? {
        return Err(Problem::new(
            code::config::TARGET_UNKNOWN,
            format!("{file} has no target `{}` in environment `{environment}`.", args.name),
        ));
    }
    let output = &context.output;
    output.line(format!("{} Removed {} from environment {environment} in {file}", output.mark(Mark::Ok), args.name));
    output.json(&json!({ "target": args.name, "environment": environment, "file": file }));
    Ok(Status::OK)
}
