//! `pak detect`: DETECT, shown.

use camino::Utf8PathBuf;
use pak_model::Result;
use serde_json::json;

use super::session::{self, Place};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{count, faint};
use crate::output::table;

/// Show the packages that are found here, and those that are not published, with the reason.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak detect\n  pak detect ~/work/greeter --json")]
pub(crate) struct Args {
    /// The project's folder. Default: this one.
    path: Option<Utf8PathBuf>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let project = session::project(&Place { project: args.path.clone(), environment: None }, context)?;
    let output = &context.output;
    let rows = project.packages.iter().map(|package| {
        [
            package.id.clone(),
            package.ecosystem.to_string(),
            package.name.clone(),
            package.version.clone().unwrap_or_else(|| "set by the build".to_owned()),
            package.manifest.clone(),
            package.withheld.as_ref().map(|reason| format!("not published: {reason}")).unwrap_or_default(),
        ]
    });
    output.line(table::render(["PACKAGE", "ECOSYSTEM", "NAME", "VERSION", "MANIFEST", ""], rows));
    output.line(faint(&format!("{} in {}", count(project.packages.len(), "package"), project.root)));
    output.json(&json!({ "project": project.name, "root": project.root, "packages": project.packages }));
    Ok(Status::OK)
}
