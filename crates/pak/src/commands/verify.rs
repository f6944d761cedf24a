//! `pak verify`: of files their signatures; of a run what it published.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};

use super::deploy;
use super::security::verify_signature::{Trust, check};
use super::session::Place;
use crate::context::Context;
use crate::exit::Status;

/// Verify what a run published, by reading it back from the registries; or files, by their signatures.
///
/// Without a file it is `pak deploy verify`, and nothing is changed. With files it is `pak security verify`: a file without a
/// signature by a key or identity you name is not verified (exit code 3).
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak verify\n  pak verify 0193a1 --json\n  pak verify app.tgz --key release.pub")]
pub(crate) struct Args {
    /// Files, or a run's id or the beginning of it. Default: the latest run.
    #[arg(value_name = "FILE|RUN")]
    what: Vec<String>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    trust: Trust,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let is_file = |what: &&String| context.path(Some(Utf8Path::new(what))).is_file();
    let is_run = |what: &str| what.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    match args.what.as_slice() {
        [] => deploy::verify::read_back(None, &args.place, context),
        [run] if is_run(run) && !is_file(&run) => deploy::verify::read_back(Some(run), &args.place, context),
        files => {
            if let Some(missing) = files.iter().find(|file| !is_file(file)) {
                return Err(Problem::new(code::config::FILE_UNREADABLE, format!("There is no file {missing}."))
                    .about("file", missing)
                    .next("Name files on this machine, or the run to read back."));
            }
            check(&files.iter().map(Utf8PathBuf::from).collect::<Vec<_>>(), &args.trust, context)
        }
    }
}
