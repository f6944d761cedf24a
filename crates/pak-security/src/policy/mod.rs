//! The policy: what follows from each finding. Evaluated alike in commands, in plans and on the server.
//!
//! Asked in this order, and the first that fits decides: VEX statements (a vulnerability that does not affect the project),
//! exceptions of the settings while they hold, the project's own rules, the rules of `default.toml`. What a scanner has
//! decided already (a baseline, a comment beside the line) stays.

mod approval;
mod condition;
mod exception;
mod explain;
mod statement;

use camino::Utf8Path;
use jiff::civil::Date;
use pak_model::security::{RuleConfig, SecurityConfig};
use pak_model::{Problem, Result, code};
use serde::Deserialize;

pub use approval::{approval_digest, approve};
pub use explain::Consideration;
pub use statement::Statement;

use crate::report::{Decision, Finding, Report, Ruling};
use condition::Condition;
use exception::Exception;

/// The risk from which new things in an artifact have to be approved, where the settings say nothing.
const APPROVE_ABOVE: u32 = 20;

/// A policy, ready to judge.
#[derive(Debug, Clone)]
pub struct Policy {
    today: Date,
    statements: Vec<Statement>,
    exceptions: Vec<Exception>,
    rules: Vec<Rule>,
    approve_above: u32,
    database_required: bool,
}

/// A rule with its place: `rule 2 of pak.toml`.
#[derive(Debug, Clone)]
struct Rule {
    place: String,
    ruling: Ruling,
    reason: Option<String>,
    condition: Condition,
}

#[derive(Deserialize)]
struct Defaults {
    rules: Vec<RuleConfig>,
}

/// pak's own rules, as they are shown to people.
pub const DEFAULT_RULES: &str = include_str!("default.toml");

impl Policy {
    /// The policy of a project's settings on a day.
    pub fn new(config: &SecurityConfig, today: Date) -> Result<Self> {
        let defaults: Defaults = toml::from_str(DEFAULT_RULES).map_err(|error| {
            Problem::new(code::security::POLICY_INVALID, "pak's own rules are broken.").cause(&error)
        })?;
        let own =
            config.rules.iter().enumerate().map(|(index, rule)| (format!("rule {} of pak.toml", index + 1), rule));
        let default =
            defaults.rules.iter().enumerate().map(|(index, rule)| (format!("default rule {}", index + 1), rule));
        let rules = own
            .chain(default)
            .map(|(place, rule)| {
                let condition = Condition::new(rule).map_err(|problem| problem.about("rule", &place))?;
                Ok(Rule { place, ruling: rule.action, reason: rule.reason.clone(), condition })
            })
            .collect::<Result<_>>()?;
        let exceptions =
            config.exceptions.iter().enumerate().map(|(index, exception)| Exception::new(index + 1, exception, today));
        Ok(Self {
            today,
            statements: Vec::new(),
            exceptions: exceptions.collect::<Result<_>>()?,
            rules,
            approve_above: config.artifact.approve_above.unwrap_or(APPROVE_ABOVE),
            database_required: config.database.required,
        })
    }

    /// The same with the VEX documents that the settings name, relative to `root`.
    pub fn with_documents(self, root: &Utf8Path, config: &SecurityConfig) -> Result<Self> {
        let read = config.vex.iter().map(|name| crate::advisories::statements(&root.join(name), name));
        Ok(self.with_statements(read.collect::<Result<Vec<_>>>()?.concat()))
    }

    /// The same with statements of VEX documents.
    #[must_use]
    pub fn with_statements(mut self, statements: Vec<Statement>) -> Self {
        self.statements = statements;
        self
    }

    /// Decides over every finding of a report that is not decided yet, and names exceptions that have run out.
    pub fn judge(&self, report: &mut Report) {
        for finding in &mut report.findings {
            if finding.decision.is_none() {
                finding.decision = Some(self.decide(finding));
            }
        }
        approval::by_risk(&mut report.findings, self.approve_above);
        let expired = self.exceptions.iter().filter_map(|exception| exception.expiry_notice(&report.findings));
        report.notices.extend(expired);
        report.sort();
    }

    fn decide(&self, finding: &Finding) -> Decision {
        let steps = self.consider(finding);
        steps
            .into_iter()
            .find_map(|step| step.decision)
            .unwrap_or_else(|| Decision::new(Ruling::Warn, "no rule fits", None))
    }

    /// What the whole report amounts to.
    pub fn verdict(&self, report: &Report) -> Verdict {
        let count = |ruling| {
            let is = |finding: &&Finding| finding.decision.as_ref().is_some_and(|decision| decision.ruling == ruling);
            report.findings.iter().filter(is).count()
        };
        let limited = |notice: &&crate::report::Notice| {
            use crate::report::NoticeKind::{DatabaseMissing, DatabaseOld, EcosystemUnknown, Offline};
            matches!(notice.kind, DatabaseMissing | DatabaseOld | EcosystemUnknown | Offline)
        };
        Verdict {
            denied: count(Ruling::Deny),
            to_approve: count(Ruling::Approve),
            warned: count(Ruling::Warn),
            allowed: count(Ruling::Allow),
            unusable_database: self.database_required && report.notices.iter().any(|notice| limited(&notice)),
        }
    }
}

/// What a report amounts to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verdict {
    /// Findings that stop the release.
    pub denied: usize,
    /// Findings that a person has to approve.
    pub to_approve: usize,
    /// Findings that are shown.
    pub warned: usize,
    /// Findings that are accepted.
    pub allowed: usize,
    /// Whether the settings ask for a current database and there is none.
    pub unusable_database: bool,
}

impl Verdict {
    /// Whether the release may go on.
    pub fn passes(&self) -> bool {
        self.denied == 0 && self.to_approve == 0 && !self.unusable_database
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            denied: self.denied + other.denied,
            to_approve: self.to_approve + other.to_approve,
            warned: self.warned + other.warned,
            allowed: self.allowed + other.allowed,
            unusable_database: self.unusable_database || other.unusable_database,
        }
    }
}

#[cfg(test)]
mod tests;
