//! Faults that can be injected into the embedded registries, so that recovery is rehearsed and not hoped for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One injected fault: which requests it hits, how often, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fault {
    /// The method, or any.
    #[serde(default)]
    pub method: Option<String>,
    /// Text that the path must contain, or any.
    #[serde(default)]
    pub path: Option<String>,
    /// How many matching requests pass before it hits.
    #[serde(default)]
    pub skip: u32,
    /// How many requests it hits; 0 for all that follow.
    #[serde(default = "once")]
    pub times: u32,
    /// What happens.
    pub kind: Kind,
}

fn once() -> u32 {
    1
}

/// What happens to a request that is hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Kind {
    /// This status is answered and nothing is done.
    Status {
        /// The status.
        status: u16,
        /// The `Retry-After` header, seconds or a date.
        #[serde(default)]
        retry_after: Option<String>,
        /// The body.
        #[serde(default)]
        body: Option<String>,
    },
    /// The connection is closed before the body is read.
    CutBefore,
    /// The connection is closed after the first piece of the body.
    CutDuring,
    /// The whole body is read, nothing is done, and the connection is closed.
    CutAfter,
    /// The request is carried out and the answer is lost.
    LostAnswer,
    /// The answer waits this many milliseconds.
    Slow {
        /// Milliseconds.
        ms: u64,
    },
    /// What is published stays invisible to lookups for this many milliseconds. Matches no request; always active.
    SlowIndex {
        /// Milliseconds.
        ms: u64,
    },
    /// The body of the answer is changed in its first byte.
    WrongDigest,
}

/// The faults in force. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    /// Adds one.
    pub fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Removes all.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The fault that hits this request, if one does. Counts it.
    pub(crate) fn hit(&self, method: &str, path: &str) -> Option<Kind> {
        let mut faults = self.lock();
        let index = faults.iter_mut().position(|fault| {
            let matches = !matches!(fault.kind, Kind::SlowIndex { .. })
                && fault.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                && fault.path.as_deref().is_none_or(|part| path.contains(part));
            if matches && fault.skip > 0 {
                fault.skip -= 1;
                return false;
            }
            matches
        })?;
        let kind = faults[index].kind.clone();
        match faults[index].times {
            0 => {}
            1 => {
                faults.remove(index);
            }
            _ => faults[index].times -= 1,
        }
        Some(kind)
    }

    /// How long new versions stay invisible.
    pub(crate) fn index_delay(&self) -> Duration {
        let faults = self.lock();
        let delays = faults.iter().filter_map(|fault| match fault.kind {
            Kind::SlowIndex { ms } => Some(ms),
            _ => None,
        });
        Duration::from_millis(delays.max().unwrap_or(0))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_skip_and_run_out() {
        let faults = Faults::default();
        faults.add(Fault {
            method: Some("PUT".into()),
            path: Some("/npm/".into()),
            skip: 1,
            times: 2,
            kind: Kind::CutBefore,
        });
        assert_eq!(faults.hit("GET", "/npm/a"), None);
        assert_eq!(faults.hit("PUT", "/npm/a"), None, "the first match is skipped");
        assert_eq!(faults.hit("PUT", "/npm/a"), Some(Kind::CutBefore));
        assert_eq!(faults.hit("put", "/npm/a"), Some(Kind::CutBefore));
        assert_eq!(faults.hit("PUT", "/npm/a"), None, "used up");
    }
}
