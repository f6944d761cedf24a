//! in-toto statements, version 1: what is claimed (a predicate) about which files (subjects, by digest). Called by `attest`
//! and, with keyless signatures, by the drivers whose registries take them.

use pak_model::{Digests, Problem, Result, code};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

use crate::dsse::Envelope;
use crate::key::PublicKey;
use crate::verify::{Content, Kind, Verified};

/// The type of a payload that is a statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
const TYPE: &str = "https://in-toto.io/Statement/v1";
/// The older one, which is still found.
const TYPE_0: &str = "https://in-toto.io/Statement/v0.1";

/// A statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// That it is one.
    #[serde(rename = "_type")]
    pub kind: String,
    /// What it is about.
    pub subject: Vec<Subject>,
    /// The kind of claim.
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// The claim.
    #[serde(default)]
    pub predicate: Value,
}

/// A file that a statement is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Its name, or its package URL.
    #[serde(default)]
    pub name: String,
    /// Its digests in hex, by algorithm.
    #[serde(default)]
    pub digest: BTreeMap<String, String>,
}

impl Subject {
    /// A subject by SHA-256.
    pub fn of(content: Content<'_>) -> Self {
        let digest = Digests::of(content.bytes).sha256.unwrap_or_default();
        Self { name: content.name.to_owned(), digest: BTreeMap::from([("sha256".to_owned(), digest)]) }
    }

    /// Whether these are the bytes: one digest that is strong must be there, and all that are known must agree.
    fn is_of(&self, digests: &Digests) -> bool {
        let known = [("sha256", &digests.sha256), ("sha512", &digests.sha512)];
        let pairs = known.iter().filter_map(|(name, own)| Some((self.digest.get(*name)?, own.as_ref()?)));
        let mut pairs = pairs.peekable();
        pairs.peek().is_some() && pairs.all(|(theirs, own)| theirs.eq_ignore_ascii_case(own))
    }
}

impl Statement {
    /// A statement about subjects.
    pub fn new(subject: Vec<Subject>, predicate_type: impl Into<String>, predicate: Value) -> Self {
        Self { kind: TYPE.to_owned(), subject, predicate_type: predicate_type.into(), predicate }
    }

    /// Reads a statement.
    pub fn read(json: &[u8]) -> Result<Self> {
        let invalid = || Problem::new(code::signing::STATEMENT_INVALID, "This is no in-toto statement.");
        let statement: Self = serde_json::from_slice(json).map_err(|error| invalid().cause(&error))?;
        if statement.kind != TYPE && statement.kind != TYPE_0 {
            return Err(invalid().said(format!("its type is {:?}", statement.kind)));
        }
        Ok(statement)
    }

    /// The envelope to sign.
    pub fn envelope(&self) -> Result<Envelope> {
        let json = serde_json::to_vec(self).map_err(|error| {
            Problem::new(code::signing::STATEMENT_INVALID, "The statement cannot be written.").cause(&error)
        })?;
        Ok(Envelope::new(PAYLOAD_TYPE, json))
    }

    /// Whether the statement is about this content; the note says what it claims.
    pub fn check(&self, content: Content<'_>) -> Result<Vec<String>> {
        let digests = Digests::of(content.bytes);
        let Some(subject) = self.subject.iter().find(|subject| subject.is_of(&digests)) else {
            let named = self.subject.iter().any(|subject| subject.name == content.name);
            let (code, message) = if named {
                (code::signing::DIGEST_WRONG, format!("The statement is about another {}.", content.name))
            } else {
                (code::signing::FILE_UNLISTED, format!("The statement is not about {}.", content.name))
            };
            return Err(Problem::new(code, message).about("file", content.name));
        };
        let mut notes = vec![format!("claims {}", self.predicate_type.escape_debug())];
        if subject.name != content.name && !subject.name.is_empty() {
            notes.push(format!("known there as {}", subject.name.escape_debug()));
        }
        let builder = self.predicate.pointer("/runDetails/builder/id").or(self.predicate.pointer("/builder/id"));
        if let Some(builder) = builder.and_then(Value::as_str) {
            notes.push(format!("built by {}", builder.escape_debug()));
        }
        let sources = self.predicate.pointer("/buildDefinition/resolvedDependencies").and_then(Value::as_array);
        for source in sources.into_iter().flatten().take(1) {
            let uri = source.get("uri").and_then(Value::as_str).unwrap_or("a source without address");
            let commit = source.pointer("/digest/gitCommit").and_then(Value::as_str).unwrap_or("no commit named");
            notes.push(format!("from {} ({})", uri.escape_debug(), commit.escape_debug()));
        }
        Ok(notes)
    }
}

