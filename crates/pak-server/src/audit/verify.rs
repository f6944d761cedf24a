//! Verifying the audit log: every entry's hash, its bond to the one before, and the signed heads. Finds entries that were changed,
//! removed, put elsewhere or cut off.

use std::collections::BTreeMap;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use super::head;
use super::{BEGINNING, hash};
use crate::store::entity::{audit_entry, audit_head};

/// Breaks that are listed; a changed log may have thousands.
const LISTED: usize = 100;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Verdict {
    /// Whether nothing was changed.
    pub intact: bool,
    /// Entries looked at.
    pub entries: u64,
    /// The last entry.
    pub last_entry: Option<i64>,
    /// Its hash: kept elsewhere, it shows later that nothing up to it was changed.
    pub last_hash: String,
    /// Heads whose signature was looked at.
    pub heads: u64,
    /// What does not fit, at most a hundred.
    pub breaks: Vec<Break>,
}

/// A place where the log does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Break {
    /// The entry where it shows.
    pub entry: i64,
    /// What is wrong, one sentence.
    pub what: String,
}

/// Goes through the log in order.
pub struct Verifier<'a> {
    keys: &'a [Vec<u8>],
    /// Heads that were not met yet, by their entry.
    heads: BTreeMap<i64, audit_head::Model>,
    previous: String,
    verdict: Verdict,
}

impl<'a> Verifier<'a> {
    /// `keys` are the public keys that may have signed.
    pub fn new(heads: Vec<audit_head::Model>, keys: &'a [Vec<u8>]) -> Self {
        let verdict = Verdict {
            intact: true,
            entries: 0,
            last_entry: None,
            last_hash: BEGINNING.to_owned(),
            heads: u64::try_from(heads.len()).unwrap_or(u64::MAX),
            breaks: Vec::new(),
        };
        let heads = heads.into_iter().map(|head| (head.entry_id, head)).collect();
        Self { keys, heads, previous: BEGINNING.to_owned(), verdict }
    }

    /// The next entry, in the order of ids.
    pub fn entry(&mut self, entry: &audit_entry::Model) {
        if entry.previous != self.previous {
            let what = match self.verdict.last_entry {
                None => "The log does not begin here: entries before it were removed.".to_owned(),
                Some(before) => {
                    format!("It does not follow entry {before}: entries between them were removed, added or moved.")
                }
            };
            self.fault(entry.id, what);
        }
        if hash(entry) != entry.hash {
            self.fault(entry.id, "It was changed after it was written.".to_owned());
        }
        if let Some(head) = self.heads.remove(&entry.id) {
            if head.hash != entry.hash {
                self.fault(entry.id, format!("It is not the entry that was signed on {}.", head.day));
            }
            self.signature(&head);
        }
        self.previous.clone_from(&entry.hash);
        self.verdict.entries += 1;
        self.verdict.last_entry = Some(entry.id);
        self.verdict.last_hash.clone_from(&entry.hash);
    }

    /// What was found.
    pub fn finish(mut self) -> Verdict {
        for head in std::mem::take(&mut self.heads).into_values() {
            self.signature(&head);
            self.fault(head.entry_id, format!("It was signed on {} and is not in the log any more.", head.day));
        }
        self.verdict
    }

    fn signature(&mut self, head: &audit_head::Model) {
        let text = head::text(&head.day, head.entry_id, &head.hash);
        let signature = hex::decode(&head.signature).unwrap_or_default();
        let signed = self
            .keys
            .iter()
            .any(|key| UnparsedPublicKey::new(&ED25519, key).verify(text.as_bytes(), &signature).is_ok());
        if !signed {
            self.fault(head.entry_id, format!("The signature of {} is not this server's.", head.day));
        }
    }

