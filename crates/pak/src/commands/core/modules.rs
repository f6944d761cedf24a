//! `pak core modules`: programs that add commands.

use camino::Utf8PathBuf;
use pak_model::Result;
use pak_model::env::Env;
use serde::Serialize;
use serde_json::json;

use crate::context::Context;
use crate::exit::Status;
use crate::{os, output::table};

/// List external commands: programs named `pak-<name>` on the search path, run as `pak <name>`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak core modules")]
pub(crate) struct Args {}

/// A program that adds a command.
#[derive(Serialize)]
pub(crate) struct Module {
    pub(crate) name: String,
    program: Utf8PathBuf,
}

pub(crate) fn run(_: &Args, context: &Context) -> Result<Status> {
    let modules = find(&context.env);
    if modules.is_empty() {
        context.output.line("No modules: there is no program named `pak-<name>` on the search path.");
    } else {
        let rows = modules.iter().map(|module| [format!("pak {}", module.name), module.program.to_string()]);
        context.output.line(table::render(["COMMAND", "PROGRAM"], rows));
    }
    context.output.json(&json!({ "modules": modules }));
    Ok(Status::OK)
}

/// Every module, by name; the first on the path wins, as it does when it is run.
pub(crate) fn find(env: &Env) -> Vec<Module> {
    let mut modules: Vec<Module> = Vec::new();
    for folder in os::search_path(env) {
        let Ok(entries) = folder.read_dir_utf8() else { continue };
        for entry in entries.flatten() {
            let Some(name) = os::program_name(entry.file_name()).strip_prefix("pak-") else { continue };
            if os::is_program(entry.path()) && modules.iter().all(|module| module.name != name) {
                modules.push(Module { name: name.to_owned(), program: entry.path().to_owned() });
            }
        }
    }
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    modules
}