/// Verifies envelopes, one a line: content must be what one of them, signed by a known key, is about or holds whole.
pub fn verify(content: Content<'_>, envelopes: &str, keys: &[PublicKey]) -> Result<Verified> {
    let mut first = None;
    for json in lines(envelopes) {
        match verify_one(content, &Envelope::read(json.as_bytes())?, keys) {
            Ok(verified) => return Ok(verified),
            Err(problem) => {
                first.get_or_insert(problem);
            }
        }
    }
    Err(first.unwrap_or_else(|| Problem::new(code::signing::UNSIGNED, "There is no DSSE envelope in the file.")))
}

/// The envelopes of a file: one on several lines, or one on each.
fn lines(text: &str) -> Vec<&str> {
    let is_whole = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    if is_whole {
        vec![text]
    } else {
        text.lines().filter(|line| !line.trim_matches([' ', '\t', '\r']).is_empty()).collect()
    }
}

fn verify_one(content: Content<'_>, envelope: &Envelope, keys: &[PublicKey]) -> Result<Verified> {
    let signers = envelope.verify(keys)?.iter().map(|id| format!("key {id}")).collect::<Vec<_>>().join(" and ");
    let verified = Verified::new(Kind::Dsse, signers, content);
    if envelope.payload_type != PAYLOAD_TYPE {
        if envelope.payload == content.bytes {
            return Ok(verified.note(format!("signed whole as {}", envelope.payload_type.escape_debug())));
        }
        let message = format!("The DSSE envelope holds something else than {}.", content.name);
        return Err(Problem::new(code::signing::DIGEST_WRONG, message).about("file", content.name));
    }
    let notes = Statement::read(&envelope.payload)?.check(content)?;
    Ok(notes.into_iter().fold(verified, Verified::note))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SecretKey;

    const CONTENT: Content<'_> = Content { name: "a.tgz", bytes: b"content" };

    #[test]
    fn a_statement_is_about_bytes_and_not_about_names() {
        let key = SecretKey::generate().unwrap().0;
        let statement = Statement::new(vec![Subject::of(CONTENT)], "https://example.org/claim", Value::Null);
        let mut envelope = statement.envelope().unwrap();
        envelope.sign(&key).unwrap();
        let (json, keys) = (envelope.to_json(), [key.public().clone()]);
        let verified = verify(CONTENT, &format!("{json}\n"), &keys).unwrap();
        assert_eq!(verified.notes, ["claims https://example.org/claim"]);
        let renamed = verify(Content { name: "b.tgz", ..CONTENT }, &json, &keys).unwrap();
        assert_eq!(renamed.notes[1], "known there as a.tgz");
        let other = verify(Content { bytes: b"contenu", ..CONTENT }, &json, &keys).unwrap_err();
        assert_eq!(other.code(), code::signing::DIGEST_WRONG);
        let stranger = Content { name: "c", bytes: b"c" };
        assert_eq!(verify(stranger, &json, &keys).unwrap_err().code(), code::signing::FILE_UNLISTED);
    }

    #[test]
    fn weak_or_missing_digests_prove_nothing() {
        let weak = |digest: &[(&str, &str)]| Subject {
            name: "a.tgz".into(),
            digest: digest.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        };
        let digests = Digests::of(CONTENT.bytes);
        assert!(!weak(&[]).is_of(&digests));
        assert!(!weak(&[("md5", digests.md5.as_deref().unwrap())]).is_of(&digests));
        let sha256 = digests.sha256.as_deref().unwrap();
        assert!(weak(&[("sha256", sha256)]).is_of(&digests));
        assert!(!weak(&[("sha256", sha256), ("sha512", "00")]).is_of(&digests));
    }
}
