//! `pak security dependencies`: what a folder, file, archive or image consists of, and what is odd about where it comes from.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};
use pak_security::inventory::{self, Options, health};
use pak_security::policy::Policy;
use pak_security::report::{Component, Notice, Report, Target, TargetKind};

use super::output::{ReportOutput, settings, today};
use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;

/// List the components of a folder, file, package, image or bill of materials, and what is odd about them.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak security dependencies\n  pak security dependencies dist/app-1.0-py3-none-any.whl\n  pak security dependencies image.tar --format cyclonedx --output bom.json"
)]
pub(crate) struct Args {
    /// A folder, in which every known lock file and manifest is read, or one file. Default: this folder.
    path: Option<Utf8PathBuf>,
    /// Also what lock files keep apart for work on the project itself (`packages-dev` of Composer, `develop` of Pipenv).
    #[arg(long)]
    development: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    output: ReportOutput,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let path = context.path(args.path.as_deref());
    let config = settings(&args.place, context)?;
    let name = args.path.as_ref().map_or(".", |path| path.as_str()).to_owned();
    let (kind, components, notices) = look(&path, Options { development: args.development })?;
    let mut report = Report::new(Target { kind, name, version: None, sha256: None });
    report.findings = health::findings(&components);
    report.notices = notices;
    report.components = components;
    report.sort();
    args.output.finish(report, &Policy::new(&config, today())?, context)
}

fn look(path: &Utf8Path, options: Options) -> Result<(TargetKind, Vec<Component>, Vec<Notice>)> {
    let unreadable = |error: std::io::Error| {
        Problem::new(code::config::FILE_UNREADABLE, format!("{path} cannot be read.")).about("file", path).cause(&error)
    };
    if path.metadata().map_err(unreadable)?.is_dir() || inventory::is_known(path.as_str()) {
        let (components, notices) = inventory::of_tree_with(path, options);
        return Ok((TargetKind::Tree, components, notices));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let (components, notices) = inventory::of_archive(path.file_name().unwrap_or_default(), &bytes);
    Ok((TargetKind::Artifact, components, notices))
}
