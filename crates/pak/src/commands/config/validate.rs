//! `pak config validate`, `pak core validate`.

use pak_model::Result;
use serde_json::json;

use crate::commands::session::{self, Place};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, count};

/// Check every settings file that counts here, and that its packages and platforms exist.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak config validate\n  pak config validate -C ~/work/greeter --json")]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    let project = session::project(&args.place, context)?;
    let platforms = pak_deploy::platforms::of(&project.loaded)?;
    for targets in project.config.environments.values() {
        for (target, config) in targets {
            platforms.named(config.platform.as_deref().unwrap_or(target))?;
        }
    }
    for name in &project.loaded.unused_variables {
        output.note(&format!("{name} is set, and no target here has that name."));
    }
    let files = &project.loaded.files;
    output.line(format!(
        "{} Settings are valid: {}, {}",
        output.mark(Mark::Ok),
        count(files.len(), "file"),
        count(project.packages.len(), "package")
    ));
    output.json(&json!({ "valid": true, "files": files, "unused_variables": project.loaded.unused_variables }));
    Ok(Status::OK)
}
