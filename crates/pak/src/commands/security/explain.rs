//! `pak security explain`: why each finding of a report was decided as it was.

use camino::Utf8PathBuf;
use pak_model::{Problem, Result, code};
use pak_security::policy::{Consideration, Policy};
use pak_security::report::{Finding, Report};
use serde_json::json;

use super::output::{settings, today};
use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{faint, strong};

/// Explain the decisions over a report's findings: every rule that was asked, and the one that decided.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak security explain report.json\n  pak security explain report.json GHSA-jf85-cpcp-j695"
)]
pub(crate) struct Args {
    /// A report that was written with `--format json`.
    report: Utf8PathBuf,
    /// A finding's id, alias, package, or the beginning of its fingerprint. Default: all.
    finding: Option<String>,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let report = read(&context.path(Some(&args.report)))?;
    let policy = Policy::new(&settings(&args.place, context)?, today())?;
    let wanted = |finding: &&Finding| args.finding.as_deref().is_none_or(|wanted| names(finding, wanted));
    let explained: Vec<(&Finding, Vec<Consideration>)> =
        report.findings.iter().filter(wanted).map(|finding| (finding, policy.consider(finding))).collect();
    if let (true, Some(wanted)) = (explained.is_empty(), &args.finding) {
        return Err(Problem::new(code::config::USAGE, format!("The report has no finding `{wanted}`."))
            .about("file", &args.report));
    }
    let output = &context.output;
    let documents =
        explained.iter().map(|(finding, considered)| json!({ "finding": finding, "considered": considered }));
    output.json(&documents.collect::<Vec<_>>());
    for (finding, considered) in &explained {
        output.line(format!("{} {}", strong(&finding.id), faint(&finding.path)));
        if let Some(decision) =
            finding.decision.as_ref().filter(|decision| !considered.iter().any(|one| one.place == decision.by))
        {
            output.line(format!("  the report says: {} by {}", decision.ruling, decision.by));
        }
        for one in considered {
            match (&one.misses, &one.decision) {
                (Some(why), _) => output.line(faint(&format!("  {}: does not fit ({why})", one.place))),
                (None, Some(decision)) => {
                    let reason = decision.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
                    output.line(format!("  {}: {}{reason}", one.place, strong(&decision.ruling.to_string())));
                }
                (None, None) => {}
            }
        }
    }
    Ok(Status::OK)
}

fn names(finding: &Finding, wanted: &str) -> bool {
    finding.id == wanted
        || finding.aliases.iter().any(|alias| alias == wanted)
        || finding.package.as_deref() == Some(wanted)
        || (wanted.len() >= 6 && finding.fingerprint.starts_with(wanted))
}

/// A report as it was written.
pub(crate) fn read(path: &camino::Utf8Path) -> Result<Report> {
    let unreadable = |error: &dyn std::error::Error| {
        Problem::new(code::config::FILE_UNREADABLE, format!("{path} is no report of pak."))
            .about("file", path)
            .said(error.to_string())
    };
    let bytes = std::fs::read(path).map_err(|error| unreadable(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| unreadable(&error))
}
