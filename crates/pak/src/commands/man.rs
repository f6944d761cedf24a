//! `pak man`: manual pages.

use camino::Utf8PathBuf;
use pak_model::{Problem, Result, code};
use serde_json::json;

use crate::cli;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::count;

/// Write the manual pages, one per command, into a folder.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak man ~/.local/share/man/man1")]
pub(crate) struct Args {
    /// The folder; made if it is not there.
    folder: Utf8PathBuf,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let folder = context.path(Some(&args.folder));
    let unwritable = |error: std::io::Error| {
        Problem::new(code::config::FILE_UNWRITABLE, format!("{folder} cannot be written to."))
            .about("folder", &folder)
            .cause(&error)
    };
    std::fs::create_dir_all(&folder).map_err(unwritable)?;
    clap_mangen::generate_to(cli::command(), &folder).map_err(unwritable)?;
    let mut pages: Vec<String> = folder
        .read_dir_utf8()
        .map_err(unwritable)?
        .flatten()
        .map(|entry| entry.file_name().to_owned())
        .filter(|name| name.starts_with("pak") && name.ends_with(".1"))
        .collect();
    pages.sort();
    context.output.line(format!("Wrote {} to {folder}", count(pages.len(), "page")));
    context.output.json(&json!({ "folder": folder, "pages": pages }));
    Ok(Status::OK)
}
