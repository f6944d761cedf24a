//! Manifests as text, and what a validator of JSON schemas that is not ours says of them.

use pak_model::{Release, Severity, code};

use super::Manifest;
use crate::protocol::tap::sample::{Sample, release, with_template};
use crate::protocol::tap::{Format, Subject};

const X64: Sample<'_> = (Some("windows"), Some("x86_64"), "hello-1.2.0-x64.zip", &["hello-1.2.0/hello.exe"]);
const X86: Sample<'_> = (Some("windows"), Some("i686"), "hello-1.2.0-x86.zip", &["hello-1.2.0/hello.exe"]);
const ARM: Sample<'_> = (Some("windows"), Some("aarch64"), "hello-arm64.exe", &["hello-arm64.exe"]);
const LINUX: Sample<'_> = (Some("linux"), Some("x86_64"), "hello.tar.gz", &["hello"]);

fn text(release: &Release) -> String {
    Manifest.render(&Subject { release, name: "hello" }).unwrap()
}

fn findings(release: &Release) -> Vec<(Severity, String)> {
    let found = Manifest.check(&Subject { release, name: "hello" }, &text(release));
    found.into_iter().map(|finding| (finding.severity, finding.code)).collect()
}

/// What a validator that is not ours says of a manifest.
fn complaints(manifest: &str) -> Vec<String> {
    let schema = serde_json::from_str(include_str!("schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let manifest = serde_json::from_str(manifest).unwrap();
    validator.iter_errors(&manifest).map(|error| error.to_string()).collect()
}

fn github(mut release: Release) -> Release {
    for asset in &mut release.assets {
        asset.url = format!("https://github.com/acme/hello/releases/download/v1.2.0/{}", asset.name);
    }
    release
}

#[test]
fn a_manifest_of_every_architecture() {
    let release = github(release(&[X64, X86, ARM, LINUX]));
    insta::assert_snapshot!(text(&release));
    assert_eq!(findings(&release), []);
}

#[test]
fn a_manifest_of_one_file() {
    let release = release(&[(Some("windows"), None, "hello.zip", &["hello.exe", "sub/bye.exe"])]);
    insta::assert_snapshot!(text(&release));
    assert_eq!(findings(&release), []);
}

#[test]
fn an_independent_validator_agrees() {
    let hostile = "say \"hello\" \\ $version \u{1}\n\u{2028}";
    for files in [&[X64, X86, ARM][..], &[X64], &[ARM], &[(Some("windows"), None, "h.7z", &[])]] {
        for on_github in [false, true] {
            let mut release = release(files);
            release.package.about.description = Some(hostile.to_owned());
            let release = if on_github { github(release) } else { release };
            let text = text(&release);
            assert!(text.ends_with("}\n") && text.contains("\n    \"version\""), "{text}");
            assert_eq!(complaints(&text), Vec::<String>::new(), "{text}");
            assert!(findings(&release).iter().all(|(severity, _)| *severity != Severity::Error));
        }
    }
    // The validator is at work: what our rules refuse it refuses too.
    for bad in [r#"{"version": "1 0", "homepage": "https://example.org", "license": "MIT"}"#, r#"{"x": 1}"#] {
        assert!(!complaints(bad).is_empty(), "{bad}");
    }
}

#[test]
fn licences_are_written_as_buckets_write_them() {
    for (spdx, scoop) in [
        ("MIT OR Apache-2.0", "MIT|Apache-2.0"),
        ("MIT AND ISC", "MIT,ISC"),
        ("MIT", "MIT"),
        ("(MIT OR ISC) AND Zlib", "(MIT OR ISC) AND Zlib"),
    ] {
        let mut release = release(&[X64]);
        release.package.about.license = Some(spdx.to_owned());
        let manifest: serde_json::Value = serde_json::from_str(&text(&release)).unwrap();
        assert_eq!(manifest["license"], scoop);
    }
}

#[test]
fn what_is_wrong_is_said() {
    let second = (Some("windows"), Some("x86_64"), "hello-other.zip", &["hello.exe"][..]);
    assert_eq!(findings(&release(&[X64, second])), [(Severity::Error, code::tap::ASSETS_AMBIGUOUS.id.to_owned())]);
    let empty = (Some("windows"), Some("x86_64"), "hello.zip", &[][..]);
    assert_eq!(findings(&release(&[empty])), [(Severity::Error, code::tap::PROGRAM_MISSING.id.to_owned())]);
    let linux = release(&[LINUX]);
    let problem = Manifest.render(&Subject { release: &linux, name: "hello" }).unwrap_err();
    assert_eq!(problem.code(), code::tap::ASSETS_MISSING);
}

#[test]
fn a_template_of_ones_own() {
    let template = "{\n    \"version\": \"{{ version }}\",\n    \"description\": \"{{ description }}\",\n    \"homepage\": \"{{ homepage }}\",\n\
        \"license\": \"{{ license }}\",\n    \"url\": \"{{ assets[0].url }}\",\n    \"hash\": \"{{ assets[0].sha256 }}\"\n}\n";
    let mut release = release(&[X64]);
    release.package.about.description = Some("a \"b\" \\ {{ c }}".to_owned());
    let own = with_template(release, template);
    assert_eq!(findings(&own), []);
    let manifest: serde_json::Value = serde_json::from_str(&text(&own)).unwrap();
    assert_eq!(manifest["description"], "a \"b\" \\ {{ c }}");
    let broken = with_template(own, "{\"version\": \"{{ version }}\"");
    assert_eq!(findings(&broken), [(Severity::Error, code::tap::TEXT_INVALID.id.to_owned())]);
}
