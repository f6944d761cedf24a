//! Formulae and casks as text, and what Ruby itself says of them.

use std::process::Command;

use pak_model::{Release, Severity, code};
use pak_testing::Tool;

use super::{Cask, Formula};
use crate::protocol::tap::sample::{Sample, release, with_template};
use crate::protocol::tap::{Format, Subject};

const LINUX: Sample<'_> = (Some("linux"), Some("x86_64"), "hello-linux.tar.gz", &["hello-1.2.0/hello"]);
const MAC_ARM: Sample<'_> = (Some("macos"), Some("aarch64"), "hello-mac-arm.tar.gz", &["hello-1.2.0/hello"]);
const MAC_INTEL: Sample<'_> = (Some("macos"), Some("x86_64"), "hello-mac-intel.tar.gz", &["hello-1.2.0/hello"]);
const WINDOWS: Sample<'_> = (Some("windows"), Some("x86_64"), "hello.zip", &["hello.exe"]);
const NOTES: Sample<'_> = (None, None, "LICENSE", &[]);

fn text(format: &dyn Format, release: &Release) -> String {
    format.render(&Subject { release, name: "hello" }).unwrap()
}

fn findings(format: &dyn Format, release: &Release) -> Vec<(Severity, String)> {
    let subject = Subject { release, name: "hello" };
    let text = format.render(&subject).unwrap();
    format.check(&subject, &text).into_iter().map(|finding| (finding.severity, finding.code)).collect()
}

/// What Ruby says the text is: `Syntax OK`, or what is wrong. None where there is no Ruby.
fn is_ruby(text: &str) -> Option<bool> {
    let ruby = Tool::Ruby.require_or_skip()?;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hello.rb");
    std::fs::write(&file, text).unwrap();
    let output = Command::new(ruby).arg("-wc").arg(&file).output().unwrap();
    let (said, complaints) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(complaints.is_empty(), "{complaints}\n{text}");
    Some(output.status.success() && said.contains("Syntax OK"))
}

#[test]
fn a_formula_of_several_machines() {
    let release = release(&[LINUX, MAC_ARM, MAC_INTEL, WINDOWS, NOTES]);
    insta::assert_snapshot!(text(&Formula, &release));
    assert_eq!(findings(&Formula, &release), []);
}

#[test]
fn a_formula_of_bare_programs() {
    let linux = (Some("linux"), Some("x86_64"), "hello-linux-amd64", &["hello-linux-amd64"][..]);
    let mac = (Some("macos"), Some("universal"), "hello-macos", &["hello-macos"][..]);
    let release = release(&[linux, mac]);
    insta::assert_snapshot!(text(&Formula, &release));
    assert_eq!(findings(&Formula, &release), []);
}

#[test]
fn a_formula_of_one_file() {
    let release = release(&[(None, None, "hello.tar.gz", &["hello-1.2.0/bin/hello", "hello-1.2.0/bin/bye"])]);
    insta::assert_snapshot!(text(&Formula, &release));
}

#[test]
fn a_cask_of_two_machines_and_of_one() {
    let arm = (Some("macos"), Some("aarch64"), "Hello-arm.zip", &["Hello.app/Contents/MacOS/hello"][..]);
    let intel = (Some("macos"), Some("x86_64"), "Hello-intel.zip", &["Hello.app/Contents/MacOS/hello"][..]);
    let both = release(&[arm, intel, LINUX]);
    insta::assert_snapshot!("cask_two", text(&Cask, &both));
    assert_eq!(findings(&Cask, &both), []);
    let mut one = release(&[(Some("macos"), Some("aarch64"), "hello-macos-arm64", &["hello-macos-arm64"])]);
    one.assets[0].url = "https://files.example.com/acme/hello/v1/hello-macos-arm64".to_owned();
    insta::assert_snapshot!("cask_one", text(&Cask, &one));
    assert_eq!(
        findings(&Cask, &release(&[(Some("macos"), None, "Hello.dmg", &[])])),
        [(Severity::Warning, code::tap::GUESSED.id.to_owned())]
    );
}

