//! `pak security sbom`: what a project, an artifact or a bill of materials consists of, as a bill of materials.

use camino::{Utf8Path, Utf8PathBuf};
use clap::ValueEnum;
use pak_model::digest::Digests;
use pak_model::{Problem, Result, code};
use pak_security::licences::declared;
use pak_security::policy::Policy;
use pak_security::report::{Component, Notice, Report, Target, TargetKind};
use pak_security::{archive, inventory};

use super::output::{Format, ReportOutput, settings, today};
use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;

/// Write what something consists of as a bill of materials.
///
/// Licences come from the packages that lie unpacked beside the lock files.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak security sbom --output sbom.cdx.json\n  pak security sbom dist/app-1.0.0.whl --format spdx\n  pak security sbom sbom.cdx.json --format spdx --output sbom.spdx.json"
)]
pub(crate) struct Args {
    /// A folder, an artifact or a bill of materials. Default: this folder.
    path: Option<Utf8PathBuf>,
    /// The standard.
    #[arg(long, value_enum, default_value_t = Standard::Cyclonedx)]
    format: Standard,
    /// The file to write. Default: standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<Utf8PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// The standards of bills of materials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Standard {
    /// CycloneDX 1.6.
    Cyclonedx,
    /// SPDX 2.3.
    Spdx,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let report = look(args.path.as_deref(), context)?.report;
    let format = match args.format {
        Standard::Cyclonedx => Format::Cyclonedx,
        Standard::Spdx => Format::Spdx,
    };
    let output = ReportOutput { format: Some(format), output: args.output.clone(), ..ReportOutput::default() };
    output.finish(report, &Policy::new(&settings(&args.place, context)?, today())?, context)
}

/// What was seen: the components with their licences, and the packages that say so.
pub(super) struct Seen {
    pub(super) report: Report,
    pub(super) installed: Vec<declared::Installed>,
}

/// Takes stock of a folder or a file.
pub(super) fn look(given: Option<&Utf8Path>, context: &Context) -> Result<Seen> {
    let path = context.path(given);
    let unreadable = |why: String| Problem::new(code::config::FILE_UNREADABLE, why).about("file", &path);
    let mut target = Target {
        kind: TargetKind::Tree,
        name: given.map_or(".", Utf8Path::as_str).to_owned(),
        version: None,
        sha256: None,
    };
    let (mut components, mut notices): (Vec<Component>, Vec<Notice>);
    let (installed, more);
    if path.is_file() {
        let name = path.file_name().unwrap_or_default();
        let bytes =
            std::fs::read(&path).map_err(|error| unreadable(format!("{path} cannot be read.")).cause(&error))?;
        target.sha256 = Digests::of(&bytes).sha256;
        if archive::format_of(name, &bytes).is_some() {
            target.kind = TargetKind::Artifact;
            (components, notices) = inventory::of_archive(name, &bytes);
            (installed, more) = declared::of_archive(name, &bytes);
        } else {
            let text = String::from_utf8_lossy(&bytes);
            if ["\"bomFormat\"", "\"spdxVersion\"", "SPDXVersion:"].iter().any(|mark| text.contains(mark)) {
                target.kind = TargetKind::Sbom;
            }
            (components, notices) = inventory::of_tree(&path);
            (installed, more) = (Vec::new(), Vec::new());
        }
    } else if path.is_dir() {
        (components, notices) = inventory::of_tree(&path);
        (installed, more) = declared::of_tree(&path);
    } else {
        return Err(unreadable(format!("There is nothing at {path}.")));
    }
    notices.extend(more);
    notices.dedup();
    declared::attach(&mut components, &installed);
    let mut report = Report::new(target);
    (report.components, report.notices) = (components, notices);
    report.sort();
    Ok(Seen { report, installed })
}
