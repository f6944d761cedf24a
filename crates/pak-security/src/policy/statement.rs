//! What a VEX document says of a vulnerability in a product, whatever form it was written in.

use jiff::civil::Date;
use serde::Serialize;

use crate::report::{Finding, Kind};

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
    pub status: Status,
    /// Why: OpenVEX's justification, CycloneDX's analysis, or the writer's own words.
    pub justification: Option<String>,
    /// The last day it holds, where it says one.
    pub until: Option<Date>,
}

/// The four words of VEX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The product is not affected.
    NotAffected,
    /// It is.
    Affected,
    /// It was, and is no more.
    Fixed,
    /// Nobody knows yet.
    UnderInvestigation,
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotAffected => "not affected",
            Self::Affected => "affected",
            Self::Fixed => "fixed",
            Self::UnderInvestigation => "under investigation",
        })
    }
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

    /// Why the finding need not be acted on, if this statement says so today.
    pub(super) fn reason(&self, today: Date) -> Option<String> {
        let holds = self.until.is_none_or(|until| today <= until);
        let settles = matches!(self.status, Status::NotAffected | Status::Fixed);
        let why = self.justification.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        (holds && settles).then(|| format!("{}{why}", self.status))
    }
}

/// Whether a purl of a statement means a component's: one without a version means every version, qualifiers do not matter.
fn covers(named: &str, of: &str) -> bool {
    let plain = |purl: &str| purl.split(['?', '#']).next().unwrap_or_default().to_owned();
    let (named, of) = (plain(named), plain(of));
    named == of || of.strip_prefix(&named).is_some_and(|rest| rest.starts_with('@'))
}
