//! The baseline: findings that were there when scanning began, each accepted by somebody, for a reason, until a day.
//!
//! A file of JSON beside the project, made to be reviewed: it holds fingerprints, never values. A finding that it accepts
//! stays in the report, as allowed.

use camino::Utf8Path;
use jiff::civil::Date;
use pak_model::{Problem, Result, code};
use serde::{Deserialize, Serialize};

use crate::report::{Decision, Finding, Kind, Notice, NoticeKind, Ruling};

/// The name of the file in a project.
pub const FILE: &str = "pak-baseline.json";
const SCHEMA: u32 = 1;

/// Accepted findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    schema: u32,
    /// One entry per rule and value, by path.
    pub accepted: Vec<Accepted>,
}

/// One accepted finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The rule that finds it.
    pub rule: String,
    /// Where it was when it was accepted; it stays accepted when it moves.
    pub path: String,
    /// Which finding it is.
    pub fingerprint: String,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day it is accepted; none means for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl Default for Baseline {
    fn default() -> Self {
        Self { schema: SCHEMA, accepted: Vec::new() }
    }
}

impl Baseline {
    /// Reads a baseline.
    pub fn read(path: &Utf8Path) -> Result<Self> {
        let unreadable = |problem: &dyn std::fmt::Display| {
            Problem::new(
                code::security::BASELINE_INVALID,
                format!("{path} is no baseline that pak can read: {problem}."),
            )
            .about("file", path)
        };
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(&error))?;
        let read: Self = serde_json::from_str(&text).map_err(|error| unreadable(&error))?;
        if read.schema != SCHEMA {
            return Err(unreadable(&format!("it has form {}, this pak knows form {SCHEMA}", read.schema)));
        }
        if let Some(entry) =
            read.accepted.iter().find(|entry| entry.reason.trim().is_empty() || entry.owner.trim().is_empty())
        {
            return Err(unreadable(&format!(
                "the entry for {} in {} has no reason or no owner",
                entry.rule, entry.path
            )));
        }
        Ok(read)
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Accepts findings on top of what is accepted already; entries that exist stay as they are. Says how many are new.
    pub fn accept(&mut self, findings: &[Finding], reason: &str, owner: &str, until: Option<Date>) -> usize {
        let before = self.accepted.len();
        for finding in findings.iter().filter(|finding| finding.kind == Kind::Secret && finding.decision.is_none()) {
            if self.accepted.iter().any(|entry| entry.is(finding)) {
                continue;
            }
            self.accepted.push(Accepted {
                rule: finding.id.clone(),
                path: finding.path.clone(),
                fingerprint: finding.fingerprint.clone(),
                reason: reason.to_owned(),
                owner: owner.to_owned(),
                until,
            });
        }
        self.sort();
        self.accepted.len() - before
    }

    /// Takes out what is found no longer, and what has run out before `today`. Hands back what went.
    pub fn prune(&mut self, findings: &[Finding], today: Date) -> Vec<Accepted> {
        let stays = |entry: &Accepted| entry.holds(today) && findings.iter().any(|finding| entry.is(finding));
        let (kept, gone) = std::mem::take(&mut self.accepted).into_iter().partition(stays);
        self.accepted = kept;
        gone
    }

    /// Marks what is accepted as allowed. Entries that have run out accept nothing; a notice says so.
    pub fn apply(&self, findings: &mut [Finding], today: Date) -> Vec<Notice> {
        let mut notices = Vec::new();
        for finding in findings.iter_mut().filter(|finding| finding.decision.is_none()) {
            let Some(entry) = self.accepted.iter().find(|entry| entry.is(finding)) else { continue };
            if entry.holds(today) {
                let by = format!("baseline ({})", entry.owner);
                finding.decision = Some(Decision::new(Ruling::Allow, by, Some(entry.reason.clone())));
            } else if let Some(until) = entry.until {
                notices.push(Notice {
                    kind: NoticeKind::NotEvaluated,
                    path: Some(finding.path.clone()),
                    message: format!("The baseline accepted {} until {until}; that day is past.", entry.rule),
                    remedy: format!("Take the secret out, or let {} accept it anew.", entry.owner),
                });
            }
        }
        notices.dedup();
        notices
    }

    fn sort(&mut self) {
        self.accepted.sort_by(|one, other| {
            (&one.path, &one.rule, &one.fingerprint).cmp(&(&other.path, &other.rule, &other.fingerprint))
        });
    }
}

impl Accepted {
    fn is(&self, finding: &Finding) -> bool {
        self.rule == finding.id && self.fingerprint == finding.fingerprint
    }

    /// Whether it still accepts on a day.
    pub fn holds(&self, today: Date) -> bool {
        self.until.is_none_or(|until| today <= until)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::{Options, scan_bytes};
    use super::*;

    #[test]
    fn what_is_accepted_is_allowed_until_its_day_and_pruned_after() {
        let text = ["password = \"", "xK9!fQz2", "Lm0Rt\"\n"].concat();
        let found = scan_bytes("a.py", text.as_bytes(), &Options::default());
        assert_eq!(found.len(), 1);
        let mut baseline = Baseline::default();
        assert_eq!(baseline.accept(&found, "of a test server", "ann", Some(date(2030, 1, 31))), 1);
        assert_eq!(baseline.accept(&found, "again", "bob", None), 0);
        let read: Baseline = serde_json::from_str(&baseline.text()).unwrap();
        assert_eq!(read, baseline);
        assert!(!baseline.text().contains("fQz2"));

        // Moved and changed around: the same finding.
        let mut moved = scan_bytes("b.py", format!("\n\n{text}").as_bytes(), &Options::default());
        assert_eq!(baseline.apply(&mut moved, date(2030, 1, 31)), []);
        assert_eq!(moved[0].decision.as_ref().map(|decision| decision.ruling), Some(Ruling::Allow));
        let mut late = found.clone();
        assert_eq!(baseline.apply(&mut late, date(2030, 2, 1)).len(), 1);
        assert_eq!(late[0].decision, None);

        assert_eq!(baseline.clone().prune(&found, date(2030, 1, 1)).len(), 0);
        assert_eq!(baseline.clone().prune(&[], date(2030, 1, 1)).len(), 1);
        assert_eq!(baseline.prune(&found, date(2031, 1, 1)).len(), 1);
    }
}
