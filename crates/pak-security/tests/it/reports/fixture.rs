//! A report with every kind of finding, odd characters, archive members and every kind of component.

use pak_security::report::{
    Assessment, AssessmentStatus, Certainty, Component, Confidence, DatabaseStamp, Decision, Finding, Justification,
    Kind, Licence, Notice, NoticeKind, Origin, Report, Ruling, Scope, Severity, Target, TargetKind,
};

/// What packages say of themselves when they mean harm.
pub(crate) const HOSTILE: &str =
    "<script>alert(1)</script> \"quoted\" & 'single' \u{1b}[31m \u{202e}abc ]]> ${x} ` \\ \u{0} é 漢 🦀";

/// Nothing found in nothing.
pub(crate) fn empty() -> Report {
    let mut report = Report::new(Target { kind: TargetKind::Tree, name: ".".to_owned(), version: None, sha256: None });
    report.at = "2026-03-04T05:06:07.89Z".parse().unwrap();
    report
}

/// Everything.
pub(crate) fn rich() -> Report {
    let mut report = empty();
    report.target.kind = TargetKind::Artifact;
    "dist/my app-1.0.tgz".clone_into(&mut report.target.name);
    report.target.version = Some("1.0.0+build".to_owned());
    report.target.sha256 = Some("ab".repeat(32));
    report.database = Some(DatabaseStamp {
        newest: "2026-03-01T00:00:00Z".parse().unwrap(),
        imported: Some("2026-03-02T00:00:00Z".parse().unwrap()),
        records: 12,
        sha256: Some("cd".repeat(32)),
    });
    report.findings = findings();
    report.components = components();
    report.notices = [NoticeKind::DatabaseOld, NoticeKind::Unreadable, NoticeKind::TooLarge, NoticeKind::Hostile]
        .into_iter()
        .map(|kind| Notice {
            kind,
            path: (kind != NoticeKind::DatabaseOld).then(|| format!("a.tgz!/{HOSTILE}")),
            message: format!("Something is odd: {HOSTILE}."),
            remedy: "Look at it.".to_owned(),
        })
        .collect();
    report.sort();
    report
}

/// A finding of a kind.
pub(crate) fn finding(kind: Kind, id: &str, path: &str) -> Finding {
    Finding {
        title: format!("A {kind} that is there"),
        message: format!("{path} holds what it should not."),
        remedy: "Take it out.".to_owned(),
        fingerprint: format!(
            "{:0<32}",
            hex::encode(format!("{kind}{id}{path}")).chars().rev().take(32).collect::<String>()
        ),
        ..Finding::new(kind, id, Severity::High, Confidence::Likely, path)
    }
}

/// A decision.
pub(crate) fn decided(ruling: Ruling, by: &str, reason: Option<&str>) -> Decision {
    Decision { ruling, by: by.to_owned(), reason: reason.map(str::to_owned), assessment: None }
}

fn vulnerable(id: &str, package: &str, decision: Option<Decision>) -> Finding {
    Finding {
        aliases: vec!["CVE-2024-1".to_owned(), id.to_owned(), HOSTILE.to_owned()],
        package: Some(package.to_owned()),
        version: Some("1.2.3".to_owned()),
        purl: Some(format!("pkg:npm/{}@1.2.3", package.replace('@', "%40"))),
        scope: Some(Scope::Runtime),
        fixed_in: Some("1.2.4".to_owned()),
        score: Some(9.8),
        confidence: Confidence::Certain,
        references: vec![
            "https://advisories.test/one".to_owned(),
            "https://advisories.test/with space <b>".to_owned(),
            "javascript:alert(1)".to_owned(),
        ],
        line: Some(7),
        decision,
        ..finding(Kind::Vulnerability, id, "package-lock.json")
    }
}

