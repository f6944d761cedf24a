//! Turns what was found into findings: words for people, a line, and a fingerprint from which the value cannot be had.

use sha2::{Digest as _, Sha256};

use super::allow;
use super::files::Profile;
use super::scan::Candidate;
use crate::report::{Confidence, Decision, Finding, Kind, Ruling, Severity};

/// Makes fingerprints of secrets differ from any other hash of the same text.
const KEY: &[u8] = b"pak secret fingerprint 1";
const BLOCK: usize = 64;

/// The findings of a text. `line` is the number of its first line.
pub(super) fn findings(path: &str, text: &[u8], profile: &Profile, line: u32, found: Vec<Candidate>) -> Vec<Finding> {
    let (mut line, mut at) = (line, 0);
    found
        .into_iter()
        .map(|candidate| {
            let passed = text.get(at..candidate.start).unwrap_or_default();
            line += u32::try_from(memchr::memchr_iter(b'\n', passed).count()).unwrap_or(0);
            at = candidate.start;
            finding(path, text, profile, line, &candidate)
        })
        .collect()
}

fn finding(path: &str, text: &[u8], profile: &Profile, line: u32, candidate: &Candidate) -> Finding {
    let what = candidate.what;
    let raw = text.get(candidate.start..candidate.end).unwrap_or_default();
    let value = candidate.decoded.as_deref().unwrap_or(raw);
    let allowed = allow::reason(text, candidate.start, what.id);
    Finding {
        title: what.title.to_owned(),
        message: message(path, line, candidate, value.len()),
        remedy: remedy(candidate).to_owned(),
        line: Some(line),
        column: Some(column(text, candidate.start)),
        fingerprint: fingerprint(what.id, value),
        decision: allowed.map(|reason| Decision::new(Ruling::Allow, format!("comment at {path}:{line}"), Some(reason))),
        ..Finding::new(Kind::Secret, what.id, severity(profile, candidate), candidate.confidence, path)
    }
}

fn severity(profile: &Profile, candidate: &Candidate) -> Severity {
    let full = if candidate.expired { Severity::Low } else { candidate.what.severity };
    if !profile.lighter || candidate.confidence == Confidence::Certain {
        return full;
    }
    match full {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium | Severity::Low | Severity::Note => Severity::Low,
    }
}

fn message(path: &str, line: u32, candidate: &Candidate, length: usize) -> String {
    let how = match (candidate.decoded.is_some(), candidate.expired) {
        (true, _) => ", encoded",
        (_, true) => ", past its own date",
        _ => "",
    };
    format!("A secret is in the open at {path}:{line}: {} ({length} characters{how}).", candidate.what.title)
}

fn remedy(candidate: &Candidate) -> &'static str {
    match candidate.confidence {
        Confidence::Possible => {
            "If it is real, revoke it, then take it out. If it is not, accept it with `pak security baseline` or a `pak:allow` comment."
        }
        Confidence::Likely | Confidence::Certain => {
            "Revoke it where it was issued, then take it out: whoever has the file has the secret."
        }
    }
}

/// The column in characters, from 1.
fn column(text: &[u8], at: usize) -> u32 {
    let floor = memchr::memrchr(b'\n', text.get(..at).unwrap_or_default()).map_or(0, |found| found + 1);
    let before = text.get(floor..at).unwrap_or_default();
    let letters = before.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
    u32::try_from(letters + 1).unwrap_or(u32::MAX)
}

/// HMAC-SHA-256 of the value under a key of the rule, 32 hex digits.
pub(super) fn fingerprint(rule: &str, value: &[u8]) -> String {
    let secret = Sha256::new().chain_update(KEY).chain_update(rule.as_bytes()).finalize();
    let pad = |mask: u8| -> Vec<u8> {
        let mut block = vec![mask; BLOCK];
        block.iter_mut().zip(secret.iter()).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(value).finalize();
    let outer = Sha256::new().chain_update(pad(0x5C)).chain_update(inner).finalize();
    hex::encode(outer).get(..32).unwrap_or_default().to_owned()
}
