//! `pak core doctor`: everything that may be in the way, with what to do about it.

use pak_model::Result;
use serde::Serialize;
use serde_json::json;

use super::checks;
use crate::context::Context;
use crate::exit::Status;
use crate::os;
use crate::output::human::{Mark, strong};

/// Look at everything that may be in the way: the checks of `health`, the build tools, the variables that change behaviour.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak core doctor\n  pak core doctor --json")]
pub(crate) struct Args {}

/// Programs that builds or rehearsals use, and for what. Publishing needs none of them.
const TOOLS: &[(&str, &str)] = &[
    ("git", "times of commits, for reproducible archives"),
    ("python3", "building wheels and source distributions"),
    ("cargo", "building crates, installing them in a rehearsal"),
    ("npm", "installing packages in a rehearsal"),
    ("pip", "installing packages in a rehearsal"),
    ("skopeo", "pulling images in a rehearsal"),
];

/// Variables that change what pak does and are easily forgotten.
const VARIABLES: &[&str] =
    &["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "NO_COLOR", "CI", "SOURCE_DATE_EPOCH", "PAK_FAULT_POINT"];

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    used_for: &'static str,
    program: Option<camino::Utf8PathBuf>,
}

pub(crate) fn run(_: &Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    let checked = checks::run(context);
    let tools: Vec<Tool> = TOOLS
        .iter()
        .map(|(name, used_for)| Tool { name, used_for, program: os::find_program(&context.env, name) })
        .collect();
    // Names only: a proxy's URL may hold a password.
    let set: Vec<&str> = VARIABLES
        .iter()
        .copied()
        .filter(|name| context.env.get(name).is_some())
        .chain(context.env.with_prefix("PAK_").map(|(name, _)| name).filter(|name| !VARIABLES.contains(name)))
        .collect();
    if output.is_json() {
        let status = checks::status(&checked);
        output.json(&json!({ "checks": checked, "tools": tools, "variables": set }));
        return Ok(status);
    }
    output.line(strong("Tools that builds and rehearsals use"));
    for tool in &tools {
        match &tool.program {
            Some(program) => output.line(format!("{} {}: {program}", output.mark(Mark::Ok), tool.name)),
            None => {
                output.line(format!("{} {}: not found ({})", output.mark(Mark::Skipped), tool.name, tool.used_for));
            }
        }
    }
    output.line(strong("Variables that are set"));
    output.line(if set.is_empty() { "none".to_owned() } else { set.join(", ") });
    output.line(strong("Checks"));
    Ok(checks::show(&checked, context, true))
}
