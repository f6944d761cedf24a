//! `pak scan`: every scanner over a folder, a file, an artifact, an image or a bill of materials.

use camino::Utf8PathBuf;
use pak_model::Result;
use pak_security::advisories;
use pak_security::policy::Policy;
use pak_security::scan::Scan;

use super::security::output::{ReportOutput, settings, today};
use super::session::Place;
use crate::context::Context;
use crate::exit::Status;

/// Scan for secrets, vulnerable and malicious components, licences that do not fit, and what an artifact should not hold.
///
/// A folder is walked for every known manifest and lock file; archives are unpacked, also within archives. The policy of
/// `[security]` in pak.toml decides what stops a release: the exit code is 3 then, and the report is written all the same.
/// Nothing is sent anywhere; advisories come from the database that `pak security database import` fills.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak scan\n  pak scan dist/greeter-1.0.0.tgz\n  pak scan . --format sarif --output scan.sarif\n  pak scan image.tar --json"
)]
pub(crate) struct Args {
    /// What to scan: a folder, a file, a package, an image (OCI layout or archive), a bill of materials. Default: the project.
    path: Option<Utf8PathBuf>,
    #[command(flatten)]
    report: ReportOutput,
    /// The folder of the advisory database. Default: pak's own.
    #[arg(long, value_name = "FOLDER")]
    database: Option<Utf8PathBuf>,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let config = settings(&args.place, context)?;
    let root = super::session::root(&args.place, context);
    let policy = Policy::new(&config, today())?.with_documents(&root, &config)?;
    let database = match &args.database {
        Some(folder) => context.path(Some(folder)),
        None => context.data_folder()?.join(advisories::FOLDER),
    };
    let path = match &args.path {
        Some(path) => context.path(Some(path)),
        None => root,
    };
    let name = args.path.as_ref().map_or(".", |path| path.as_str());
    let report = Scan::new(&config, &database)?.path(&path, name)?;
    args.report.finish(report, &policy, context)
}
