//! Accepted findings: each with an owner, a reason and usually a last day.

use jiff::civil::Date;
use pak_model::security::{ExceptionConfig, RuleConfig, Ruling};
use pak_model::{Problem, Result, code};

use super::condition::Condition;
use crate::report::{Decision, Finding, Notice, NoticeKind};

/// A shorter beginning of a fingerprint could fit another finding.
const SHORTEST_FINGERPRINT: usize = 12;

/// An exception, compiled.
#[derive(Debug, Clone)]
pub(super) struct Exception {
    pub(super) place: String,
    condition: Condition,
    fingerprint: Option<String>,
    reason: String,
    owner: String,
    until: Option<Date>,
    expired: bool,
}

impl Exception {
    pub(super) fn new(number: usize, config: &ExceptionConfig, today: Date) -> Result<Self> {
        let place = format!("exception {number} of pak.toml");
        let invalid = |message: String, next: &str| {
            Err(Problem::new(code::security::POLICY_INVALID, format!("{place}: {message}")).next(next))
        };
        if config.id.is_none() && config.fingerprint.is_none() {
            return invalid(
                "it names neither an id nor a fingerprint, so it would accept what nobody has looked at.".to_owned(),
                "Add `id` or `fingerprint` of the finding, as the report shows them.",
            );
        }
        if config.fingerprint.as_ref().is_some_and(|text| text.len() < SHORTEST_FINGERPRINT) {
            return invalid(
                format!("the fingerprint has less than {SHORTEST_FINGERPRINT} characters."),
                "Copy more of it from the report.",
            );
        }
        for (name, value) in [("reason", &config.reason), ("owner", &config.owner)] {
            if value.trim().is_empty() {
                return invalid(format!("`{name}` is empty."), "Say why it is accepted and who answers for it.");
            }
        }
        let condition = Condition::new(&RuleConfig {
            action: Ruling::Allow,
            id: config.id.clone(),
            package: config.package.clone(),
            path: config.path.clone(),
            kind: None,
            severity: None,
            confidence: None,
            licence: None,
            scope: None,
            fixable: None,
            reason: None,
        })?;
        Ok(Self {
            condition,
            fingerprint: config.fingerprint.clone(),
            reason: config.reason.clone(),
            owner: config.owner.clone(),
            until: config.until,
            expired: config.until.is_some_and(|until| until < today),
            place,
        })
    }

    /// Why it does not apply; none where it does.
    pub(super) fn misses(&self, finding: &Finding) -> Option<&'static str> {
        if self.expired && self.fits(finding).is_none() {
            return Some("it has expired");
        }
        self.fits(finding)
    }

    fn fits(&self, finding: &Finding) -> Option<&'static str> {
        if self.fingerprint.as_ref().is_some_and(|beginning| !finding.fingerprint.starts_with(beginning.as_str())) {
            return Some("another fingerprint");
        }
        self.condition.misses(finding)
    }

    pub(super) fn decision(&self) -> Decision {
        let until = self.until.map(|until| format!(", until {until}")).unwrap_or_default();
        let reason = format!("{} ({}{until})", self.reason, self.owner);
        Decision::new(Ruling::Allow, self.place.clone(), Some(reason))
    }

    /// Says that it has run out, where it would have applied.
    pub(super) fn expiry_notice(&self, findings: &[Finding]) -> Option<Notice> {
        let until = self.until.filter(|_| self.expired)?;
        findings.iter().any(|finding| self.fits(finding).is_none()).then(|| Notice {
            kind: NoticeKind::ExceptionExpired,
            path: Some("pak.toml".to_owned()),
            message: format!("{} ran out on {until}; {} answered for it: {}", self.place, self.owner, self.reason),
            remedy: "Mend the finding, or look at it again and set a new last day.".to_owned(),
        })
    }
}