fn findings() -> Vec<Finding> {
    let assessed = |status, justification| Decision {
        assessment: Some(Assessment { status, justification }),
        ..decided(Ruling::Allow, "statement 1 of vex.json", Some("Nobody calls it."))
    };
    let hidden = Some(Justification::VulnerableCodeNotInExecutePath);
    vec![
        Finding {
            line: Some(3),
            column: Some(9),
            severity: Severity::Critical,
            decision: Some(decided(Ruling::Deny, "pak's rule secrets", None)),
            ..finding(Kind::Secret, "npm-access-token", "dist/a b.tgz!/package/ä/.env")
        },
        Finding {
            commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
            line: Some(1),
            decision: Some(decided(Ruling::Allow, "the baseline", Some("Revoked."))),
            ..finding(Kind::Secret, "npm-access-token", "old/config.js")
        },
        vulnerable("GHSA-aaaa-bbbb-cccc", "@scope/one", Some(decided(Ruling::Deny, "pak's rule high", None))),
        vulnerable("GHSA-aaaa-bbbb-cccc", "two", Some(decided(Ruling::Allow, "exception 1", Some(HOSTILE)))),
        vulnerable("RUSTSEC-2024-0001", "two", Some(assessed(AssessmentStatus::NotAffected, hidden))),
        vulnerable("RUSTSEC-2024-0002", "two", Some(assessed(AssessmentStatus::NotAffected, None))),
        vulnerable("RUSTSEC-2024-0003", "two", Some(assessed(AssessmentStatus::Fixed, None))),
        vulnerable("RUSTSEC-2024-0004", "two", Some(assessed(AssessmentStatus::UnderInvestigation, None))),
        vulnerable("RUSTSEC-2024-0005", "two", Some(assessed(AssessmentStatus::Affected, None))),
        Finding { line: None, severity: Severity::Note, ..vulnerable("GO-2024-1", "not-listed", None) },
        Finding {
            severity: Severity::Critical,
            purl: Some("pkg:npm/evil@6.6.6".to_owned()),
            package: Some("evil".to_owned()),
            decision: Some(decided(Ruling::Approve, "pak's rule malware", None)),
            ..finding(Kind::Malware, "MAL-2024-1", "package-lock.json")
        },
        Finding {
            severity: Severity::Medium,
            licence: Some("GPL-3.0-only".to_owned()),
            ..finding(Kind::Licence, "licence-incompatible", "package-lock.json")
        },
        Finding { severity: Severity::Low, ..finding(Kind::Dependency, "dependency-yanked", "Cargo.lock") },
        Finding {
            title: HOSTILE.to_owned(),
            message: HOSTILE.to_owned(),
            remedy: HOSTILE.to_owned(),
            decision: Some(decided(Ruling::Warn, HOSTILE, Some(HOSTILE))),
            ..finding(Kind::Artifact, "install-script", HOSTILE)
        },
        Finding { confidence: Confidence::Possible, ..finding(Kind::Name, "look-alike", "package.json") },
        Finding {
            message: String::new(),
            line: Some(0),
            ..finding(Kind::Pipeline, "unpinned-action", ".github/workflows/ci.yml")
        },
    ]
}

fn components() -> Vec<Component> {
    let licence = |declared: &str, detected: Option<&str>, concluded: Option<&str>| Licence {
        declared: Some(declared.to_owned()),
        detected: detected.map(str::to_owned),
        concluded: concluded.map(str::to_owned),
    };
    let one = component("pkg:npm/%40scope/one@1.2.3", "npm", "@scope/one", Some("1.2.3"));
    let two = component("pkg:npm/two@1.2.3", "npm", "two", Some("1.2.3"));
    vec![
        Component {
            direct: Some(true),
            licence: Some(licence("MIT", Some("MIT"), Some("MIT"))),
            digests: vec![
                format!("sha256:{}", "12".repeat(32)),
                format!("sha512:{}", "34".repeat(64)),
                "sha1:short".to_owned(),
            ],
            dependencies: vec![two.purl.clone(), "pkg:npm/not-there@1".to_owned(), one.purl.clone()],
            ..one.clone()
        },
        Component { path: "other/package-lock.json".to_owned(), scope: Scope::Development, ..one },
        Component { licence: Some(licence("MIT/Apache-2.0", None, Some("MIT OR Apache-2.0"))), ..two },
        Component {
            licence: Some(licence(HOSTILE, None, None)),
            scope: Scope::Optional,
            ..component("pkg:maven/org.example/thing@2.0?type=jar", "Maven", "org.example:thing", Some("2.0"))
        },
        Component {
            licence: Some(licence("LicenseRef-Ours AND MIT", Some("LicenseRef-Ours"), Some("LicenseRef-Ours AND MIT"))),
            scope: Scope::Development,
            ..component("pkg:pypi/odd@1", "PyPI", HOSTILE, Some("1"))
        },
        Component {
            version: None,
            origin: Origin::Git,
            certainty: Certainty::Declared,
            licence: Some(licence("NOASSERTION", None, Some("NOASSERTION"))),
            ..component("pkg:golang/example.org/module", "Go", "example.org/module", None)
        },
        component("pkg:oci/image@sha256:aa?repository_url=registry.test/image", "", "image", Some("sha256:aa")),
    ]
}

fn component(purl: &str, ecosystem: &str, name: &str, version: Option<&str>) -> Component {
    Component {
        purl: purl.to_owned(),
        ecosystem: ecosystem.to_owned(),
        name: name.to_owned(),
        version: version.map(str::to_owned),
        path: "package-lock.json".to_owned(),
        line: Some(4),
        scope: Scope::Runtime,
        direct: None,
        origin: Origin::Registry,
        certainty: Certainty::Exact,
        licence: None,
        digests: Vec::new(),
        dependencies: Vec::new(),
    }
}

/// A report that names every licence of SPDX's list.
pub(crate) fn every_licence() -> Report {
    let mut report = empty();
    report.components = spdx::identifiers::LICENSES
        .iter()
        .enumerate()
        .map(|(index, one)| Component {
            licence: Some(Licence { declared: Some(one.name.to_owned()), detected: None, concluded: None }),
            ..component(&format!("pkg:npm/n{index}@1"), "npm", &format!("n{index}"), Some("1"))
        })
        .collect();
    report
}
