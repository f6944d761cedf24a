//! The version that users have now: what a new artifact is held against before it is published. Asked by the scan step, with
//! no right to write anything.

use bytes::Bytes;
use pak_http::{Request, status_problem};
use pak_model::{Digests, Problem, Result, code};

use crate::call::Call;

/// Larger artifacts are not fetched: comparing is a help, and must not cost minutes.
pub const MOST_BYTES: u64 = 256 << 20;

/// The counterpart of an artifact in the last published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// Its version.
    pub version: String,
    /// Its file name.
    pub name: String,
    /// Its bytes, checked against what the registry says of them.
    pub bytes: Bytes,
}

/// A published version that may be the one.
pub(crate) struct Candidate<K, T> {
    /// Its place in the order of versions.
    pub(crate) order: K,
    /// Whether it is a pre-release.
    pub(crate) early: bool,
    /// Whether it was yanked or deprecated. What was taken back may have been bad: it is no measure for what is good.
    pub(crate) withdrawn: bool,
    /// What it is.
    pub(crate) what: T,
}

/// The candidate to compare with: the newest below `this` that users are offered, a pre-release only where there is no other
/// or `this` is one too. None where nothing is below.
pub(crate) fn newest_before<K: Ord, T>(
    this: &K,
    early: bool,
    candidates: impl IntoIterator<Item = Candidate<K, T>>,
) -> Option<T> {
    let below = candidates.into_iter().filter(|one| one.order < *this);
    let rank = |one: &Candidate<K, T>| (!one.withdrawn, early || !one.early);
    below.max_by(|one, other| rank(one).cmp(&rank(other)).then_with(|| one.order.cmp(&other.order))).map(|one| one.what)
}

/// Downloads an artifact and checks it against what the registry says of it. None where it is too large to be compared.
pub(crate) async fn download(call: &Call, request: Request, name: &str, told: &Digests) -> Result<Option<Bytes>> {
    let what = format!("Download of {name}, the last published version");
    let response = call.send(request).await?;
    if !response.status().is_success() {
        return Err(status_problem(&what, response, true).await);
    }
    let length = response.header("content-length").and_then(|length| length.parse::<u64>().ok());
    if length.is_some_and(|length| length > MOST_BYTES) {
        return Ok(None);
    }
    let bytes = response.bytes_up_to(MOST_BYTES).await?;
    if Digests::of(&bytes).agrees(told) == Some(false) {
        let message = format!("The registry serves other bytes for {name} than its own list says.");
        return Err(Problem::new(code::deploy::WRONG_DIGEST, message).about("file", name));
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_offered_version_below_is_taken() {
        let list = |all: &[(u32, bool, bool)]| {
            all.iter()
                .map(|(order, early, withdrawn)| Candidate {
                    order: *order,
                    early: *early,
                    withdrawn: *withdrawn,
                    what: *order,
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(newest_before(&5, false, list(&[(1, false, false), (3, false, false), (6, false, false)])), Some(3));
        assert_eq!(newest_before(&5, false, list(&[(1, false, false), (3, true, false)])), Some(1));
        assert_eq!(newest_before(&5, true, list(&[(1, false, false), (3, true, false)])), Some(3));
        assert_eq!(newest_before(&5, false, list(&[(1, false, false), (3, false, true)])), Some(1));
        assert_eq!(newest_before(&5, false, list(&[(3, false, true)])), Some(3));
        assert_eq!(newest_before(&1, false, list(&[(3, false, false)])), None);
    }
}
