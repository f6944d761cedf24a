//! The policy over findings made by hand.

use jiff::civil::date;
use pak_model::security::SecurityConfig;

use super::*;
use crate::report::{
    AssessmentStatus as Status, Confidence, Justification, Kind, NoticeKind, Scope, Severity, Target, TargetKind,
};

fn finding(kind: Kind, severity: Severity, id: &str) -> Finding {
    Finding {
        aliases: vec![format!("CVE-of-{id}")],
        title: String::new(),
        message: String::new(),
        remedy: String::new(),
        package: Some("left".to_owned()),
        version: Some("1.0.0".to_owned()),
        purl: Some("pkg:npm/%40a/left@1.0.0?x=y".to_owned()),
        scope: Some(Scope::Runtime),
        fingerprint: hex::encode(id),
        ..Finding::new(kind, id, severity, Confidence::Certain, "dist/a.tgz!/package/index.js")
    }
}

fn report(findings: Vec<Finding>) -> Report {
    let target = Target { kind: TargetKind::Tree, name: ".".to_owned(), version: None, sha256: None };
    Report { findings, ..Report::new(target) }
}

fn policy(toml: &str) -> Result<Policy> {
    Policy::new(&toml::from_str::<SecurityConfig>(toml).unwrap(), date(2026, 6, 1))
}

fn judged(toml: &str, findings: Vec<Finding>) -> Report {
    let mut report = report(findings);
    policy(toml).unwrap().judge(&mut report);
    report
}

fn rulings(report: &Report) -> Vec<(&str, Ruling)> {
    report.findings.iter().map(|finding| (finding.id.as_str(), finding.decision.as_ref().unwrap().ruling)).collect()
}

#[test]
fn the_default_rules_stop_what_cannot_be_taken_back() {
    let mut fixable = finding(Kind::Vulnerability, Severity::High, "fixable");
    fixable.fixed_in = Some("1.0.1".to_owned());
    let mut unsure = finding(Kind::Secret, Severity::High, "unsure");
    unsure.confidence = Confidence::Possible;
    let mut development = finding(Kind::Vulnerability, Severity::Critical, "development");
    development.scope = Some(Scope::Development);
    let report = judged(
        "",
        vec![
            finding(Kind::Malware, Severity::Critical, "MAL-1"),
            finding(Kind::Secret, Severity::High, "token"),
            unsure,
            finding(Kind::Vulnerability, Severity::Critical, "critical"),
            development,
            fixable,
            finding(Kind::Vulnerability, Severity::High, "no-fix"),
            finding(Kind::Licence, Severity::High, "gpl"),
            finding(Kind::Artifact, Severity::High, "new-script"),
        ],
    );
    let mut found = rulings(&report);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("MAL-1", Ruling::Deny),
            ("critical", Ruling::Deny),
            ("development", Ruling::Warn),
            ("fixable", Ruling::Deny),
            ("gpl", Ruling::Deny),
            ("new-script", Ruling::Approve),
            ("no-fix", Ruling::Warn),
            ("token", Ruling::Deny),
            ("unsure", Ruling::Warn),
        ]
    );
    let verdict = policy("").unwrap().verdict(&report);
    assert_eq!((verdict.denied, verdict.to_approve, verdict.warned, verdict.passes()), (5, 1, 3, false));
}

#[test]
fn own_rules_come_first_and_every_condition_must_fit() {
    let toml = r#"
        rules = [
            { action = "allow", package = "pkg:npm/%40a/*", id = "CVE-of-known", reason = "not reachable" },
            { action = "deny", path = "package/*.js", severity = "low" },
        ]"#;
    let note = finding(Kind::Dependency, Severity::Note, "note");
    let report = judged(
        toml,
        vec![finding(Kind::Malware, Severity::Critical, "known"), finding(Kind::Name, Severity::Low, "low"), note],
    );
    assert_eq!(rulings(&report), [("known", Ruling::Allow), ("low", Ruling::Deny), ("note", Ruling::Warn)]);
    assert_eq!(report.findings[0].decision.as_ref().unwrap().by, "rule 1 of pak.toml");
    let considered = policy(toml).unwrap().consider(&report.findings[1]);
    assert_eq!(considered[0].misses.as_deref(), Some("another id"));
    assert_eq!(considered.last().unwrap().place, "rule 2 of pak.toml");
}

