//! `pak security licences`: whether the licences of the components go with the project's, and the notices that come along.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};
use pak_security::licences::{self, declared, notices};
use pak_security::policy::Policy;
use pak_security::report::TargetKind;

use super::output::{ReportOutput, settings, today};
use super::sbom::{Seen, look};
use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;

/// Look whether the licences of all components go with the project's.
///
/// The answers follow from pak's rules and `[security.licences]`; they are not legal advice.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak security licences\n  pak security licences --notices THIRD-PARTY-NOTICES.txt\n  pak security licences dist/app-1.0.0.tgz --format json"
)]
pub(crate) struct Args {
    /// A folder or an artifact. Default: this folder.
    path: Option<Utf8PathBuf>,
    /// Also write the notices of everything that is given on with the project to a file.
    #[arg(long, value_name = "FILE")]
    notices: Option<Utf8PathBuf>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    output: ReportOutput,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let Seen { mut report, installed } = look(args.path.as_deref(), context)?;
    let config = settings(&args.place, context)?;
    let path = context.path(args.path.as_deref());
    let root = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(Utf8Path::new(".")) };
    let project = declared::project(root);
    report.findings = licences::findings(project.as_deref(), &report.components, &config.licences);
    report.findings.extend(licences::disagreements(&installed));
    if report.target.kind == TargetKind::Artifact {
        report.findings.extend(licences::missing_text(&report.target.name, &installed));
    }
    report.notices.extend(licences::unknown(&report.components));
    report.sort();
    if let Some(file) = &args.notices {
        let file = context.path(Some(file));
        let name = root.file_name().unwrap_or("this project");
        let mut text = Vec::new();
        let written = notices::write(name, &report.components, &installed, &mut text);
        written.and_then(|()| std::fs::write(&file, text)).map_err(|error| {
            Problem::new(code::config::FILE_UNWRITABLE, format!("{file} cannot be written."))
                .about("file", &file)
                .cause(&error)
        })?;
    }
    args.output.finish(report, &Policy::new(&config, today())?, context)
}