/// Every file of every kind, with words that would be code if they got out of their strings.
#[test]
fn ruby_reads_every_text_and_runs_none_of_it() {
    let hostile = "A \"#{system('touch pwned')}\" tool \\\" #$0 #@a #{`id`} %w[x] \n end\n\u{2028}=begin \\";
    let files: [&[Sample<'_>]; 6] = [
        &[LINUX, MAC_ARM, MAC_INTEL],
        &[LINUX],
        &[MAC_ARM, MAC_INTEL],
        &[(None, None, "hello.tar.gz", &["x/\"#{boom}", "x/b\\"])],
        &[(Some("macos"), Some("aarch64"), "Hello.dmg", &[]), (Some("macos"), Some("x86_64"), "hello.pkg", &[])],
        &[(Some("macos"), None, "hello", &["hello"]), (Some("linux"), Some("aarch64"), "hello-1", &["hello-1"])],
    ];
    for files in files {
        for format in [&Formula as &dyn Format, &Cask] {
            let mut release = release(files);
            release.package.about.description = Some(hostile.to_owned());
            release.package.about.license = Some("Apache-2.0 WITH LLVM-exception OR (MIT AND ISC)".to_owned());
            release.package.about.homepage = Some("https://example.org/#{x}\"".to_owned());
            release.package.name = hostile.to_owned();
            release.version = "1.0\"#{exit}".to_owned();
            let subject = Subject { release: &release, name: "hello" };
            // Linux has no casks, and disk images no formulae.
            let Ok(text) = format.render(&subject) else { continue };
            assert!(!text.contains("\"#{s") && !text.contains(" #{`"), "{text}");
            let Some(fine) = is_ruby(&text) else { return };
            assert!(fine, "{text}");
        }
    }
}

#[test]
fn what_is_wrong_is_said() {
    let error = |code: pak_model::code::Code| vec![(Severity::Error, code.id.to_owned())];
    let second = (Some("linux"), Some("x86_64"), "hello-linux-musl.tar.gz", &["hello"][..]);
    assert_eq!(findings(&Formula, &release(&[LINUX, second])), error(code::tap::ASSETS_AMBIGUOUS));
    let empty = (Some("linux"), Some("x86_64"), "hello-linux.tar.gz", &[][..]);
    assert_eq!(findings(&Formula, &release(&[empty])), error(code::tap::PROGRAM_MISSING));
    let closed = (Some("linux"), Some("x86_64"), "hello-linux.tar.xz", &[][..]);
    assert_eq!(findings(&Formula, &release(&[closed])), [(Severity::Warning, code::tap::GUESSED.id.to_owned())]);
    let odd = (Some("linux"), Some("x86_64"), "hello-linux.tar.gz", &["x/a b", "x/hello"][..]);
    assert_eq!(findings(&Formula, &release(&[odd])), error(code::tap::NAME_INVALID));
    let only_windows = release(&[WINDOWS, NOTES]);
    for format in [&Formula as &dyn Format, &Cask] {
        let problem = format.render(&Subject { release: &only_windows, name: "hello" }).unwrap_err();
        assert_eq!(problem.code(), code::tap::ASSETS_MISSING);
    }
    let named = release(&[LINUX]);
    let subject = Subject { release: &named, name: "7hello" };
    let found = Formula.check(&subject, &Formula.render(&subject).unwrap());
    assert_eq!(found.first().map(|finding| finding.code.as_str()), Some(code::tap::NAME_INVALID.id));
}

#[test]
fn a_template_of_ones_own() {
    let template = "class {{ class }} < Formula\n  desc \"{{ description }}\"\n  version \"{{ version }}\"\n  license {{ license_ruby | safe }}\n\
        {% for asset in assets %}\n  # {{ asset.os }} {{ asset.url }} {{ asset.sha256 }}\n{% endfor %}\nend\n";
    let own = with_template(release(&[LINUX, WINDOWS]), template);
    let made = text(&Formula, &own);
    assert!(made.starts_with("class Hello < Formula\n  desc \"A tool that says hello.\"\n"), "{made}");
    assert_eq!(made.matches("  # ").count(), 2);
    assert_eq!(findings(&Formula, &own), []);
    assert_eq!(Formula.version_of(&made).as_deref(), Some("1.2.0"));
    let other = with_template(release(&[LINUX]), "class Other < Formula\n  def x\nend\n");
    assert_eq!(
        findings(&Formula, &other),
        [
            (Severity::Error, code::tap::TEXT_INVALID.id.to_owned()),
            (Severity::Warning, code::tap::TEXT_INVALID.id.to_owned())
        ]
    );
}

#[test]
fn the_template_in_the_reference_is_a_formula() {
    let page = include_str!("../../../../../docs/reference/templates.md");
    let template = page.split("```ruby\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let own = with_template(release(&[LINUX, MAC_ARM, WINDOWS]), template);
    assert_eq!(findings(&Formula, &own), []);
    let text = text(&Formula, &own);
    assert_eq!(text.matches("sha256").count(), 1, "{text}");
    assert_ne!(is_ruby(&text), Some(false), "{text}");
}
