//! What an artifact says it is, in all the places that say it: they must agree, or users get another thing than they see.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::npm;
use crate::archive::{Limits, MemberKind, walk};
use crate::artifact::Subject;
use crate::artifact::facts::{Facts, File};
use crate::artifact::form::Form;
use crate::artifact::signal::{Signal, rule};

rule!(
    MISMATCH,
    "metadata-mismatch",
    b"HHM",
    Certain,
    "what the artifact says of itself does not agree",
    "Build it again from a clean tree. Registries show the one, installers use the other."
);
rule!(
    RECORD,
    "record-mismatch",
    b"HHM",
    Certain,
    "the wheel's list of files does not agree with its files",
    "Build the wheel again: something changed it after it was made."
);

/// Signals of names, versions and lists that disagree.
pub(super) fn signals(subject: &Subject<'_>, facts: &Facts) -> Vec<Signal> {
    let mut signals = Vec::new();
    let mut mismatch = |file: &File, key: &str, message: String| {
        signals.push(Signal {
            rule: &MISMATCH,
            path: file.path.clone(),
            line: None,
            message,
            key: key.to_owned(),
            content: Some(file.digest),
        });
    };
    if let Some((file, manifest)) = npm::manifest(facts) {
        let said = |key: &str| manifest.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(metadata) = subject.metadata {
            for key in ["name", "version", "scripts", "dependencies", "optionalDependencies"] {
                // An empty table may be left out.
                let (one, other) = (metadata.get(key), manifest.get(key));
                let empty = |value: Option<&Value>| {
                    value.is_none_or(|value| value.as_object().is_some_and(serde_json::Map::is_empty))
                };
                if one != other && !(empty(one) && empty(other)) {
                    let message =
                        format!("package.json in the artifact has other `{key}` than what the registry is told.");
                    mismatch(file, key, message);
                }
            }
        }
        let expected = format!("{}-{}.tgz", said("name").trim_start_matches('@').replace('/', "-"), said("version"));
        let plain = subject.name.rsplit('/').next().unwrap_or(subject.name);
        if subject.version.is_some_and(|version| version != said("version")) {
            mismatch(
                file,
                "version",
                format!("package.json says version {}, not {}.", said("version"), subject.version.unwrap_or_default()),
            );
        } else if looks_like_release(plain)
            && plain != expected
            && !plain.ends_with(&format!("-{}.tgz", said("version")))
        {
            mismatch(
                file,
                "file name",
                format!("The file is named {plain}, but package.json says {} {}.", said("name"), said("version")),
            );
        }
    }
    let metadata = match facts.form {
        Form::Wheel => facts.file("dist-info/METADATA"),
        Form::Sdist => facts.file("PKG-INFO"),
        _ => None,
    };
    if let Some(file) = metadata {
        let text = file.text.as_deref().unwrap_or_default();
        let header = |name: &str| {
            text.lines()
                .take_while(|line| !line.is_empty())
                .find_map(|line| line.strip_prefix(name))
                .unwrap_or_default()
                .trim()
        };
        let (name, version) = (header("Name:"), header("Version:"));
        let plain = subject.name.rsplit('/').next().unwrap_or(subject.name);
        let expected = format!("{}-{}", name.replace(['-', '.'], "_"), version).to_lowercase();
        if !plain.replace('.', "_").to_lowercase().starts_with(&expected.replace('.', "_"))
            && !plain.replace(['-', '.'], "_").to_lowercase().starts_with(&expected.replace(['-', '.'], "_"))
        {
            mismatch(file, "file name", format!("The file is named {plain}, but its metadata says {name} {version}."));
        }
    }
    if facts.form == Form::Crate
        && let Some(file) = facts.file("Cargo.toml")
        && let Some(manifest) = file.text.as_deref().and_then(|text| toml::from_str::<toml::Table>(text).ok())
    {
        let said =
            |key: &str| manifest.get("package").and_then(|package| package.get(key)?.as_str()).unwrap_or_default();
        let plain = subject.name.rsplit('/').next().unwrap_or(subject.name);
        if looks_like_release(plain) && plain != format!("{}-{}.crate", said("name"), said("version")) {
            mismatch(
                file,
                "file name",
                format!("The file is named {plain}, but Cargo.toml says {} {}.", said("name"), said("version")),
            );
        }
    }
    if facts.form == Form::Wheel {
        signals.extend(record(subject, facts));
    }
    signals
}

/// Whether a file's name ends with a version at all.
fn looks_like_release(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, version)| version.starts_with(|one: char| one.is_ascii_digit()))
}

/// A wheel's `RECORD` against its files.
fn record(subject: &Subject<'_>, facts: &Facts) -> Option<Signal> {
    let file = facts.file("dist-info/RECORD")?;
    let listed: std::collections::HashMap<String, String> = file
        .text
        .as_deref()?
        .lines()
        .filter_map(|line| {
            let (rest, _size) = line.rsplit_once(',')?;
            let (path, digest) = rest.rsplit_once(',')?;
            Some((path.trim_matches('"').replace("\"\"", "\""), digest.to_owned()))
        })
        .collect();
    let mut wrong = Vec::new();
    let prefix = format!("{}!/", subject.name);
    walk(subject.name, subject.bytes, &Limits { depth: 0, ..Limits::default() }, &mut |member| {
        let Some(inner) = member.path.strip_prefix(&prefix).filter(|inner| !inner.contains("!/")) else { return };
        let signature =
            ["RECORD", "RECORD.jws", "RECORD.p7s"].iter().any(|name| inner.ends_with(&format!(".dist-info/{name}")));
        if member.kind != MemberKind::File || signature || member.bytes.len() as u64 != member.size {
            return;
        }
        let agrees = listed.get(inner).is_some_and(|digest| match digest.strip_prefix("sha256=") {
            Some(digest) => digest.trim_end_matches('=') == URL_SAFE_NO_PAD.encode(Sha256::digest(member.bytes)),
            // Older digests are not computed here; being listed is what counts.
            None => true,
        });
        if !agrees {
            wrong.push(inner.to_owned());
        }
    });
    (!wrong.is_empty()).then(|| Signal {
        rule: &RECORD,
        path: file.path.clone(),
        line: None,
        message: format!("RECORD does not list these files, or lists other content: {}.", super::listed(&wrong, 4)),
        key: "RECORD".to_owned(),
        content: Some(file.digest),
    })
}
