//! The gate before publishing: what an artifact holds that it should not hold, and what is new in it since the last version.
//!
//! Three passes. `facts` unpacks the artifact once and notes what each file is; `rules` turn the facts into signals, one file
//! per ecosystem; `difference` holds the signals against those of the last published version. A signal that is new weighs
//! more than one that users have lived with, since a stolen release differs from the one before.

mod binaries;
mod code;
mod difference;
mod facts;
mod form;
mod obfuscation;
mod rules;
mod signal;
mod sources;

use crate::archive::Limits;
use crate::report::{Finding, Notice, NoticeKind};

pub use sources::SourceFiles;

use facts::Facts;

/// An artifact to look at.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its file name: `greeter-1.0.1.tgz`.
    pub name: &'a str,
    /// Its bytes: exactly those that are uploaded.
    pub bytes: &'a [u8],
    /// The ecosystem as OSV names it; empty where there is none.
    pub ecosystem: &'a str,
    /// The version, where it is known.
    pub version: Option<&'a str>,
    /// The files of the source tree it was built from: those the repository tracks.
    pub sources: Option<&'a SourceFiles>,
    /// What the registry is told about it beside the bytes (npm's version document); must agree with what the bytes say.
    pub metadata: Option<&'a serde_json::Value>,
}

impl<'a> Subject<'a> {
    /// An artifact of which nothing but its bytes is known.
    pub fn new(name: &'a str, bytes: &'a [u8], ecosystem: &'a str) -> Self {
        Self { name, bytes, ecosystem, version: None, sources: None, metadata: None }
    }
}

/// Looks into an artifact; with the last published version, what is new in it weighs more.
pub fn inspect(artifact: &Subject<'_>, previous: Option<&Subject<'_>>) -> (Vec<Finding>, Vec<Notice>) {
    let facts = Facts::gather(artifact, &Limits::default());
    let before = previous.map(|previous| Facts::gather(previous, &Limits::default()));
    let signals = rules::signals(artifact, &facts);
    let known = before.as_ref().zip(previous).map(|(facts, subject)| rules::signals(subject, facts));
    let mut findings = difference::weigh(&facts, signals, before.as_ref().zip(known.as_deref()));
    findings.extend(difference::changes(&facts, before.as_ref()));
    findings.sort_by(|one, other| {
        other
            .severity
            .cmp(&one.severity)
            .then_with(|| (&one.path, one.line, &one.id).cmp(&(&other.path, other.line, &other.id)))
    });
    let mut notices = facts.notices;
    // What is wrong with the archive itself is a finding of its own.
    notices.retain(|notice| notice.kind != NoticeKind::Hostile);
    if let Some(before) = before {
        notices.extend(before.notices.into_iter().filter(|notice| notice.kind != NoticeKind::Hostile).map(
            |mut notice| {
                notice.message = format!("In the last published version: {}", notice.message);
                notice
            },
        ));
    }
    (findings, notices)
}
