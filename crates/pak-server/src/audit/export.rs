//! The audit log as a file of lines: the public keys first, then entries and signed heads. It can be verified without the server.

use pak_model::{Problem, Result, code};
use serde::{Deserialize, Serialize};

use super::verify::{Verdict, Verifier};
use crate::store::entity::{audit_entry, audit_head};

/// A line of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// The public keys that sign heads, in hexadecimal, the one in use first.
    Keys(Vec<String>),
    /// A signed head.
    Head(Head),
    /// An entry.
    Entry(Box<Entry>),
}

/// A row of `audit_heads`.
#[derive(Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the row, documented there")]
pub struct Head {
    pub day: String,
    pub entry_id: i64,
    pub hash: String,
    pub signature: String,
    pub at: i64,
}

/// A row of `audit_log`.
#[derive(Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the row, documented there")]
pub struct Entry {
    pub id: i64,
    pub at: i64,
    pub actor_kind: String,
    pub actor_id: Option<i64>,
    pub actor_name: String,
    pub address: String,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: String,
    pub project_id: Option<i64>,
    pub details: String,
    pub request_id: String,
    pub previous: String,
    pub hash: String,
}

/// Between a row and its line, field by field in both directions.
macro_rules! same_fields {
    ($line:ident, $row:ty, $($field:ident)*) => {
        impl From<$row> for $line {
            fn from(row: $row) -> Self {
                Self { $($field: row.$field),* }
            }
        }
        impl From<$line> for $row {
            fn from(line: $line) -> Self {
                Self { $($field: line.$field),* }
            }
        }
    };
}
same_fields!(Head, audit_head::Model, day entry_id hash signature at);
same_fields!(Entry, audit_entry::Model, id at actor_kind actor_id actor_name address action subject_kind subject_id project_id
    details request_id previous hash);

impl Line {
    /// The line of an entry.
    pub fn entry(row: audit_entry::Model) -> Self {
        Self::Entry(Box::new(row.into()))
    }

    /// Its text, with the line's end.
    pub fn text(&self) -> String {
        serde_json::to_string(self).map(|text| text + "\n").unwrap_or_default()
    }
}

/// Verifies an exported log, line by line. `trusted` is the public key that must have signed, where it is known from elsewhere; else the
/// file's own keys are believed.
pub fn verify(lines: impl Iterator<Item = std::io::Result<String>>, trusted: Option<&str>) -> Result<Verdict> {
    let unreadable = |number: usize, why: String| {
        Problem::new(code::access::AUDIT_BROKEN, format!("Line {number} of the exported log cannot be read.")).said(why)
    };
    let (mut keys, mut heads, mut entries) = (Vec::new(), Vec::new(), Vec::new());
    for (number, line) in (1..).zip(lines) {
        let line = line.map_err(|error| unreadable(number, error.to_string()))?;
        match serde_json::from_str(&line).map_err(|error| unreadable(number, error.to_string()))? {
            Line::Keys(texts) => keys.extend(texts),
            Line::Head(head) => heads.push(head.into()),
            Line::Entry(entry) => entries.push(audit_entry::Model::from(*entry)),
        }
    }
    let keys: Vec<Vec<u8>> = match trusted {
        Some(key) => vec![key.to_owned()],
        None => keys,
    }
    .iter()
    .filter_map(|key| hex::decode(key).ok())
    .collect();
    let mut verifier = Verifier::new(heads, &keys);
    for entry in &entries {
        verifier.entry(entry);
    }
    Ok(verifier.finish())
}
