//! What a driver keeps from one question to the next, so that small files cost few requests.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pak_model::Digests;
use url::Url;

/// How long bytes that were just read stand for what the server serves.
const FRESH: Duration = Duration::from_secs(20);

/// Of this process alone. Never an answer to whether something is there.
#[derive(Debug, Default)]
pub struct FileMemory(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    sent: HashSet<Url>,
    read: HashMap<Url, (Instant, Digests)>,
    folders: HashSet<Url>,
}

impl FileMemory {
    /// Something is about to be sent there: whatever was read before means nothing any more.
    pub(super) fn sends(&self, url: &Url) {
        let mut known = self.lock();
        known.read.remove(url);
        known.sent.insert(url.clone());
    }

    /// Whether this process sent something there.
    pub(super) fn was_sent(&self, url: &Url) -> bool {
        self.lock().sent.contains(url)
    }

    /// These bytes were read there just now.
    pub(super) fn was_read(&self, url: &Url, digests: &Digests) {
        self.lock().read.insert(url.clone(), (Instant::now(), digests.clone()));
    }

    /// The bytes that were read there a moment ago, once: who asks again wants to know anew.
    pub(super) fn take_read(&self, url: &Url) -> Option<Digests> {
        let (at, digests) = self.lock().read.remove(url)?;
        (at.elapsed() < FRESH).then_some(digests)
    }

    /// A folder is there.
    pub(super) fn has_folder(&self, url: &Url) -> bool {
        self.lock().folders.contains(url)
    }

    /// A folder was made, or was there.
    pub(super) fn found_folder(&self, url: Url) {
        self.lock().folders.insert(url);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
