//! An OSV record as databases write it. Read leniently: unknown fields are passed over, missing ones are empty, and a field
//! of another type than the schema's counts as missing rather than losing the record.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// One record. Only an id makes a record; everything else may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    #[serde(deserialize_with = "lenient")]
    pub(super) id: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) modified: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) published: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) withdrawn: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) aliases: Vec<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) summary: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) details: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) severity: Vec<Rating>,
    /// A record that says nothing of packages is still one; a document without the field is none.
    #[serde(deserialize_with = "lenient")]
    pub(super) affected: Option<Vec<Affected>>,
    #[serde(deserialize_with = "lenient")]
    pub(super) references: Vec<Reference>,
    #[serde(deserialize_with = "lenient")]
    pub(super) database_specific: Specific,
}

/// What it says of one package.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Affected {
    #[serde(deserialize_with = "lenient")]
    pub(super) package: Package,
    #[serde(deserialize_with = "lenient")]
    pub(super) severity: Vec<Rating>,
    #[serde(deserialize_with = "lenient")]
    pub(super) ranges: Vec<Range>,
    #[serde(deserialize_with = "lenient")]
    pub(super) versions: Vec<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) ecosystem_specific: Specific,
    #[serde(deserialize_with = "lenient")]
    pub(super) database_specific: Specific,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Package {
    #[serde(deserialize_with = "lenient")]
    pub(super) ecosystem: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Range {
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub(super) kind: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) events: Vec<Event>,
}

/// One event; the schema gives each object one field.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Event {
    #[serde(deserialize_with = "lenient")]
    pub(super) introduced: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) fixed: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) last_affected: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) limit: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Rating {
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub(super) kind: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) score: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reference {
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub(super) kind: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) url: String,
}

/// What databases add of their own and pak understands.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Specific {
    /// A word: GitHub's `MODERATE`, Ubuntu's `negligible`.
    #[serde(deserialize_with = "lenient")]
    pub(super) severity: Option<String>,
    /// RustSec: `unmaintained`, `unsound`, `notice`.
    #[serde(deserialize_with = "lenient")]
    pub(super) informational: Option<String>,
    /// RustSec: a CVSS vector.
    #[serde(deserialize_with = "lenient")]
    pub(super) cvss: Option<String>,
}

/// The value, or its default where it is null or of another type.
fn lenient<'de, D: Deserializer<'de>, T: Default + DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either<T> {
        Value(T),
        Other(serde::de::IgnoredAny),
    }
    Ok(match Either::<T>::deserialize(deserializer)? {
        Either::Value(value) => value,
        Either::Other(_) => T::default(),
    })
}
