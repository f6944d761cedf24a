//! Files that have no place in a release.

use pak_security::artifact::{Subject, inspect};
use pak_security::report::Severity;

use super::{Package, between, ids, npm, of};
use crate::archive::{gzip, tar_member, tar_of};

#[test]
fn files_with_no_place_in_a_release_are_found() {
    let key = ["-----BEGIN RSA PRIVATE", " KEY-----\nabc\n"].concat();
    let elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0";
    for (path, content, id, severity) in [
        (".env", "SECRET=1\n".as_bytes(), "environment-file", Severity::High),
        ("config/.env.production", b"SECRET=1\n", "environment-file", Severity::High),
        ("deploy/server.pem", key.as_bytes(), "private-key-file", Severity::High),
        (".npmrc", b"//registry/:_authToken=x\n", "credentials-file", Severity::High),
        (".git/config", b"[core]\n", "repository-folder", Severity::High),
        (".vscode/settings.json", b"{}", "tool-folder", Severity::Low),
        ("src/.DS_Store", b"x", "leftover-file", Severity::Low),
        ("index.js.orig", b"x", "leftover-file", Severity::Low),
        ("dist/a.js.map", b"{\"version\":3,\"sourcesContent\":[\"x\"]}", "source-map", Severity::Low),
        ("users.sqlite", b"x", "local-data", Severity::Medium),
        ("bin/tool", elf, "binary", Severity::Low),
        ("logo.png", elf, "disguised-binary", Severity::High),
        ("node_modules/x/index.js", b"1", "bundled-modules", Severity::Low),
        ("core", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x04\0", "memory-dump", Severity::High),
    ] {
        let findings = between(&npm("1.0.1", "", "").with(path, content), None);
        assert_eq!(of(&findings, id).severity, severity, "{path}");
    }
    // Samples and public keys are fine.
    let fine = npm("1.0.1", "", "")
        .with(".env.example", "SECRET=\n")
        .with("a.pem", "-----BEGIN CERTIFICATE-----\n")
        .with(".npmrc", "fund=false\n");
    assert_eq!(ids(&between(&fine, None)), []);
}

#[test]
fn new_binaries_weigh_more_than_known_ones() {
    let tool = |byte: u8| [&b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0"[..], &[byte]].concat();
    let clean = npm("1.0.0", "", "");
    let with = |version: &str, byte| npm(version, "", "").with("bin/tool", tool(byte));
    assert_eq!(of(&between(&with("1.0.1", 1), Some(&clean)), "binary").severity, Severity::High);
    assert_eq!(of(&between(&with("1.0.1", 2), Some(&with("1.0.0", 1))), "binary").severity, Severity::Note);
}

#[test]
fn sizes_modes_hosts_and_addresses_are_held_against_the_version_before() {
    let clean = npm("1.0.0", "", "");
    let large = npm("1.0.1", "", "\"x\": \"git+https://forge.dev/x.git\"")
        .with("data.bin", vec![7; 4 << 20])
        .with("lib/a.js", "call('https://new.host.dev/');\n");
    let findings = between(&large, Some(&clean));
    assert_eq!(of(&findings, "size-jump").severity, Severity::Medium);
    assert!(of(&findings, "new-hosts").message.contains("new.host.dev"));
    assert!(of(&findings, "new-dependencies").message.contains('x'));
    assert_eq!(of(&findings, "odd-dependencies").severity, Severity::High);
}

#[test]
fn modes_links_and_odd_archives_are_found() {
    let mut tar = tar_member("package/escape", tar::EntryType::Symlink, "../../../etc/passwd", b"");
    let mut setuid = tar_member("package/tool", tar::EntryType::Regular, "", b"x");
    setuid[100..108].copy_from_slice(b"0004777\0");
    let sum: u64 = setuid[..512]
        .iter()
        .enumerate()
        .map(|(at, byte)| u64::from(if (148..156).contains(&at) { b' ' } else { *byte }))
        .sum();
    setuid[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    tar.extend(setuid);
    tar.extend(tar_of(&[("package/a", b"1"), ("package/A", b"2")]));
    let bytes = gzip(&tar);
    let (findings, notices) = inspect(&Subject::new("greeter-1.0.0.tgz", &bytes, "npm"), None);
    for id in ["link-out", "setuid", "world-writable", "hostile-archive"] {
        of(&findings, id);
    }
    assert_eq!(notices, []);
}

#[test]
fn what_an_artifact_says_of_itself_must_agree() {
    let package = npm("1.0.1", "\"postinstall\": \"node x.js\"", "\"left\": \"1\"").tgz("package");
    let told = serde_json::json!({"name": "greeter", "version": "1.0.1", "dependencies": {"left": "1"}});
    let subject = Subject { metadata: Some(&told), ..Subject::new("greeter-1.0.1.tgz", &package, "npm") };
    let findings = inspect(&subject, None).0;
    assert!(of(&findings, "metadata-mismatch").message.contains("`scripts`"), "{findings:#?}");
    let findings = inspect(&Subject::new("greeter-2.0.0.tgz", &package, "npm"), None).0;
    assert!(of(&findings, "metadata-mismatch").message.contains("greeter-2.0.0.tgz"));
    let wheel = Package::default()
        .with("greeter/__init__.py", "x = 1\n")
        .with("greeter-1.0.0.dist-info/METADATA", "Name: greeter\nVersion: 1.0.0\n\n")
        .with(
            "greeter-1.0.0.dist-info/RECORD",
            "greeter-1.0.0.dist-info/METADATA,sha256=wrong,1\ngreeter-1.0.0.dist-info/RECORD,,\n",
        )
        .zip();
    let findings = inspect(&Subject::new("greeter-1.0.0-py3-none-any.whl", &wheel, "PyPI"), None).0;
    assert!(of(&findings, "record-mismatch").message.contains("greeter/__init__.py"));
    let findings = inspect(&Subject::new("other-1.0.0-py3-none-any.whl", &wheel, "PyPI"), None).0;
    of(&findings, "metadata-mismatch");
}

#[test]
fn an_approval_is_of_exactly_these_bytes() {
    let clean = npm("1.0.0", "", "");
    let scripts = "\"postinstall\": \"node x.js\"";
    let one = between(&npm("1.0.1", scripts, "").with("x.js", "one()"), Some(&clean));
    let same = between(&npm("1.0.1", scripts, "").with("x.js", "one()"), Some(&clean));
    let other = between(&npm("1.0.1", scripts, "").with("x.js", "other()"), Some(&clean));
    let print = |findings: &[pak_security::report::Finding]| of(findings, "install-script").fingerprint.clone();
    assert_eq!(print(&one), print(&same));
    assert_ne!(print(&one), print(&other));
}

#[test]
fn a_source_distribution_is_known_by_what_it_holds() {
    let sdist = Package::default().with("PKG-INFO", "Name: greeter\nVersion: 1.0.0\n\n").with("setup.py", "setup()\n");
    let bytes = sdist.tgz("greeter-1.0.0");
    let findings = inspect(&Subject::new("greeter-1.0.0.tar.gz", &bytes, ""), None).0;
    assert_eq!(ids(&findings), [("code-at-install", Severity::Note)]);
}
