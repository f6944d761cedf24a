//! Changes that honest projects make every week: none of them may be stopped.

use base64::Engine as _;
use pak_model::security::SecurityConfig;
use pak_security::artifact::{Subject, inspect};
use pak_security::policy::Policy;
use pak_security::report::{Finding, Report, Severity, Target, TargetKind};

use super::{Package, between, ids, npm};

/// Nothing to stop the release: neither denied nor to be approved.
fn passes(what: &str, findings: &[Finding]) {
    let target = Target { kind: TargetKind::Artifact, name: "greeter".to_owned(), version: None, sha256: None };
    let mut report = Report::new(target);
    report.findings = findings.to_vec();
    let policy = Policy::new(&SecurityConfig::default(), jiff::civil::date(2026, 1, 1)).unwrap();
    policy.judge(&mut report);
    assert!(policy.verdict(&report).passes(), "{what}: {:#?}", report.findings);
}

/// A bundle as a bundler makes it: one long line with everything in it.
fn bundle(salt: &str) -> String {
    let part =
        "function a(e,t){return e=t||{},n(e,function(){return fetch('/api/'+t)})}var c=eval.bind(null),d=atob('YQ==');";
    format!("/*! bundle {salt} */!function(){{{}}}();\n//# sourceMappingURL=x.js.map\n", part.repeat(200))
}

#[test]
fn honest_changes_to_an_npm_package_pass() {
    let clean = npm("1.0.0", "\"test\": \"node --test\"", "")
        .with("dist/app-3fa9c21b.js", bundle("a"))
        .with("core.wasm", b"\0asm\x01\0\0\0old");
    let next = npm("1.0.1", "\"test\": \"node --test\"", "")
        .with("dist/app-3fa9c21b.js", bundle("a"))
        .with("core.wasm", b"\0asm\x01\0\0\0old");
    let picture = base64::engine::general_purpose::STANDARD.encode([0x89_u8; 4000]);
    for (what, now) in [
        ("nothing changed", next.clone()),
        (
            "a dependency",
            npm("1.0.1", "\"test\": \"node --test\"", "\"semver\": \"^7.0.0\"")
                .with("dist/app-3fa9c21b.js", bundle("a")),
        ),
        ("a new bundle under a new name", next.with("dist/app-77aa00c1.js", bundle("b"))),
        ("a wasm that was there, compiled anew", next.with("core.wasm", b"\0asm\x01\0\0\0new")),
        ("documentation", next.with("docs/guide.md", "Set NPM_TOKEN, then `curl https://get.tool.dev | sh`.\n")),
        (
            "tests",
            next.with("test/a.test.js", "const { execSync } = require('child_process');\nexecSync('node index.js');\n"),
        ),
        ("types", next.with("index.d.ts", "export declare function greet(name: string): string;\n")),
        ("a picture in the code", next.with("icon.js", format!("export default 'data:image/png;base64,{picture}';\n"))),
        (
            "a client of a service",
            next.with("client.js", "export const get = () => fetch('https://api.greeter.dev/v1');\n"),
        ),
        (
            "a script for developers",
            npm("1.0.1", "\"test\": \"node --test\", \"build\": \"tsc\", \"prepublishOnly\": \"npm run build\"", ""),
        ),
        ("another locale", next.with("locale/ar.js", "export default { hello: 'مرحبا بالعالم', family: '👨‍👩‍👧' };\n")),
    ] {
        passes(what, &between(&now, Some(&clean)));
    }
}

#[test]
fn what_users_have_lived_with_is_no_alarm() {
    // A package that always compiled at install and always fetched its program.
    let script = "\"install\": \"node install.js\"";
    let install = "const https = require('https');\nhttps.get('https://downloads.greeter.dev/tool');\nrequire('child_process').execFileSync('./tool');\n";
    let clean = npm("1.0.0", script, "").with("install.js", install);
    let next = npm("1.0.1", script, "").with("install.js", format!("{install}// more\n"));
    passes("the same install script", &between(&next, Some(&clean)));
    // A tool that publishes: it always read the token.
    let tool = "const token = process.env.NPM_TOKEN;\nfetch('https://registry.greeter.dev', { headers: { token } });\n";
    let clean = npm("1.0.0", "", "").with("publish.js", tool);
    let next = npm("1.0.1", "", "").with("publish.js", format!("{tool}done();\n"));
    passes("the same publishing tool", &between(&next, Some(&clean)));
}

#[test]
fn first_releases_of_honest_packages_pass() {
    let build = "fn main() {\n    let out = std::process::Command::new(\"git\").arg(\"describe\").output();\n    println!(\"cargo:rerun-if-changed=build.rs\");\n}\n";
    let manifest = "[package]\nname = \"greeter\"\nversion = \"1.0.0\"\n";
    let bytes = Package::default()
        .with("Cargo.toml", manifest)
        .with("build.rs", build)
        .with("src/lib.rs", "")
        .tgz("greeter-1.0.0");
    passes("a crate with a build script", &inspect(&Subject::new("greeter-1.0.0.crate", &bytes, ""), None).0);
    let setup =
        "import subprocess\nfrom setuptools import setup, Extension\nsetup(ext_modules=[Extension('a', ['a.c'])])\n";
    let bytes = Package::default()
        .with("PKG-INFO", "Name: greeter\nVersion: 1.0.0\n\n")
        .with("setup.py", setup)
        .tgz("greeter-1.0.0");
    passes("an sdist with an extension", &inspect(&Subject::new("greeter-1.0.0.tar.gz", &bytes, "PyPI"), None).0);
    let extension = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0";
    let wheel = Package::default()
        .with("greeter/_core.abi3.so", extension)
        .with("greeter-1.0.0.dist-info/METADATA", "Name: greeter\nVersion: 1.0.0\n\n");
    let bytes = wheel.zip();
    passes(
        "a wheel with an extension",
        &inspect(&Subject::new("greeter-1.0.0-cp39-abi3-linux_x86_64.whl", &bytes, "PyPI"), None).0,
    );
    let findings = between(&npm("1.0.1", "", ""), None);
    assert!(findings.iter().all(|one| one.severity <= Severity::Note), "{:?}", ids(&findings));
}

#[test]
fn adding_a_build_script_asks_for_a_look_and_no_more() {
    let manifest = |version: &str| format!("[package]\nname = \"greeter\"\nversion = \"{version}\"\n");
    let clean = Package::default().with("Cargo.toml", manifest("1.0.0")).with("src/lib.rs", "");
    let next = clean
        .with("Cargo.toml", manifest("1.0.1"))
        .with("build.rs", "fn main() { println!(\"cargo:rustc-cfg=fast\"); }\n");
    let (before, now) = (clean.tgz("greeter-1.0.0"), next.tgz("greeter-1.0.1"));
    let findings = inspect(
        &Subject::new("greeter-1.0.1.crate", &now, ""),
        Some(&Subject::new("greeter-1.0.0.crate", &before, "")),
    )
    .0;
    assert_eq!(ids(&findings), [("code-at-install", Severity::Medium)]);
    passes("a build script", &findings);
}
