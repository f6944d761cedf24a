//! Which records are about a component, and what the finding says.

use pak_security::advisories::{self, Database};
use pak_security::report::{Certainty, Component, Confidence, Finding, Kind, Notice, NoticeKind, Origin, Severity};
use serde_json::{Value, json};

use super::component;

/// Asks a database of these records.
fn ask(records: &[Value], components: &[Component]) -> (Vec<Finding>, Vec<Notice>) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| camino::Utf8PathBuf::from_path_buf(folder.path().join(name)).unwrap();
    std::fs::write(path("a.json"), Value::Array(records.to_vec()).to_string()).unwrap();
    advisories::import(&path("a.json"), &path("database")).unwrap();
    Database::open(&path("database")).unwrap().unwrap().findings(components).unwrap()
}

fn record(id: &str, aliases: &[&str], affected: &Value) -> Value {
    json!({ "id": id, "modified": "2026-01-01T00:00:00Z", "summary": format!("{id} is bad"), "aliases": aliases, "affected": [affected] })
}

/// What is affected: a package with one range of these events.
fn package(ecosystem: &str, name: &str, kind: &str, events: &Value) -> Value {
    json!({ "package": {"ecosystem": ecosystem, "name": name}, "ranges": [{"type": kind, "events": events}] })
}

/// Whether a record with these events is about each version.
fn affected<'a>(ecosystem: &str, kind: &str, events: &Value, versions: &[&'a str]) -> Vec<&'a str> {
    let records = [record("X-1", &[], &package(ecosystem, "a", kind, events))];
    let components: Vec<_> = versions.iter().map(|version| component(ecosystem, "a", version)).collect();
    let (findings, _) = ask(&records, &components);
    let found: Vec<_> = findings.iter().filter_map(|finding| finding.version.clone()).collect();
    versions.iter().copied().filter(|version| found.iter().any(|found| found == version)).collect()
}

#[test]
fn ranges_are_walked_as_the_schema_says() {
    let versions = ["0.1.0", "1.0.0-rc.1", "1.0.0", "1.5.0", "2.0.0", "2.5.0", "3.0.0"];
    let walk = |events: Value| affected("npm", "SEMVER", &events, &versions);
    assert_eq!(walk(json!([{"introduced": "0"}])), versions);
    assert_eq!(walk(json!([{"introduced": "0"}, {"fixed": "1.0.0"}])), ["0.1.0", "1.0.0-rc.1"]);
    assert_eq!(walk(json!([{"introduced": "1.0.0"}, {"last_affected": "1.5.0"}])), ["1.0.0", "1.5.0"]);
    assert_eq!(walk(json!([{"introduced": "2.0.0"}, {"last_affected": "2.0.0"}])), ["2.0.0"]);
    assert_eq!(
        walk(json!([{"introduced": "2.0.0"}, {"introduced": "0"}, {"fixed": "3.0.0"}, {"fixed": "1.0.0"}])),
        ["0.1.0", "1.0.0-rc.1", "2.0.0", "2.5.0"],
        "the order of the events does not matter"
    );
    assert_eq!(walk(json!([{"introduced": "1.0.0"}, {"limit": "2.0.0"}])), ["1.0.0", "1.5.0"]);
    assert_eq!(walk(json!([{"fixed": "1.0.0"}])), [""; 0], "what never begins is nowhere");
    let gems = ["4.0.3", "4.1.0.beta1", "4.1.0.beta2", "4.1.0", "5.0"];
    let events = json!([{"introduced": "0"}, {"fixed": "4.0.3"}, {"introduced": "4.1"}, {"fixed": "4.1.0.beta2"}]);
    assert_eq!(affected("RubyGems", "ECOSYSTEM", &events, &gems), ["4.1.0.beta1"], "an end before its beginning");
    let events = json!([{"introduced": "0"}, {"fixed": "1.5"}]);
    assert_eq!(
        affected("RubyGems", "ECOSYSTEM", &events, &["1.4-x86_64-linux", "1.5-x86_64-linux"]),
        ["1.4-x86_64-linux"]
    );
    let events = json!([{"introduced": "1.2"}, {"last_affected": "1.3"}]);
    assert_eq!(
        affected("Packagist", "ECOSYSTEM", &events, &["1.2.0", "1.3.0.0", "1.3.1", "dev-main"]),
        ["1.2.0", "1.3.0.0"]
    );
}

#[test]
fn listed_versions_count_beside_ranges() {
    let mut affected = package("PyPI", "Foo.Bar", "ECOSYSTEM", &json!([{"introduced": "2"}, {"fixed": "3"}]));
    affected["versions"] = json!(["1.0", "1.1rc1"]);
    let versions = ["1.0.0", "1.1.RC1", "1.2", "2.5", "3.0"];
    let components: Vec<_> = versions.iter().map(|version| component("PyPI", "foo-bar", version)).collect();
    let (findings, _) = ask(&[record("PYSEC-1", &[], &affected)], &components);
    let found: Vec<_> = findings.iter().map(|finding| finding.version.as_deref().unwrap()).collect();
    assert_eq!(found, ["1.0.0", "1.1.RC1", "2.5"]);
}

