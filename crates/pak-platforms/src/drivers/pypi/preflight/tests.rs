//! Rules, tried on made-up releases.

use pak_model::artifact::PythonDetails;
use pak_model::package::Ecosystem;
use pak_model::release::PublishOptions;
use pak_model::{Artifact, ArtifactKind, Details, Digests, Package, Severity};

use super::*;

fn artifact(file: &str, headers: &[(&str, &str)], members: &[&str]) -> Artifact {
    let mut metadata = vec![("Metadata-Version", "2.4"), ("Name", "a-b"), ("Version", "1.0")];
    metadata.retain(|(name, _)| !headers.iter().any(|(given, _)| given == name));
    metadata.extend(headers);
    let wheel = pak_model::python::WheelName::parse(file);
    Artifact {
        id: file.to_owned(),
        kind: if wheel.is_some() { ArtifactKind::Wheel } else { ArtifactKind::Sdist },
        path: file.into(),
        size: 10,
        digests: Digests::of(b"x"),
        package: "py".into(),
        details: Details::Python(PythonDetails {
            metadata: metadata.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            description: None,
            python_tag: "py3".into(),
            platform_tags: wheel.map(|wheel| wheel.platforms).unwrap_or_default(),
            members: members.iter().map(|member| (*member).to_owned()).collect(),
        }),
    }
}

fn release(artifacts: Vec<Artifact>) -> Release {
    let package = Package {
        id: "py".into(),
        ecosystem: Ecosystem::Python,
        name: "a-b".into(),
        version: Some("1.0".into()),
        directory: ".".into(),
        manifest: "pyproject.toml".into(),
        withheld: None,
        depends_on: Vec::new(),
        about: pak_model::package::About::default(),
    };
    Release {
        package,
        version: "1.0".into(),
        artifacts,
        options: PublishOptions::default(),
        assets: Vec::new(),
        attestations: Vec::new(),
    }
}

/// Codes of the findings about one wheel of the public index.
fn found(file: &str, headers: &[(&str, &str)], members: &[&str]) -> Vec<String> {
    let mut report = Report { public: true, findings: Vec::new() };
    let release = release(vec![artifact(file, headers, members)]);
    check_file(&mut report, &release, &release.artifacts[0], 100).unwrap();
    assert!(report.findings.iter().all(|finding| finding.severity == Severity::Error));
    report.findings.iter().map(|finding| finding.code.replace("pak::pypi::", "")).collect()
}

const WHEEL: &str = "a_b-1.0-py3-none-any.whl";
const MEMBERS: &[&str] = &["a.py", "a_b-1.0.dist-info/METADATA", "a_b-1.0.dist-info/WHEEL", "a_b-1.0.dist-info/RECORD"];

#[test]
fn a_good_wheel_has_no_findings() {
    let headers = [
        ("Summary", "x"),
        ("Classifier", "Topic :: Software Development"),
        ("Project-URL", "Home, https://example.org/a"),
        ("Author-email", "\"A. B\" <a@example.org>, c@example.org"),
        ("Requires-Dist", "x[y] >=1 ; extra == 'a@b'"),
        ("Description-Content-Type", "text/markdown; charset=UTF-8"),
        ("License-Expression", "MIT"),
    ];
    assert!(found(WHEEL, &headers, MEMBERS).is_empty());
    assert!(found("a_b-1.0.tar.gz", &headers, &["a_b-1.0/PKG-INFO"]).is_empty());
}

#[test]
fn every_metadata_rule_has_its_finding() {
    let long = "x".repeat(513);
    for (header, value, code) in [
        ("Summary", long.as_str(), "summary_invalid"),
        ("Summary", "a\n  b", "summary_invalid"),
        ("Classifier", "Private :: Do Not Upload", "classifier_private"),
        ("Classifier", "Topic", "classifier_invalid"),
        ("Classifier", "Topic ::  x", "classifier_invalid"),
        ("Project-URL", "no label", "url_invalid"),
        ("Project-URL", "A label that is much longer than allowed, https://example.org", "url_invalid"),
        ("Home-page", "example.org", "url_invalid"),
        ("Author-email", "nobody", "email_invalid"),
        ("Requires-Dist", "x @ https://example.org/x.whl", "direct_reference"),
        ("Description-Content-Type", "text/html", "description_type"),
        ("Metadata-Version", "3.0", "metadata_version"),
        ("License-File", "LICENSE", "license_file_missing"),
        ("Version", "1.1", "file_name"),
        ("Name", "other", "file_name"),
    ] {
        assert!(found(WHEEL, &[(header, value)], MEMBERS).contains(&code.to_owned()), "{header}: {value}");
    }
    let both = [("License-Expression", "MIT"), ("License", "MIT")];
    assert_eq!(found(WHEEL, &both, MEMBERS), ["license_conflict"]);
}

#[test]
fn every_archive_rule_has_its_finding() {
    assert_eq!(found("a_b-1.0-py3-none-linux_x86_64.whl", &[], MEMBERS), ["platform_tag"]);
    assert_eq!(found(WHEEL, &[], &MEMBERS[..3]), ["member_missing"]);
    assert_eq!(found(WHEEL, &[], &[MEMBERS, &["a.py"]].concat()), ["member_twice"]);
    assert_eq!(found("A.b-1.0.tar.gz", &[], &["a_b-1.0/PKG-INFO"]), ["file_name"]);
    assert_eq!(found("a_b-1.0.tar.gz", &[], &["a_b-1.0/PKG-INFO", "other/x"]), ["sdist_layout"]);
    assert_eq!(found("a_b-1.0.tar.gz", &[], &["x/PKG-INFO"]), ["sdist_layout"]);
}

#[test]
fn names_and_versions() {
    let mut report = Report { public: true, findings: Vec::new() };
    for name in ["-x", "json", "fine"] {
        check_name(&mut report, name);
    }
    for version in ["x", "1.0+local", "1.0"] {
        check_version(&mut report, version);
    }
    let codes: Vec<&str> = report.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(
        codes,
        [
            "pak::pypi::name_invalid",
            "pak::pypi::name_reserved",
            "pak::pypi::version_invalid",
            "pak::pypi::version_invalid"
        ]
    );
    let mut private = Report { public: false, findings: Vec::new() };
    check_version(&mut private, "1.0+local");
    assert_eq!(private.findings[0].severity, Severity::Warning);
}
