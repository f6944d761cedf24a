//! `pak server backup` and `pak server restore`.

use camino::Utf8PathBuf;
use pak_model::Result;
use pak_server::operate::{backup, restore};
use serde_json::json;

use crate::commands::serve::Place;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, bytes, count};

/// Write everything a server holds to one file: rows of one moment, files, and the key that opens its secrets.
///
/// The server may run meanwhile. Rows are written as JSON lines, so a backup of SQLite can be restored into PostgreSQL and back.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak server backup pak-2026-01-31.tar.gz\n  pak server backup --without-secrets pak.tar.gz"
)]
pub(crate) struct BackupArgs {
    /// The file, a `.tar.gz`. It must not exist yet; only its owner can read it.
    file: Utf8PathBuf,
    /// Leave the master key out: keep it elsewhere, or the sealed secrets are lost.
    #[arg(long)]
    without_secrets: bool,
    #[command(flatten)]
    place: Place,
}

/// Restore a backup into an empty data folder and an empty database. Anything else is refused.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak server restore pak-2026-01-31.tar.gz --data /var/lib/pak\n  pak server restore pak.tar.gz \
                  --database postgres://pak@db/pak"
)]
pub(crate) struct RestoreArgs {
    /// The file that `pak server backup` wrote.
    file: Utf8PathBuf,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &BackupArgs, context: &Context) -> Result<Status> {
    let (output, file) = (&context.output, context.path(Some(&args.file)));
    context.block_on(async {
        let app = super::open(&args.place, context).await?;
        let written = backup::write(&app, &file, !args.without_secrets).await?;
        let (rows, files) = (written.rows, written.files);
        output.line(format!("{} {file}: {rows} rows, {files} files, {}", output.mark(Mark::Ok), bytes(written.size)));
        if written.with_secrets {
            output.line("It holds the master key: whoever has it can read every stored credential.");
        } else {
            output.line("The master key is not in it: without that key no stored credential opens.");
        }
        output.json(&json!({ "file": file, "backup": written }));
        Ok(Status::OK)
    })
}

pub(crate) fn restore(args: &RestoreArgs, context: &Context) -> Result<Status> {
    let (output, file) = (&context.output, context.path(Some(&args.file)));
    let settings = args.place.settings(context, None, None)?;
    context.block_on(async {
        let restored = restore::restore(&settings, &file).await?;
        let files = count(usize::try_from(restored.files).unwrap_or(usize::MAX), "file");
        let made = restored.manifest.created_at.strftime("%F %R UTC");
        output.line(format!("{} Restored {} rows and {files}, as of {made}", output.mark(Mark::Ok), restored.rows));
        if !restored.manifest.with_secrets {
            let key = &restored.manifest.master_key;
            output
                .line(format!("The backup holds no master key: put key {key} into place before you start the server."));
        }
        output.json(&json!({ "file": file, "restored": restored }));
        Ok(Status::OK)
    })
}
