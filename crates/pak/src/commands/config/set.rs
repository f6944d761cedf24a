//! `pak config set`.

use pak_model::Result;
use pak_project::config::{self, PROJECT_FILE, USER_FILE};
use serde_json::json;

use crate::commands::session::{self, Place};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;

/// Set a key in pak.toml, or remove it. The rest of the file stays as it is; nothing is written unless the result is valid.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak config set project.environment staging\n  pak config set environments.production.docker.tags \
                  latest,stable\n  pak config set environments.production.npm.tag --unset"
)]
pub(crate) struct Args {
    /// The dotted key.
    key: String,
    /// The value; lists are separated by commas.
    #[arg(required_unless_present = "unset", conflicts_with = "unset")]
    value: Option<String>,
    /// Remove the key.
    #[arg(long)]
    unset: bool,
    /// Change the user's own settings instead of the project's.
    #[arg(long)]
    user: bool,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let file = if args.user {
        context.config_folder()?.join(USER_FILE)
    } else {
        session::root(&args.place, context).join(PROJECT_FILE)
    };
    let changed = match &args.value {
        Some(value) => config::set(&file, &args.key, value).map(|()| true)?,
        None => config::unset(&file, &args.key)?,
    };
    let output = &context.output;
    output.line(match (&args.value, changed) {
        (Some(_), _) => format!("{} Set {} in {file}", output.mark(Mark::Ok), args.key),
        (None, true) => format!("{} Removed {} from {file}", output.mark(Mark::Ok), args.key),
        (None, false) => format!("{} is not in {file}", args.key),
    });
    output.json(&json!({ "key": args.key, "value": args.value, "file": file, "changed": changed }));
    Ok(Status::OK)
}