#[test]
fn exceptions_hold_to_their_last_day_and_say_so_after_it() {
    let exception = |until: &str| {
        format!(
            r#"exceptions = [{{ id = "CVE-of-x", reason = "mitigated", owner = "ada@example.org", until = "{until}" }}]"#
        )
    };
    let vulnerable = || vec![finding(Kind::Vulnerability, Severity::Critical, "x")];
    assert_eq!(rulings(&judged(&exception("2026-06-01"), vulnerable())), [("x", Ruling::Allow)]);
    let late = judged(&exception("2026-05-31"), vulnerable());
    assert_eq!(rulings(&late), [("x", Ruling::Deny)]);
    assert_eq!(late.notices[0].kind, NoticeKind::ExceptionExpired);
    for broken in [
        r#"exceptions = [{ path = "**", reason = "r", owner = "o" }]"#,
        r#"exceptions = [{ id = "x", reason = " ", owner = "o" }]"#,
        r#"exceptions = [{ fingerprint = "abc", reason = "r", owner = "o" }]"#,
        r#"rules = [{ action = "deny", path = "[" }]"#,
    ] {
        assert_eq!(policy(broken).unwrap_err().code(), code::security::POLICY_INVALID, "{broken}");
    }
}

#[test]
fn vex_statements_settle_vulnerabilities_while_they_hold() {
    let statement = |status, purl: &str, until| Statement {
        document: "vex.json".to_owned(),
        ids: vec!["cve-OF-x".to_owned()],
        purls: vec![purl.to_owned()],
        status,
        justification: Some(Justification::VulnerableCodeNotInExecutePath),
        words: None,
        until,
    };
    let ruling = |statement: Statement| {
        let mut report = report(vec![finding(Kind::Vulnerability, Severity::Critical, "x")]);
        policy("").unwrap().with_statements(vec![statement]).judge(&mut report);
        report.findings[0].decision.as_ref().unwrap().ruling
    };
    assert_eq!(ruling(statement(Status::NotAffected, "pkg:npm/%40a/left", None)), Ruling::Allow);
    assert_eq!(ruling(statement(Status::Fixed, "pkg:npm/%40a/left@1.0.0", None)), Ruling::Allow);
    assert_eq!(ruling(statement(Status::NotAffected, "pkg:npm/%40a/left@2.0.0", None)), Ruling::Deny);
    assert_eq!(ruling(statement(Status::NotAffected, "pkg:npm/%40a/lef", None)), Ruling::Deny);
    assert_eq!(ruling(statement(Status::Affected, "pkg:npm/%40a/left", None)), Ruling::Deny);
    assert_eq!(ruling(statement(Status::NotAffected, "pkg:npm/%40a/left", Some(date(2026, 5, 1)))), Ruling::Deny);
}

#[test]
fn approval_is_of_exactly_what_was_seen() {
    let high = |id| finding(Kind::Artifact, Severity::High, id);
    let waiting = judged("", vec![high("a"), high("b")]);
    let digest = approval_digest(&waiting.findings).unwrap();
    let again = |findings| {
        let mut reports = [judged("", findings)];
        let granted = approve(&mut reports, &digest);
        assert_eq!(granted, rulings(&reports[0]).iter().all(|(_, ruling)| *ruling == Ruling::Allow));
        granted
    };
    assert!(again(vec![high("b"), high("a")]));
    assert!(!again(vec![high("a"), high("b"), high("c")]));
    assert!(!again(vec![high("a")]));
}

#[test]
fn many_small_things_have_to_be_approved_together() {
    let medium = |count: usize| (0..count).map(|n| finding(Kind::Artifact, Severity::Medium, &n.to_string())).collect();
    assert!(rulings(&judged("", medium(6))).iter().all(|(_, ruling)| *ruling == Ruling::Warn));
    assert!(rulings(&judged("", medium(7))).iter().all(|(_, ruling)| *ruling == Ruling::Approve));
    assert!(
        rulings(&judged("artifact = { approve-above = 100 }", medium(7)))
            .iter()
            .all(|(_, ruling)| *ruling == Ruling::Warn)
    );
}
