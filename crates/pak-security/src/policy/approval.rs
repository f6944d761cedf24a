//! Approval by a person: of exactly the findings they saw, recognised by one digest over the fingerprints.

use sha2::{Digest as _, Sha256};

use crate::report::{Decision, Finding, Kind, Report, Ruling, Severity};

/// What stands for the findings that wait for approval: 16 hex digits, the same as long as they are the same. None where
/// nothing waits.
pub fn approval_digest<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Option<String> {
    let mut waiting: Vec<&str> = findings
        .into_iter()
        .filter(|finding| rules(finding, Ruling::Approve))
        .map(|f| f.fingerprint.as_str())
        .collect();
    if waiting.is_empty() {
        return None;
    }
    waiting.sort_unstable();
    waiting.dedup();
    let mut digest = hex::encode(Sha256::digest(waiting.join("\n")));
    digest.truncate(16);
    Some(digest)
}

fn rules(finding: &Finding, ruling: Ruling) -> bool {
    finding.decision.as_ref().is_some_and(|decision| decision.ruling == ruling)
}

/// What a finding of an artifact adds to its risk.
fn risk(finding: &Finding) -> u32 {
    match finding.severity {
        Severity::Note => 0,
        Severity::Low => 1,
        Severity::Medium => 3,
        Severity::High => 10,
        Severity::Critical => 30,
    }
}

/// Many small things together are a large one: above the threshold, what was only shown has to be approved.
pub(super) fn by_risk(findings: &mut [Finding], above: u32) {
    let counts = |finding: &&Finding| finding.kind == Kind::Artifact && !rules(finding, Ruling::Allow);
    let total: u32 = findings.iter().filter(counts).map(risk).fold(0, u32::saturating_add);
    if total <= above {
        return;
    }
    let shown = findings
        .iter_mut()
        .filter(|finding| finding.kind == Kind::Artifact && risk(finding) > 0 && rules(finding, Ruling::Warn));
    for finding in shown {
        finding.decision = Some(Decision::new(
            Ruling::Approve,
            "[security.artifact] approve-above",
            Some(format!("the artifact's findings add up to a risk of {total}, more than {above}")),
        ));
    }
}

/// Accepts what waits for approval in these reports, if it is exactly what was approved; whether it is.
pub fn approve(reports: &mut [Report], digest: &str) -> bool {
    let waiting = approval_digest(reports.iter().flat_map(|report| &report.findings));
    if waiting.as_deref() != Some(digest) {
        return false;
    }
    let findings = reports.iter_mut().flat_map(|report| &mut report.findings);
    for finding in findings.filter(|finding| rules(finding, Ruling::Approve)) {
        let reason = "a person looked at exactly these findings".to_owned();
        finding.decision = Some(Decision::new(Ruling::Allow, format!("approval {digest}"), Some(reason)));
    }
    true
}
