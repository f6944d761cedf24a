//! The vulnerabilities of a CycloneDX document. A decision is about one vulnerability in one component, so each such pair is
//! an entry of its own.

use super::Entries;
use super::document::{Advisory, Affected, AffectedVersion, Alias, Analysis, Property, Rating, Source, Vulnerability};
use crate::report::{AssessmentStatus, Decision, Finding, Justification, Kind, Report, Ruling, Severity};

/// The findings about vulnerabilities and malware of known components, by id and purl.
pub(super) fn entries(report: &Report) -> Entries<'_> {
    let mut entries = Entries::new();
    for finding in &report.findings {
        let (Kind::Vulnerability | Kind::Malware, Some(purl), Some(_)) =
            (finding.kind, &finding.purl, &finding.package)
        else {
            continue;
        };
        entries.entry((&finding.id, purl)).or_default().push(finding);
    }
    entries
}

/// One entry; none only where there is no mention.
pub(super) fn vulnerability<'a>(mentions: &[&'a Finding]) -> Option<Vulnerability<'a>> {
    // The strictest decision stands for all files.
    let finding = *mentions.iter().max_by_key(|finding| finding.decision.as_ref().map(|decision| decision.ruling))?;
    let purl = finding.purl.as_deref()?;
    let assessed =
        finding.decision.as_ref().and_then(|decision| decision.assessment).map(|assessment| assessment.status);
    let status = match assessed {
        Some(AssessmentStatus::NotAffected | AssessmentStatus::Fixed) => "unaffected",
        Some(AssessmentStatus::UnderInvestigation) => "unknown",
        Some(AssessmentStatus::Affected) | None => "affected",
    };
    let versions = finding.version.iter().map(|version| AffectedVersion { version, status }).collect();
    Some(Vulnerability {
        bom_ref: format!("{}/{purl}", finding.id),
        id: &finding.id,
        source: source(&finding.id),
        references: finding
            .aliases
            .iter()
            .filter(|alias| **alias != finding.id)
            .filter_map(|id| Some(Alias { id, source: source(id)? }))
            .collect(),
        ratings: vec![Rating {
            score: finding.score,
            severity: match finding.severity {
                Severity::Critical => "critical",
                Severity::High => "high",
                Severity::Medium => "medium",
                Severity::Low => "low",
                Severity::Note => "info",
            },
        }],
        description: &finding.title,
        detail: &finding.message,
        recommendation: &finding.remedy,
        advisories: finding.references.iter().filter(|url| is_page(url)).map(|url| Advisory { url }).collect(),
        analysis: finding.decision.as_ref().and_then(analysis),
        affects: vec![Affected { reference: purl, versions }],
        properties: finding.fixed_in.iter().map(|version| Property::new("pak:fixed-in", version.clone())).collect(),
    })
}

/// Only addresses that are written as the standard wants them.
fn is_page(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.as_str() == text)
}

/// What the decision says in the words of the format. A risk that was accepted is not harmless, so it gets no state that
/// says so; what nobody looked at gets no analysis.
fn analysis(decision: &Decision) -> Option<Analysis> {
    let detail = match &decision.reason {
        Some(reason) => format!("{reason} ({})", decision.by),
        None => decision.by.clone(),
    };
    let Some(assessment) = decision.assessment else {
        return (decision.ruling == Ruling::Allow).then_some(Analysis {
            state: None,
            justification: None,
            response: vec!["will_not_fix"],
            detail,
        });
    };
    let state = match assessment.status {
        AssessmentStatus::NotAffected => "not_affected",
        AssessmentStatus::Affected => "exploitable",
        AssessmentStatus::Fixed => "resolved",
        AssessmentStatus::UnderInvestigation => "in_triage",
    };
    let justification = assessment.justification.map(|justification| match justification {
        Justification::ComponentNotPresent | Justification::VulnerableCodeNotPresent => "code_not_present",
        Justification::VulnerableCodeNotInExecutePath => "code_not_reachable",
        Justification::VulnerableCodeCannotBeControlledByAdversary => "protected_at_runtime",
        Justification::InlineMitigationsAlreadyExist => "protected_by_mitigating_control",
    });
    let accepted = decision.ruling == Ruling::Allow && assessment.status == AssessmentStatus::Affected;
    let response = if accepted { vec!["will_not_fix"] } else { Vec::new() };
    Some(Analysis { state: Some(state), justification, response, detail })
}

/// Who keeps the advisories of an id.
fn source(id: &str) -> Option<Source> {
    let name = match id.split_once('-')?.0 {
        "CVE" => "NVD",
        "GHSA" => "GitHub Advisories",
        "RUSTSEC" => "RustSec",
        "PYSEC" => "PyPA",
        "GO" => "Go",
        _ => "OSV",
    };
    Some(Source { name })
}
