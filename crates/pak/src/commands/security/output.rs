//! What every scanning command ends with: the policy decides, the report is written, the exit code says what follows.

use std::io::{self, BufWriter, Write as _};

use camino::Utf8PathBuf;
use clap::ValueEnum;
use pak_model::security::SecurityConfig;
use pak_model::{Problem, Result, code};
use pak_security::policy::{Policy, Verdict, approval_digest, approve};
use pak_security::report::{Finding, Kind, Report, Ruling};
use pak_security::write;

use crate::commands::session::{self, Place};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, count, faint, strong};
use crate::output::table;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, on a terminal.
    Table,
    /// pak's own report, whole.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// CycloneDX 1.6 with vulnerabilities.
    Cyclonedx,
    /// SPDX 2.3.
    Spdx,
    /// OpenVEX: what is said of each vulnerability.
    Openvex,
    /// A page for people, which needs nothing from elsewhere.
    Html,
}

/// Where a report goes.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ReportOutput {
    /// The report's format. Default: a table; with `--json`, JSON.
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Report")]
    pub(crate) format: Option<Format>,
    /// The file to write. Default: standard output. It is written whatever the policy says.
    #[arg(long, short, value_name = "FILE", help_heading = "Report")]
    pub(crate) output: Option<Utf8PathBuf>,
    /// Approve exactly the findings of this digest, as the report shows it.
    #[arg(long, value_name = "DIGEST", help_heading = "Report")]
    pub(crate) approve: Option<String>,
}

/// The `[security]` settings that hold here; a folder that is no project has none.
pub(crate) fn settings(place: &Place, context: &Context) -> Result<SecurityConfig> {
    Ok(session::settings(place, context)?.config.security.clone())
}

/// Today, where the machine is.
pub(crate) fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}

impl ReportOutput {
    /// Whether the format tells of every component, not only of those with findings.
    pub(crate) fn wants_components(&self) -> bool {
        matches!(self.format, Some(Format::Cyclonedx | Format::Spdx | Format::Html))
    }

    /// Judges, writes and says what follows.
    pub(crate) fn finish(&self, mut report: Report, policy: &Policy, context: &Context) -> Result<Status> {
        policy.judge(&mut report);
        if let Some(digest) = &self.approve {
            approve(std::slice::from_mut(&mut report), digest);
        }
        let verdict = policy.verdict(&report);
        self.write(&report, context)?;
        Ok(conclude(&report, verdict, context))
    }

    fn write(&self, report: &Report, context: &Context) -> Result<()> {
        let default = if context.output.is_json() { Format::Json } else { Format::Table };
        let format = self.format.unwrap_or(default);
        let Some(file) = &self.output else {
            let mut bytes = Vec::new();
            let written = encode(report, format, &mut bytes, context);
            context.output.raw(&String::from_utf8_lossy(&bytes));
            return written.map_err(|error| {
                Problem::new(code::config::FILE_UNWRITABLE, "The report cannot be written.").cause(&error)
            });
        };
        let path = context.path(Some(file));
        let written = std::fs::File::create(&path).and_then(|file| {
            let mut out = BufWriter::new(file);
            encode(report, format, &mut out, context)?;
            out.flush()
        });
        written.map_err(|error| {
            Problem::new(code::config::FILE_UNWRITABLE, format!("{path} cannot be written."))
                .about("file", &path)
                .cause(&error)
        })
    }
}

fn encode(report: &Report, format: Format, out: &mut dyn io::Write, context: &Context) -> io::Result<()> {
    match format {
        Format::Table => writeln!(out, "{}", render(report, context)),
        Format::Json => write::json::write(report, out),
        Format::Sarif => write::sarif::write(report, out),
        Format::Cyclonedx => write::cyclonedx::write(report, out),
        Format::Spdx => write::spdx::write(report, out),
        Format::Openvex => write::openvex::write(report, out),
        Format::Html => write::html::write(report, out),
    }
}

