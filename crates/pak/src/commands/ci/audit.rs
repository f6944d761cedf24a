//! `pak ci audit`.

use camino::Utf8PathBuf;
use pak_model::{Problem, Result, code};
use pak_security::pipelines::audit;
use pak_security::policy::Policy;
use pak_security::report::{Report, Target, TargetKind};

use crate::commands::security::output::{ReportOutput, settings, today};
use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;

/// Find what in the project's pipelines would let others publish: movable actions, pasted text, tokens that are kept.
///
/// Reads the workflows of GitHub, Forgejo and Gitea, and the pipelines of GitLab, Jenkins, CircleCI, Azure and Woodpecker.
/// Each finding says why, which attack it would have stopped, and what to write instead.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak ci audit\n  pak ci audit .github/workflows/release.yml --format json\n  pak ci audit ../other --json"
)]
pub(crate) struct Args {
    /// A repository, a folder or one pipeline. Default: this folder.
    path: Option<Utf8PathBuf>,
    #[command(flatten)]
    report: ReportOutput,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let path = context.path(args.path.as_deref());
    if !path.exists() {
        return Err(Problem::new(code::config::USAGE, format!("There is no {path}.")).about("file", &path));
    }
    let name = args.path.as_ref().map_or_else(|| ".".to_owned(), ToString::to_string);
    let mut report = Report::new(Target { kind: TargetKind::Tree, name, version: None, sha256: None });
    (report.findings, report.notices) = audit::of_tree(&path);
    report.sort();
    let folder = if path.is_dir() { Some(path) } else { path.parent().map(Utf8PathBuf::from) };
    let place = Place { project: folder.map(|folder| pak_project::find_root(&folder)), environment: None };
    let policy = Policy::new(&settings(&place, context)?, today())?;
    args.report.finish(report, &policy, context)
}
