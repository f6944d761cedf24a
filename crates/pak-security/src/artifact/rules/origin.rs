//! Where an artifact's files come from: those of the repository, unchanged, save what a build makes. The attack on xz lay in
//! a file that only the release archive had.

use super::hooks;
use crate::artifact::Subject;
use crate::artifact::facts::{Facts, File};
use crate::artifact::form::Form;
use crate::artifact::signal::{Signal, rule};

rule!(
    CHANGED,
    "differs-from-source",
    b"HHM",
    Certain,
    "files differ from those of the repository",
    "Build from a clean checkout of the commit that is tagged. Nobody reviewed what is in these files."
);
rule!(
    CHANGED_HOOK,
    "unreviewed-install-code",
    b"HCM",
    Certain,
    "code that runs at install is not what the repository has",
    "Do not publish this: build from a clean checkout, and find out what changed the file."
);
rule!(
    UNTRACKED,
    "not-in-repository",
    b"MMN",
    Certain,
    "files are not in the repository",
    "A source archive holds what the repository holds. Commit these files, or leave them out."
);
rule!(GENERATED, "made-by-build", b"NNN", Certain, "files are not in the repository", "Fine, if the build makes them.");

/// Signals of files that the repository does not have, or has otherwise.
pub(super) fn signals(subject: &Subject<'_>, facts: &Facts) -> Vec<Signal> {
    let Some(sources) = subject.sources.filter(|sources| !sources.is_empty()) else { return Vec::new() };
    let by_itself = hooks::reached(facts);
    let (mut changed, mut untracked) = (Vec::new(), Vec::new());
    let mut signals = Vec::new();
    for file in facts
        .files
        .iter()
        .filter(|file| file.link.is_none() && !file.inner.contains("!/") && !written_by_packer(facts, file))
    {
        let differs = match sources.find(&file.inner) {
            None => {
                untracked.push(file);
                true
            }
            Some((_, Some(digest))) if digest != file.digest => {
                changed.push(file);
                true
            }
            Some(_) => false,
        };
        if differs && by_itself.contains(&file.inner) {
            signals.push(Signal {
                rule: &CHANGED_HOOK,
                path: file.path.clone(),
                line: None,
                message: format!(
                    "{} runs by itself at the user's, and the repository does not have it like this.",
                    file.inner
                ),
                key: file.stable.clone(),
                content: Some(file.digest),
            });
        }
    }
    let mut list = |rule, files: &[&File], what: &str| {
        if let Some(first) = files.first() {
            let names: Vec<&str> = files.iter().map(|file| file.inner.as_str()).collect();
            signals.push(Signal {
                rule,
                path: first.path.clone(),
                line: None,
                message: format!("{what}: {}.", super::listed(&names, 5)),
                key: names.join("\n"),
                content: None,
            });
        }
    };
    list(&CHANGED, &changed, "Their content is another one than in the repository");
    let rule = if facts.form.is_source() { &UNTRACKED } else { &GENERATED };
    list(rule, &untracked, "The repository does not track them");
    signals
}

/// Files that packers write or rewrite themselves.
fn written_by_packer(facts: &Facts, file: &File) -> bool {
    let path = file.inner.as_str();
    match facts.form {
        Form::Npm => path == "package.json",
        Form::Crate => matches!(path, "Cargo.toml" | "Cargo.toml.orig" | "Cargo.lock" | ".cargo_vcs_info.json"),
        Form::Sdist => matches!(path, "PKG-INFO" | "setup.cfg" | "pyproject.toml") || path.contains(".egg-info/"),
        Form::Wheel => path.starts_with("dist-info/"),
        Form::Gem => path.starts_with("metadata.gz") || path.starts_with("checksums.yaml.gz") || path == "data.tar.gz",
        Form::NuGet => {
            path.ends_with(".nuspec")
                || path.starts_with("_rels/")
                || path.starts_with("package/")
                || path == "[Content_Types].xml"
        }
        Form::Jar | Form::Debian | Form::Rpm | Form::Other => true,
    }
}
