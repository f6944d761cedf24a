//! `pak sandbox clear`.

use camino::Utf8PathBuf;
use pak_model::{Problem, Result, code};
use pak_sandbox::occupancy;
use serde_json::json;

use crate::context::Context;
use crate::exit::Status;

/// Forget everything that was released to the embedded registries, so that a version can be rehearsed again with other content.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak sandbox clear")]
pub(crate) struct Args {
    /// The folder of what the registries hold. Default: `sandbox` in the data folder.
    #[arg(long)]
    data: Option<Utf8PathBuf>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let data = match &args.data {
        Some(data) => context.path(Some(data)),
        None => context.configured()?.data_folder()?.join("sandbox"),
    };
    if let Some(running) = occupancy::running(&data) {
        let message = format!("The sandbox of {data} is being served at {}.", running.base);
        return Err(Problem::new(code::sandbox::IN_USE, message).about("file", &data));
    }
    let held = data.join("token").is_file();
    if !held && data.exists() {
        let message = format!("{data} was not made by the sandbox, so it is left alone.");
        return Err(Problem::new(code::sandbox::DATA_UNUSABLE, message).about("file", &data));
    }
    if held {
        std::fs::remove_dir_all(&data).map_err(|error| {
            Problem::new(code::sandbox::DATA_UNUSABLE, format!("{data} cannot be emptied."))
                .about("file", &data)
                .cause(&error)
        })?;
    }
    context.output.line(if held {
        "The embedded registries are empty."
    } else {
        "The embedded registries were empty."
    });
    context.output.json_line(&json!({ "data": data, "cleared": held }));
    Ok(Status::OK)
}
