//! An artifact against the tree it was built from.

use pak_security::artifact::{SourceFiles, Subject, inspect};
use pak_security::report::Severity;

use super::{Package, ids, npm, of};

#[test]
fn what_the_repository_does_not_have_is_told() {
    let sdist = Package::default()
        .with("PKG-INFO", "Name: greeter\nVersion: 1.0.0\n\n")
        .with("setup.py", "from setuptools import setup\r\nsetup()\r\n")
        .with("greeter/__init__.py", "x = 1\n")
        .with("tests/data/payload.bin", "hidden")
        .tgz("greeter-1.0.0");
    let look = |sources: &SourceFiles| {
        let subject = Subject { sources: Some(sources), ..Subject::new("greeter-1.0.0.tar.gz", &sdist, "PyPI") };
        inspect(&subject, None).0
    };
    let all: [(&str, &[u8]); 3] = [
        ("setup.py", b"from setuptools import setup\nsetup()\n"),
        ("src/greeter/__init__.py", b"x = 1\n"),
        ("tests/data/payload.bin", b"hidden"),
    ];
    assert_eq!(ids(&look(&SourceFiles::of(all))), [("code-at-install", Severity::Note)]);
    let findings = look(&SourceFiles::of([all[0], all[1]]));
    assert!(of(&findings, "not-in-repository").message.contains("payload.bin"));
    let findings = look(&SourceFiles::of([all[0], ("src/greeter/__init__.py", b"x = 2\n"), all[2]]));
    assert_eq!(of(&findings, "differs-from-source").severity, Severity::High);
    // Code that runs at install, and that nobody reviewed.
    let findings = look(&SourceFiles::of([("setup.py", &b"setup()\n"[..]), all[1], all[2]]));
    assert_eq!(of(&findings, "unreviewed-install-code").severity, Severity::High);
}

#[test]
fn what_a_build_makes_is_fine() {
    let package = npm("1.0.1", "", "").with("dist/index.js", "built()").tgz("package");
    let sources = SourceFiles::of([
        ("index.js", &b"'use strict';\nmodule.exports = (name) => `Hello, ${name}`;\n"[..]),
        ("README.md", b"# greeter\n\nSee https://greeter.example.com\n"),
        ("LICENSE", b"MIT\n"),
        ("package.json", b"{}"),
    ]);
    let subject = Subject { sources: Some(&sources), ..Subject::new("greeter-1.0.1.tgz", &package, "npm") };
    assert_eq!(ids(&inspect(&subject, None).0), [("made-by-build", Severity::Note)]);
}
