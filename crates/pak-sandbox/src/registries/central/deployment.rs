//! A deployment: what was uploaded, what is wrong with it, and when it was published. Kept on disk, so that a portal that is
//! started again goes on; how far it is follows from the time.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Refusal;
use super::layout::{Component, FILES, Record};
use crate::registries::Shared;

/// Where deployments are.
pub(super) const FOLDER: &str = "central/deployments";

/// One upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Deployment {
    pub id: String,
    pub name: String,
    /// When it came, in milliseconds since 1970.
    pub received: i64,
    /// When its publication began.
    pub promoted: Option<i64>,
    /// What is wrong, by file or component.
    pub errors: BTreeMap<String, Vec<String>>,
    pub components: Vec<Component>,
    /// Paths of its files.
    pub files: Vec<String>,
}

/// How far a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Pending,
    Validating,
    Validated,
    Failed,
    Publishing,
    Published,
}

impl Phase {
    fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Validating => "VALIDATING",
            Self::Validated => "VALIDATED",
            Self::Failed => "FAILED",
            Self::Publishing => "PUBLISHING",
            Self::Published => "PUBLISHED",
        }
    }
}

/// Whether the portal calls something published. The download root shows it later: after the whole delay.
pub(super) fn is_published(shared: &Shared, promoted: i64) -> bool {
    age(promoted) >= half(shared)
}

/// Half of the delay between acceptance and visibility: checking takes as long, and so does publishing.
pub(super) fn half(shared: &Shared) -> i64 {
    i64::try_from(shared.faults.index_delay().as_millis() / 2).unwrap_or(i64::MAX)
}

fn age(since: i64) -> i64 {
    jiff::Timestamp::now().as_millisecond() - since
}

impl Deployment {
    /// Reads one; an id that is not known is answered with 404.
    pub(super) fn load(shared: &Shared, id: &str) -> Result<Self, Refusal> {
        if id.is_empty() || !id.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-') {
            return Err(Refusal::not_found());
        }
        let bytes = shared.store.read(&format!("{FOLDER}/{id}/deployment.json"))?.ok_or_else(Refusal::not_found)?;
        Ok(serde_json::from_slice(&bytes).map_err(io::Error::other)?)
    }

    pub(super) fn save(&self, shared: &Shared) -> io::Result<()> {
        let bytes = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        shared.store.write(&format!("{FOLDER}/{}/deployment.json", self.id), &bytes)
    }

    /// Forgets it with its files. The document goes first: files without one are nothing.
    pub(super) fn remove(&self, shared: &Shared) -> io::Result<()> {
        shared.store.remove(&format!("{FOLDER}/{}/deployment.json", self.id))?;
        std::fs::remove_dir_all(shared.store.path(&format!("{FOLDER}/{}", self.id))?)
    }

    /// Where a file of it is kept.
    pub(super) fn file(&self, path: &str) -> String {
        format!("{FOLDER}/{}/files/{path}", self.id)
    }

    pub(super) fn phase(&self, shared: &Shared) -> Phase {
        let half = half(shared);
        match (age(self.received), self.promoted) {
            (age, _) if age < half / 2 => Phase::Pending,
            (age, _) if age < half => Phase::Validating,
            _ if !self.errors.is_empty() => Phase::Failed,
            (_, None) => Phase::Validated,
            (_, Some(promoted)) if is_published(shared, promoted) => Phase::Published,
            (_, Some(_)) => Phase::Publishing,
        }
    }

    /// Makes it public from `promoted` on. Files first and the documents that count last: whatever interrupts this can be
    /// done again.
    pub(super) fn publish(&mut self, shared: &Shared, promoted: i64) -> io::Result<()> {
        for path in &self.files {
            let bytes = shared.store.read(&self.file(path))?.unwrap_or_default();
            shared.store.write(&format!("{FILES}/{path}"), &bytes)?;
        }
        self.promoted = Some(promoted);
        self.save(shared)?;
        self.components.iter().try_for_each(|component| component.write_record(shared, &Record { promoted }))
    }

    pub(super) fn wrong_phase(&self, shared: &Shared, what: &str) -> Refusal {
        Refusal::bad(format!("Deployment {} is {} and cannot be {what}", self.id, self.phase(shared).word()))
    }

    /// As the portal tells it.
    pub(super) fn described(&self, shared: &Shared) -> Value {
        let phase = self.phase(shared);
        let mut document = json!({
            "deploymentId": self.id,
            "deploymentName": self.name,
            "deploymentState": phase.word(),
            "purls": self.components.iter().map(Component::purl).collect::<Vec<_>>(),
        });
        if phase == Phase::Failed {
            document["errors"] = json!(self.errors);
        }
        document
    }
}
