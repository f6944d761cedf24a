//! Why a finding was decided as it was: everything that was considered, in order.

use serde::Serialize;

use super::Policy;
use crate::report::{Decision, Finding};

/// One thing that was considered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Consideration {
    /// Where it is written: `exception 2 of pak.toml`, `default rule 4`.
    pub place: String,
    /// Why it does not apply; none where it decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misses: Option<String>,
    /// What it decided, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

impl Policy {
    /// Everything up to the one that decides.
    pub fn consider(&self, finding: &Finding) -> Vec<Consideration> {
        let statements = self.statements.iter().filter(|statement| statement.is_about(finding)).map(|statement| {
            let decision = statement.decision(self.today);
            let misses = decision.is_none().then(|| "it does not settle the finding, or no longer holds".to_owned());
            Consideration { place: statement.place(), misses, decision }
        });
        let exceptions = self.exceptions.iter().map(|exception| match exception.misses(finding) {
            Some(why) => Consideration { place: exception.place.clone(), misses: Some(why.to_owned()), decision: None },
            None => {
                Consideration { place: exception.place.clone(), misses: None, decision: Some(exception.decision()) }
            }
        });
        let rules = self.rules.iter().map(|rule| {
            let misses = rule.condition.misses(finding).map(str::to_owned);
            let decision =
                misses.is_none().then(|| Decision::new(rule.ruling, rule.place.clone(), rule.reason.clone()));
            Consideration { place: rule.place.clone(), misses, decision }
        });
        let mut considered = Vec::new();
        for one in statements.chain(exceptions).chain(rules) {
            let decides = one.decision.is_some();
            considered.push(one);
            if decides {
                break;
            }
        }
        considered
    }
}