#[test]
fn one_flaw_is_one_finding_with_every_name() {
    let npm = |fixed| package("npm", "a", "SEMVER", &json!([{"introduced": "0"}, {"fixed": fixed}]));
    let mut rated = record("GHSA-1", &["CVE-1"], &npm("2.0.0"));
    rated["severity"] = json!([
        {"type": "CVSS_V2", "score": "AV:L/AC:H/Au:N/C:N/I:P/A:N"},
        {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}
    ]);
    rated["references"] = json!([{"type": "WEB", "url": "https://a.example/1"}, {"type": "ADVISORY", "url": "https://a.example/2"}, {"type": "WEB", "url": "javascript:x"}]);
    let mut moderate = record("GHSA-9", &[], &npm("1.5.0"));
    moderate["database_specific"] = json!({"severity": "MODERATE"});
    let records = [rated, record("OTHER-1", &["CVE-1", "SNYK-1"], &npm("2.1.0")), moderate];
    let (findings, notices) = ask(&records, &[component("npm", "a", "1.0.0")]);
    assert!(notices.is_empty(), "{notices:?}");
    assert_eq!(findings.len(), 2);
    let flaw = findings.iter().find(|finding| finding.id == "GHSA-1").unwrap();
    assert_eq!(flaw.aliases, ["CVE-1", "OTHER-1", "SNYK-1"]);
    assert_eq!((flaw.severity, flaw.score, flaw.confidence), (Severity::Critical, Some(9.8), Confidence::Certain));
    assert_eq!(flaw.fixed_in.as_deref(), Some("2.1.0"), "2.0.0 is still affected by the other record");
    assert_eq!(flaw.references, ["https://a.example/2", "https://a.example/1"]);
    let other = findings.iter().find(|finding| finding.id == "GHSA-9").unwrap();
    assert_eq!((other.severity, other.score, other.fixed_in.as_deref()), (Severity::Medium, None, Some("1.5.0")));
}

#[test]
fn malware_and_information_are_kinds_of_their_own() {
    let all = |name| package("npm", name, "SEMVER", &json!([{"introduced": "0"}]));
    let mut unmaintained = all("old");
    unmaintained["database_specific"] = json!({"informational": "unmaintained"});
    let records = [record("MAL-2026-1", &["GHSA-2"], &all("evil")), record("RUSTSEC-1", &[], &unmaintained)];
    let (findings, _) = ask(&records, &[component("npm", "evil", "1.0.0"), component("npm", "old", "1.0.0")]);
    let kinds: Vec<_> = findings.iter().map(|finding| (finding.kind, finding.severity)).collect();
    assert_eq!(kinds, [(Kind::Malware, Severity::Critical), (Kind::Dependency, Severity::Low)]);
}

#[test]
fn only_what_a_registry_serves_at_a_version_is_asked_about() {
    let records = [record("X-1", &[], &package("npm", "a", "SEMVER", &json!([{"introduced": "0"}])))];
    let of = |change: &dyn Fn(&mut Component)| {
        let mut component = component("npm", "a", "1.0.0");
        change(&mut component);
        ask(&records, &[component])
    };
    assert_eq!(of(&|_| ()).0.len(), 1);
    for origin in [Origin::Git, Origin::Path, Origin::Url, Origin::OtherRegistry] {
        assert!(of(&|component| component.origin = origin).0.is_empty(), "{origin:?}");
    }
    let (findings, notices) = of(&|component| component.certainty = Certainty::Declared);
    assert_eq!((findings.len(), notices[0].kind), (0, NoticeKind::NotEvaluated));
    let (findings, _) = of(&|component| component.certainty = Certainty::Listed);
    assert_eq!(findings[0].confidence, Confidence::Likely);
    let (findings, notices) = of(&|component| component.version = Some("latest".to_owned()));
    assert_eq!((findings.len(), notices[0].kind), (0, NoticeKind::NotEvaluated));
    let (_, notices) = of(&|component| component.ecosystem = "Hex".to_owned());
    assert_eq!(notices[0].kind, NoticeKind::EcosystemUnknown);
}

#[test]
fn distributions_are_told_apart_and_commits_are_named() {
    let debian = |suffix: &str, fixed: &str| {
        package(&format!("Debian:{suffix}"), "openssl", "ECOSYSTEM", &json!([{"introduced": "0"}, {"fixed": fixed}]))
    };
    let mut both = record("DSA-1", &["CVE-1"], &debian("12", "3.0.11-1~deb12u2"));
    both["affected"].as_array_mut().unwrap().push(debian("13", "3.1.4-2"));
    let git = json!({ "package": {"ecosystem": "Debian", "name": "openssl"}, "ranges": [{"type": "GIT", "repo": "https://a.example", "events": [{"introduced": "0"}]}] });
    let records = [both, record("GIT-1", &[], &git)];
    let (findings, notices) = ask(&records, &[component("Debian:12", "openssl", "3.0.11-1~deb12u2")]);
    assert!(findings.is_empty());
    assert_eq!(notices[0].kind, NoticeKind::NotEvaluated);
    let (findings, _) = ask(&records, &[component("Debian:13", "openssl", "3.0.11-1~deb12u2")]);
    assert_eq!(findings[0].fixed_in.as_deref(), Some("3.1.4-2"));
}
