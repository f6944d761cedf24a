//! SARIF 2.1.0, in the way GitHub's code scanning, GitLab and editors read it.
//!
//! Every finding has a place with a line, since readers drop results without one. Inside archives the place is the archive;
//! the member is a logical location, and named in the message.

mod document;
mod place;
mod rules;

use std::io;

use document::{
    Driver, Invocation, Log, Message, Notification, Result, ResultProperties, Run, RunProperties, Suppression, Tool,
};
use place::Places;
use rules::Rules;

use super::Each;
use crate::report::{Finding, Notice, NoticeKind, Report, Ruling, Severity};

/// Writes the report.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let rules = Rules::of(&report.findings);
    let places = Places::of(&report.target);
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: "pak",
                semantic_version: &report.pak,
                information_uri: env!("CARGO_PKG_REPOSITORY"),
                rules: Each(|| rules.descriptors()),
            },
        },
        automation_details: document::Automation { id: format!("pak/{}/", super::word(&report.target.kind)) },
        invocations: [Invocation {
            // What could not be looked at is told by the notifications; the run itself ended as it should.
            execution_successful: true,
            end_time_utc: super::time(report),
            tool_execution_notifications: Each(|| report.notices.iter().map(|notice| notification(notice, &places))),
        }],
        column_kind: "unicodeCodePoints",
        results: Each(|| report.findings.iter().map(|finding| result(finding, &rules, &places))),
        properties: RunProperties { target: &report.target, database: report.database.as_ref() },
    };
    let log = Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
    super::document(&log, out)
}

fn result<'a>(finding: &'a Finding, rules: &Rules<'a>, places: &Places<'a>) -> Result<'a> {
    let mut text = finding.message.clone();
    if let Some((_, member)) = finding.path.split_once("!/") {
        let line = finding.line.map(|line| format!(", line {line}")).unwrap_or_default();
        text.extend([" (In the archive: ", member, &line, ".)"]);
    }
    if let Some(commit) = &finding.commit {
        text.extend([" (In the commit ", commit, ".)"]);
    }
    if text.trim().is_empty() {
        text.clone_from(&finding.title);
    }
    let decision = finding.decision.as_ref();
    let allowed = decision.filter(|decision| decision.ruling == Ruling::Allow);
    Result {
        rule_id: &finding.id,
        rule_index: rules.index(&finding.id),
        level: level(finding.severity),
        message: Message::text(text),
        locations: [places.location(&finding.path, finding.line, finding.column)],
        partial_fingerprints: document::Fingerprints {
            pak: &finding.fingerprint,
            primary: format!("{}:1", finding.fingerprint.get(..16).unwrap_or(&finding.fingerprint)),
        },
        suppressions: allowed
            .map(|decision| Suppression {
                kind: "external",
                status: "accepted",
                justification: match &decision.reason {
                    Some(reason) => format!("{reason} ({})", decision.by),
                    None => decision.by.clone(),
                },
            })
            .into_iter()
            .collect(),
        properties: ResultProperties { finding },
    }
}

fn notification(notice: &Notice, places: &Places<'_>) -> Notification {
    Notification {
        descriptor: document::Reference { id: super::word(&notice.kind) },
        level: if notice.kind == NoticeKind::DatabaseMissing { "error" } else { "warning" },
        message: Message::text(format!("{} {}", notice.message, notice.remedy)),
        locations: notice.path.iter().map(|path| places.location(path, None, None)).collect(),
    }
}

/// The weight as SARIF knows it.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Note => "note",
    }
}
