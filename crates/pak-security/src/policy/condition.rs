//! The conditions of a rule or an exception, compiled.

use globset::{GlobBuilder, GlobMatcher};
use pak_model::security::{Confidence, Kind, RuleConfig, Scope, Severity};
use pak_model::{Problem, Result, code};

use crate::report::Finding;

/// What must hold of a finding. What is absent holds always.
#[derive(Debug, Clone, Default)]
pub(super) struct Condition {
    kind: Option<Kind>,
    severity: Option<Severity>,
    confidence: Option<Confidence>,
    scope: Option<Scope>,
    fixable: Option<bool>,
    pub(super) id: Option<GlobMatcher>,
    pub(super) package: Option<GlobMatcher>,
    pub(super) path: Option<GlobMatcher>,
    licence: Option<GlobMatcher>,
}

impl Condition {
    pub(super) fn new(rule: &RuleConfig) -> Result<Self> {
        Ok(Self {
            kind: rule.kind,
            severity: rule.severity,
            confidence: rule.confidence,
            scope: rule.scope,
            fixable: rule.fixable,
            id: glob(rule.id.as_ref())?,
            package: glob(rule.package.as_ref())?,
            path: glob(rule.path.as_ref())?,
            licence: glob(rule.licence.as_ref())?,
        })
    }

    /// The first condition that does not hold, in words; none where all do.
    pub(super) fn misses(&self, finding: &Finding) -> Option<&'static str> {
        let ids = || std::iter::once(&finding.id).chain(&finding.aliases);
        let fits = |glob: &Option<GlobMatcher>, value: Option<&str>| {
            glob.as_ref().is_none_or(|glob| value.is_some_and(|value| glob.is_match(value)))
        };
        let checks = [
            (self.kind.is_none_or(|kind| kind == finding.kind), "another kind"),
            (self.severity.is_none_or(|least| finding.severity >= least), "less severe"),
            (self.confidence.is_none_or(|least| finding.confidence >= least), "less certain"),
            (self.scope.is_none_or(|scope| finding.scope == Some(scope)), "another scope"),
            (self.fixable.is_none_or(|fixable| finding.fixed_in.is_some() == fixable), "another answer to `fixable`"),
            (self.id.as_ref().is_none_or(|glob| ids().any(|id| glob.is_match(id))), "another id"),
            (fits(&self.package, finding.purl.as_deref().map(without_version)), "another package"),
            (
                self.path.as_ref().is_none_or(|glob| paths(&finding.path).any(|path| glob.is_match(path))),
                "another path",
            ),
            (fits(&self.licence, finding.licence.as_deref()), "another licence"),
        ];
        checks.into_iter().find(|(holds, _)| !holds).map(|(_, why)| why)
    }
}

/// `pkg:npm/a@1.0.0?x` without what follows the name.
fn without_version(purl: &str) -> &str {
    let end = purl.find(['?', '#']).unwrap_or(purl.len());
    let purl = purl.get(..end).unwrap_or(purl);
    purl.rsplit_once('@').map_or(purl, |(name, _)| name)
}

/// The whole path, and for a member of an archive the path inside.
fn paths(path: &str) -> impl Iterator<Item = &str> {
    let inside = path.rsplit_once("!/").map(|(_, inside)| inside);
    std::iter::once(path).chain(inside)
}

pub(super) fn glob(pattern: Option<&String>) -> Result<Option<GlobMatcher>> {
    let Some(pattern) = pattern else { return Ok(None) };
    let glob = GlobBuilder::new(pattern).literal_separator(false).backslash_escape(true).build().map_err(|error| {
        Problem::new(code::security::POLICY_INVALID, format!("`{pattern}` is no glob.")).cause(&error)
    })?;
    Ok(Some(glob.compile_matcher()))
}
