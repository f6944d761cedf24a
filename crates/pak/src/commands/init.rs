//! `pak init`: writes a `pak.toml` for what is here.

use camino::Utf8PathBuf;
use pak_model::{Problem, Result, code};
use pak_project::config::PROJECT_FILE;
use pak_project::{Config, detect, init};
use serde_json::json;

use super::deploy::start;
use super::session::{self, Place};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, count};

/// Look at the manifests and write a commented pak.toml. On a terminal the name is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak init\n  pak init ~/work/greeter --yes")]
pub(crate) struct Args {
    /// The project's folder. Default: this one.
    path: Option<Utf8PathBuf>,
    /// Do not ask; take what was found.
    #[arg(long, short)]
    yes: bool,
    /// Replace a pak.toml that is there.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    let root = context.path(args.path.as_deref());
    // Without the settings that may be there: they are what is written anew.
    let found = detect(&root, &Config::default())?;
    if found.packages.is_empty() {
        return Err(Problem::new(code::project::NO_PACKAGES, format!("{root} holds nothing that can be published.")));
    }
    let mut name = root.file_name().unwrap_or("project").to_owned();
    if !args.yes && output.can_ask() {
        name = ask_name(&name)?;
        start::ask(&format!("Write {PROJECT_FILE} for {}?", count(found.packages.len(), "package")))?;
    }
    let file = init::create(&root, &init::render(&name, &found), args.force)?;
    // What was written must be readable by every other command.
    let project = session::project(&Place { project: Some(root), environment: None }, context)?;
    output.line(format!("{} Wrote {file}: {}", output.mark(Mark::Ok), count(project.packages.len(), "package")));
    output.line("Next: `pak plan` shows what a deployment would do, `pak rehearse` tries it on this machine.");
    output.json(&json!({ "file": file, "project": name, "packages": project.packages }));
    Ok(Status::OK)
}

fn ask_name(found: &str) -> Result<String> {
    inquire::Text::new("Project's name:").with_default(found).prompt().map_err(|error| {
        Problem::new(code::deploy::NOT_CONFIRMED_BY_USER, "There was no answer; nothing was written.").cause(&error)
    })
}