    fn fault(&mut self, entry: i64, what: String) {
        self.verdict.intact = false;
        if self.verdict.breaks.len() < LISTED {
            self.verdict.breaks.push(Break { entry, what });
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
    use proptest::prelude::*;

    use super::*;

    fn log(entries: i64) -> Vec<audit_entry::Model> {
        let mut previous = BEGINNING.to_owned();
        (1..=entries)
            .map(|id| {
                let mut entry = audit_entry::Model {
                    id,
                    at: id * 1000,
                    actor_kind: "user".into(),
                    actor_id: Some(1),
                    actor_name: "alice@example.org".into(),
                    address: "192.0.2.1".into(),
                    action: "project.change".into(),
                    subject_kind: "project".into(),
                    subject_id: "greeter".into(),
                    project_id: Some(id % 3),
                    details: "{}".into(),
                    request_id: id.to_string(),
                    previous: previous.clone(),
                    hash: String::new(),
                };
                entry.hash = hash(&entry);
                previous.clone_from(&entry.hash);
                entry
            })
            .collect()
    }

    fn key() -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
    }

    fn signed(entry: &audit_entry::Model) -> audit_head::Model {
        head::sign(&key(), "2026-01-31", entry, 0)
    }

    fn verdict(log: &[audit_entry::Model], heads: Vec<audit_head::Model>) -> Verdict {
        let keys = [key().public_key().as_ref().to_vec()];
        let mut verifier = Verifier::new(heads, &keys);
        for entry in log {
            verifier.entry(entry);
        }
        verifier.finish()
    }

    #[test]
    fn what_nobody_touched_is_intact() {
        assert!(verdict(&[], Vec::new()).intact);
        let log = log(20);
        let found = verdict(&log, vec![signed(&log[9])]);
        assert!(found.intact, "{:?}", found.breaks);
        assert_eq!((found.entries, found.heads, found.last_entry), (20, 1, Some(20)));
        // Numbers may be missing where a transaction was taken back.
        let mut gaps = log.clone();
        for entry in &mut gaps {
            entry.id *= 2;
        }
        assert!(verdict(&gaps, Vec::new()).intact);
    }

    #[test]
    fn entries_cut_off_are_missed_by_the_head() {
        let mut log = log(20);
        let head = signed(&log[15]);
        log.truncate(10);
        let found = verdict(&log, vec![head]);
        assert!(!found.intact);
        assert_eq!(found.breaks[0].entry, 16);
    }

    #[test]
    fn a_log_written_anew_does_not_fit_the_head_and_a_head_of_others_does_not_count() {
        let old = log(20);
        let mut new = old.clone();
        let mut previous = BEGINNING.to_owned();
        for entry in &mut new {
            entry.actor_name = "mallory@example.org".into();
            entry.previous = previous;
            entry.hash = hash(entry);
            previous = entry.hash.clone();
        }
        assert!(verdict(&new, Vec::new()).intact, "without a head nothing shows");
        assert!(!verdict(&new, vec![signed(&old[15])]).intact);
        let other = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
        assert!(!verdict(&new, vec![head::sign(&other, "2026-01-31", &new[15], 0)]).intact);
    }

    proptest! {
        #[test]
        fn whatever_is_changed_is_found_where_it_is(place in 0usize..20, what in 0usize..9) {
            let mut log = log(20);
            let entry = &mut log[place];
            match what {
                0 => entry.at += 1,
                1 => entry.actor_id = None,
                2 => entry.actor_name.push('x'),
                3 => entry.action = "project.delete".into(),
                4 => entry.details = r#"{"a":1}"#.into(),
                5 => entry.project_id = None,
                6 => entry.subject_id.clear(),
                7 => entry.address = "192.0.2.2".into(),
                _ => entry.hash = BEGINNING.into(),
            }
            let found = verdict(&log, Vec::new());
            prop_assert_eq!(found.breaks[0].entry, i64::try_from(place).unwrap() + 1);
        }

        #[test]
        fn removing_and_moving_is_found(one in 0usize..19, two in 0usize..19) {
            let whole = log(20);
            let mut shorter = whole.clone();
            shorter.remove(one);
            prop_assert!(!verdict(&shorter, Vec::new()).intact);
            prop_assume!(one != two);
            let mut moved = whole;
            moved.swap(one, two);
            prop_assert!(!verdict(&moved, Vec::new()).intact);
        }
    }
}
