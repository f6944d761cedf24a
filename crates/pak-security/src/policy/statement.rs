//! What a VEX document says of a vulnerability in a product, whatever form it was written in.

use jiff::civil::Date;
use serde::Serialize;

use crate::report::{Assessment, AssessmentStatus, Decision, Finding, Justification, Kind, Ruling};

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The file it is from, as the user named it.
    pub document: String,
    /// The vulnerability and its aliases.
    pub ids: Vec<String>,
    /// Purls of the components it is about, with or without version; empty for all.
    pub purls: Vec<String>,
    /// What it says.
    pub status: AssessmentStatus,
    /// Why, where it is one of the known reasons.
    pub justification: Option<Justification>,
    /// Why, in the writer's own words.
    pub words: Option<String>,
    /// The last day it holds, where it says one.
    pub until: Option<Date>,
}

impl Statement {
    /// Whether it speaks of this finding.
    pub(super) fn is_about(&self, finding: &Finding) -> bool {
        let fits_id = std::iter::once(&finding.id)
            .chain(&finding.aliases)
            .any(|id| self.ids.iter().any(|named| named.eq_ignore_ascii_case(id)));
        let fits_purl = |purl: &String| finding.purl.as_deref().is_some_and(|of| covers(purl, of));
        let fits_package = self.purls.is_empty() || self.purls.iter().any(fits_purl);
        finding.kind == Kind::Vulnerability && fits_id && fits_package
    }

    /// The decision, if this statement settles the finding today.
    pub(super) fn decision(&self, today: Date) -> Option<Decision> {
        let holds = self.until.is_none_or(|until| today <= until);
        let settles = matches!(self.status, AssessmentStatus::NotAffected | AssessmentStatus::Fixed);
        (holds && settles).then(|| Decision {
            assessment: Some(Assessment { status: self.status, justification: self.justification }),
            ..Decision::new(Ruling::Allow, self.place(), self.words.clone())
        })
    }

    /// Where it is written.
    pub(super) fn place(&self) -> String {
        format!("VEX statement in {}", self.document)
    }
}

/// Whether a purl of a statement means a component's: one without a version means every version, qualifiers do not matter.
fn covers(named: &str, of: &str) -> bool {
    let plain = |purl: &str| purl.split(['?', '#']).next().unwrap_or_default().to_owned();
    let (named, of) = (plain(named), plain(of));
    named == of || of.strip_prefix(&named).is_some_and(|rest| rest.starts_with('@'))
}
