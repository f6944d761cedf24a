//! `pak security secrets`: credentials in a tree, an artifact or a repository's history.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};
use pak_project::find_root;
use pak_security::policy::Policy;
use pak_security::report::{Finding, Notice, Report, Target, TargetKind};
use pak_security::secrets::baseline::{self, Baseline};
use pak_security::secrets::{self, Options, history};

use super::output::{ReportOutput, settings, today};
use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;

/// Find credentials in the open: tokens, keys, passwords, in files, archives and history.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak security secrets\n  pak security secrets dist/package.tgz\n  \
                        pak security secrets . --history --since 2.weeks\n  \
                        pak security secrets . --format sarif --output secrets.sarif")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) what: What,
    #[command(flatten)]
    output: ReportOutput,
}

/// What is looked at.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct What {
    /// The folder, file or artifact. Default: this folder.
    path: Option<Utf8PathBuf>,
    /// Look at every version in the git history instead of the files that are there.
    #[arg(long)]
    history: bool,
    /// Only versions that commits since then brought in: a date, or `2.weeks`.
    #[arg(long, value_name = "WHEN", requires = "history")]
    since: Option<String>,
    /// The baseline. Default: pak-baseline.json in the project's folder, where there is one.
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<Utf8PathBuf>,
    /// Do not open archives.
    #[arg(long)]
    no_archives: bool,
    /// Do not decode base64 and hex.
    #[arg(long)]
    no_decode: bool,
    /// Leave out what `.gitignore` leaves out.
    #[arg(long)]
    respect_gitignore: bool,
    /// Paths to leave out, as globs; may be given several times.
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let what = &args.what;
    let path = what.root(context)?;
    let policy = Policy::new(&settings(&What::place(&path), context)?, today())?;
    let (mut findings, mut notices) = what.scan(&path)?;
    if let Some(baseline) = what.read_baseline(&path, context)? {
        notices.extend(baseline.apply(&mut findings, today()));
    }
    let name = what.path.as_ref().map_or_else(|| path.to_string(), ToString::to_string);
    let kind = if path.is_dir() { TargetKind::Tree } else { TargetKind::Artifact };
    let mut report = Report::new(Target { kind, name, version: None, sha256: None });
    report.findings = findings;
    report.notices = notices;
    report.sort();
    args.output.finish(report, &policy, context)
}

impl What {
    /// Where it is; a problem where there is nothing.
    pub(super) fn root(&self, context: &Context) -> Result<Utf8PathBuf> {
        let path = context.path(self.path.as_deref());
        if path.exists() {
            return Ok(path);
        }
        Err(Problem::new(code::config::USAGE, format!("There is nothing at {path}.")).about("file", &path))
    }

    /// The project that the settings and the baseline are of.
    fn place(path: &Utf8Path) -> Place {
        Place { project: Some(find_root(folder(path))), environment: None }
    }

    pub(super) fn scan(&self, path: &Utf8Path) -> Result<(Vec<Finding>, Vec<Notice>)> {
        let options = Options {
            archives: !self.no_archives,
            decode: !self.no_decode,
            respect_ignore_files: self.respect_gitignore,
            ..Options::default()
        };
        let options = options.excluding(self.exclude.iter().map(String::as_str)).map_err(|glob| {
            Problem::new(code::security::RULES_INVALID, format!("`{glob}` is no glob.")).about("glob", &glob)
        })?;
        if self.history {
            return history::scan(folder(path), &history::Range { since: self.since.clone() }, &options);
        }
        Ok(secrets::scan_tree(path, &options))
    }

    /// Where the baseline is, or would be.
    pub(super) fn baseline_path(&self, path: &Utf8Path, context: &Context) -> Utf8PathBuf {
        match &self.baseline {
            Some(file) => context.path(Some(file)),
            None => find_root(folder(path)).join(baseline::FILE),
        }
    }

    /// The baseline that was named or is there.
    pub(super) fn read_baseline(&self, path: &Utf8Path, context: &Context) -> Result<Option<Baseline>> {
        let file = self.baseline_path(path, context);
        if self.baseline.is_none() && !file.exists() {
            return Ok(None);
        }
        Baseline::read(&file).map(Some)
    }
}

fn folder(path: &Utf8Path) -> &Utf8Path {
    if path.is_dir() { path } else { path.parent().unwrap_or(path) }
}
