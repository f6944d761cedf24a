//! The dangers of pipelines that exist: which of them lead to a release nobody wanted.
//!
//! Called by `pak ci audit` and by the scan of a tree. One file per system; GitHub's, the largest, one per danger below it.

mod azure;
mod circleci;
mod dangers;
mod github;
mod gitlab;
mod jenkins;
mod publishing;
mod scripts;
mod woodpecker;

use camino::Utf8Path;
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

pub use dangers::{DANGERS, Danger, find as danger};
use gitlab::{plain_secrets, publishing_image};

use super::System;
use super::document::{Node, Refusal, parse};
use crate::report::{Confidence, Finding, Kind, Notice, NoticeKind};
use crate::tree::{self, Selection};

/// What the pipelines of a tree hold. A single file is audited whatever its folder, if its name or content tells its system.
pub fn of_tree(root: &Utf8Path) -> (Vec<Finding>, Vec<Notice>) {
    let selection = Selection { skip_folders: vec!["node_modules".to_owned()], ..Selection::default() };
    let (files, mut notices) = tree::files(root, &selection);
    let is_single = root.is_file();
    let looked: Vec<(Vec<Finding>, Vec<Notice>)> = files
        .par_iter()
        .filter_map(|file| {
            // A file that was named is audited by where it lies, even if only its name was given.
            let system = System::of_path(&file.relative)
                .or_else(|| is_single.then(|| System::of_path(&file.path.as_str().replace('\\', "/"))).flatten())
                .or_else(|| is_single.then_some(System::GitHub))?;
            Some(match std::fs::read(&file.path) {
                Ok(bytes) => of_file(system, &file.relative, &bytes),
                Err(error) => (Vec::new(), vec![unreadable(&file.relative, &error.to_string())]),
            })
        })
        .collect();
    let mut findings = Vec::new();
    for (found, noticed) in looked {
        findings.extend(found);
        notices.extend(noticed);
    }
    (findings, notices)
}

/// What one file holds.
pub fn of_file(system: System, path: &str, bytes: &[u8]) -> (Vec<Finding>, Vec<Notice>) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return (Vec::new(), vec![unreadable(path, "it is not UTF-8")]);
    };
    let mut audit = Audit { path, findings: Vec::new() };
    if system == System::Jenkins {
        jenkins::audit(text, &mut audit);
        return (audit.done(), Vec::new());
    }
    let documents = match parse(text) {
        Ok(documents) => documents,
        Err(Refusal::Broken(why)) => return (Vec::new(), vec![unreadable(path, &why)]),
        Err(Refusal::TooLarge(why)) => {
            let message = format!("{path} was not audited: {why}.");
            let remedy = "No pipeline is like that; look at it by hand.".to_owned();
            return (
                Vec::new(),
                vec![Notice { kind: NoticeKind::TooLarge, path: Some(path.to_owned()), message, remedy }],
            );
        }
    };
    for document in &documents {
        match system {
            System::GitHub => github::audit(document, &mut audit),
            System::GitLab => gitlab::audit(document, &mut audit),
            System::CircleCi => circleci::audit(document, &mut audit),
            System::Azure => azure::audit(document, &mut audit),
            System::Woodpecker => woodpecker::audit(document, &mut audit),
            System::Jenkins => {}
        }
    }
    (audit.done(), Vec::new())
}

fn unreadable(path: &str, why: &str) -> Notice {
    Notice {
        kind: NoticeKind::Unreadable,
        path: Some(path.to_owned()),
        message: format!("{path} was not audited: {why}."),
        remedy: "Correct the file; until then nothing is known about its dangers.".to_owned(),
    }
}

/// What is found in one file.
struct Audit<'path> {
    path: &'path str,
    findings: Vec<Finding>,
}

/// How a finding differs from its danger.
#[derive(Default)]
struct Adjusted {
    severity: Option<crate::Severity>,
    confidence: Option<Confidence>,
}

impl Audit<'_> {
    /// Notes a danger at a line: `what` is the sentence about this one, `subject` the thing by which it is known again.
    fn note(&mut self, danger: &Danger, at: (u32, u32), subject: &str, what: &str) {
        self.adjusted(danger, at, subject, what, &Adjusted::default());
    }

    fn adjusted(&mut self, danger: &Danger, at: (u32, u32), subject: &str, what: &str, adjusted: &Adjusted) {
        let digest = Sha256::digest(format!("{}\n{}\n{subject}", danger.id, self.path));
        self.findings.push(Finding {
            title: danger.title.to_owned(),
            message: format!("{what} {} {}", danger.why, danger.incident),
            remedy: danger.remedy.to_owned(),
            line: Some(at.0),
            column: Some(at.1),
            fingerprint: hex::encode(digest).chars().take(32).collect(),
            ..Finding::new(
                Kind::Pipeline,
                danger.id,
                adjusted.severity.unwrap_or(danger.severity),
                adjusted.confidence.unwrap_or(Confidence::Likely),
                self.path,
            )
        });
    }

    /// In order, each once: an anchor that is used twice is one place to change.
    fn done(mut self) -> Vec<Finding> {
        self.findings.sort_by(|one, other| (one.line, one.column, &one.id).cmp(&(other.line, other.column, &other.id)));
        // Of one script several values may be pasted; of anything else, the place is the thing.
        let key = |finding: &Finding| {
            let several =
                [dangers::TEMPLATE_INJECTION.id, dangers::ALL_SECRETS_EXPOSED.id].contains(&finding.id.as_str());
            (finding.line, finding.column, finding.id.clone(), several.then(|| finding.fingerprint.clone()))
        };
        self.findings.dedup_by(|one, other| key(one) == key(other));
        self.findings
    }
}

impl Node {
    /// Where it stands.
    fn at(&self) -> (u32, u32) {
        (self.line, self.column)
    }
}