/// The last line for people, and the exit code.
fn conclude(report: &Report, verdict: Verdict, context: &Context) -> Status {
    let output = &context.output;
    if verdict.passes() {
        let found = count(verdict.warned, "finding");
        let text = if verdict.warned == 0 {
            "Nothing found that stops a release".to_owned()
        } else {
            format!("{found} to look at, none stops a release")
        };
        output.progress(format!("{} {text}", output.mark(Mark::Ok)));
        return Status::OK;
    }
    let mut parts = Vec::new();
    if verdict.denied > 0 {
        parts.push(format!("{} by the policy", count_denied(verdict.denied)));
    }
    if let Some(digest) = approval_digest(&report.findings) {
        parts.push(format!("{} approval (--approve {digest}, once you have looked)", needs(verdict.to_approve)));
    }
    if verdict.unusable_database {
        parts.push("there is no current advisory database, and the settings ask for one".to_owned());
    }
    output.progress(format!("{} {}", output.mark(Mark::Failed), parts.join("; ")));
    Status::from(code::security::DENIED.exit)
}

fn count_denied(denied: usize) -> String {
    format!("{} denied", count(denied, "finding"))
}

fn needs(waiting: usize) -> String {
    format!("{} {}", count(waiting, "finding"), if waiting == 1 { "needs" } else { "need" })
}

/// The report for people: what stops the release first, in full; the rest in a table; what limits it last.
pub(crate) fn render(report: &Report, context: &Context) -> String {
    let mut text = Vec::new();
    let is = |finding: &&Finding, rulings: &[Ruling]| {
        finding.decision.as_ref().is_some_and(|decision| rulings.contains(&decision.ruling))
    };
    let stops = [Ruling::Deny, Ruling::Approve];
    for finding in report.findings.iter().filter(|finding| is(finding, &stops)) {
        text.push(in_full(finding, context));
    }
    let rest: Vec<&Finding> = report.findings.iter().filter(|finding| !is(finding, &stops)).collect();
    if !rest.is_empty() {
        let rows = rest.iter().map(|finding| {
            [
                finding.severity.to_string(),
                finding.kind.to_string(),
                finding.id.clone(),
                place(finding),
                finding.title.clone(),
            ]
        });
        text.push(table::render(["SEVERITY", "KIND", "ID", "WHERE", "WHAT"], rows));
        text.push(String::new());
    }
    for notice in &report.notices {
        let path = notice.path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default();
        let mark = context.output.mark(Mark::Warning);
        text.push(format!("{mark} {path}{} {}", notice.message, faint(&notice.remedy)));
    }
    if let Some(database) = &report.database {
        text.push(faint(&format!(
            "Advisories: {} records, the newest of {}",
            database.records,
            database.newest.strftime("%Y-%m-%d")
        )));
    }
    let components = if report.components.is_empty() {
        String::new()
    } else {
        format!(" in {}", count(report.components.len(), "component"))
    };
    text.push(faint(&format!("{}{components}: {}", count(report.findings.len(), "finding"), report.target.name)));
    text.join("\n")
}

/// A finding that stops the release: everything needed to act.
fn in_full(finding: &Finding, context: &Context) -> String {
    let decision = finding.decision.as_ref();
    let mark = match decision.map(|decision| decision.ruling) {
        Some(Ruling::Approve) => Mark::Warning,
        _ => Mark::Failed,
    };
    let mut lines = vec![format!(
        "{} {} {}",
        context.output.mark(mark),
        strong(&finding.title),
        faint(&format!("{} {} [{}]", finding.severity, finding.kind, finding.id))
    )];
    lines.push(format!("    {}", place(finding)));
    lines.push(format!("    {}", finding.message));
    if let Some(fixed) = &finding.fixed_in {
        lines.push(format!("    Fixed in {fixed}"));
    }
    lines.push(format!("    {}", finding.remedy));
    if let Some(decision) = decision {
        let reason = decision.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        lines.push(faint(&format!(
            "    {} by {}{reason}; fingerprint {}",
            decision.ruling,
            decision.by,
            short(&finding.fingerprint)
        )));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn short(fingerprint: &str) -> &str {
    fingerprint.get(..16).unwrap_or(fingerprint)
}

/// Where a finding is: a component by its version, anything else by its line.
fn place(finding: &Finding) -> String {
    let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
    let commit = finding.commit.as_ref().map(|commit| format!(" in commit {commit}")).unwrap_or_default();
    let at = format!("{}{line}{commit}", finding.path);
    match (finding.kind, &finding.package) {
        (Kind::Secret, _) | (_, None) => at,
        (_, Some(package)) => format!("{package} {} ({at})", finding.version.as_deref().unwrap_or("?")),
    }
}
