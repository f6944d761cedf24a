//! `pak security artifact`: what a package holds that should not be published, and what is new in it.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Digests, Problem, Result, code};
use pak_security::artifact::{SourceFiles, Subject, inspect};
use pak_security::policy::Policy;
use pak_security::report::{Report, Target, TargetKind};
use pak_security::scan::ecosystem_of;
use pak_security::tree::{Selection, files};

use super::output::{ReportOutput, settings, today};
use crate::commands::session::{self, Place};
use crate::context::Context;
use crate::exit::Status;

/// Look into a package before it is published: scripts that run at install, keys, leftovers, programs, hidden code.
///
/// With the last published version, what is new weighs more; with the source it was built from, what differs is told. Nothing
/// is sent anywhere.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak security artifact dist/greeter-1.0.1.tgz\n  pak security artifact dist/greeter-1.0.1.tgz --previous greeter-1.0.0.tgz\n  pak security artifact dist/greeter-1.0.1.tar.gz --source . --json"
)]
pub(crate) struct Args {
    /// The package: .tgz, .whl, .tar.gz, .crate, .jar, .gem, .nupkg, .deb, .rpm or any other archive.
    file: Utf8PathBuf,
    /// The last published version of the same package.
    #[arg(long, value_name = "FILE")]
    previous: Option<Utf8PathBuf>,
    /// The folder it was built from; what `.gitignore` leaves out counts as not in it.
    #[arg(long, value_name = "FOLDER")]
    source: Option<Utf8PathBuf>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    report: ReportOutput,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let config = settings(&args.place, context)?;
    let policy = Policy::new(&config, today())?.with_documents(&session::root(&args.place, context), &config)?;
    let bytes = read(&context.path(Some(&args.file)))?;
    let name = args.file.file_name().unwrap_or(args.file.as_str());
    let sources = args.source.as_ref().map(|folder| sources(&context.path(Some(folder))));
    let subject = Subject { sources: sources.as_ref(), ..Subject::new(name, &bytes, ecosystem_of(name)) };
    let previous = match &args.previous {
        Some(file) => Some((file.file_name().unwrap_or(file.as_str()), read(&context.path(Some(file)))?)),
        None => None,
    };
    let previous = previous.as_ref().map(|(name, bytes)| Subject::new(name, bytes, ecosystem_of(name)));
    let mut report = Report::new(Target {
        kind: TargetKind::Artifact,
        name: args.file.to_string(),
        version: None,
        sha256: Digests::of(&bytes).sha256,
    });
    (report.findings, report.notices) = inspect(&subject, previous.as_ref());
    report.sort();
    args.report.finish(report, &policy, context)
}

fn read(path: &Utf8Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        Problem::new(code::config::FILE_UNREADABLE, format!("{path} cannot be read.")).about("file", path).cause(&error)
    })
}

fn sources(folder: &Utf8Path) -> SourceFiles {
    let (found, _) = files(folder, &Selection { respect_ignore_files: true, ..Selection::default() });
    let paths: Vec<String> = found.into_iter().map(|file| file.relative).collect();
    SourceFiles::read(folder, &paths)
}
