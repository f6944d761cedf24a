//! From reports to the plan: what each package's steps carry. What stops a release is told in full, the rest in one line.

use std::collections::BTreeMap;

use pak_model::{Finding, Package, code};
use pak_security::policy::{Verdict, approval_digest};
use pak_security::report::{Finding as Found, Report, Ruling, TargetKind};

use super::Built;
use crate::plan::counted;

/// Reports of artifacts belong to their packages; what the source's lock files name, to the packages beside or below them.
pub(super) fn by_package(
    packages: &[Package],
    reports: &[Report],
    built: &Built,
    verdict: Verdict,
) -> BTreeMap<String, Vec<Finding>> {
    let digest = approval_digest(reports.iter().flat_map(|report| &report.findings));
    let mut carried = BTreeMap::new();
    for package in packages {
        let is_its_artifact = |report: &&Report| {
            report.target.kind != TargetKind::Tree
                && built.made().any(|(of, _, artifact)| of.id == package.id && artifact.id == report.target.name)
        };
        let of_artifacts = reports.iter().filter(is_its_artifact).flat_map(|report| &report.findings);
        let of_source = reports
            .iter()
            .filter(|report| report.target.kind == TargetKind::Tree)
            .flat_map(|report| &report.findings)
            .filter(|finding| concerns(finding, package));
        let found: Vec<&Found> = of_artifacts.chain(of_source).collect();
        carried.insert(package.id.clone(), told(&found, digest.as_deref()));
    }
    // What limits the whole scan is told once.
    if let Some(first) = packages.first().and_then(|package| carried.get_mut(&package.id)) {
        let notices = reports.iter().flat_map(|report| &report.notices);
        first.extend(notices.map(|notice| {
            let finding = Finding::note(code::security::LIMITED, &notice.message).remedy(&notice.remedy);
            match &notice.path {
                Some(path) => finding.file(path),
                None => finding,
            }
        }));
        first.dedup();
        if verdict.unusable_database {
            first.insert(
                0,
                Finding::error(code::security::DATABASE_UNUSABLE, "The advisory database is old or missing."),
            );
        }
    }
    carried
}

/// Whether a file of the source says what a package is made of: it lies in the package's folder, or in one above it.
fn concerns(finding: &Found, package: &Package) -> bool {
    let folder = finding.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let own = package.directory.as_str();
    let within = |inner: &str, outer: &str| {
        outer.is_empty() || inner == outer || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
    };
    let own = if own == "." { "" } else { own };
    within(folder, own) || within(own, folder)
}

fn told(found: &[&Found], digest: Option<&str>) -> Vec<Finding> {
    let ruled = |ruling| {
        found.iter().copied().filter(move |finding| finding.decision.as_ref().is_some_and(|one| one.ruling == ruling))
    };
    let in_full = |finding: &Found, code, remedy: String| {
        let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
        Finding::error(code, format!("{} [{}] {}", finding.title, finding.id, finding.message))
            .remedy(remedy)
            .file(format!("{}{line}", finding.path))
    };
    let mut told: Vec<Finding> =
        ruled(Ruling::Deny).map(|finding| in_full(finding, code::security::DENIED, finding.remedy.clone())).collect();
    let approve = digest.unwrap_or_default();
    told.extend(ruled(Ruling::Approve).map(|finding| {
        let remedy = format!("{} If it is meant: --approve {approve}", finding.remedy);
        in_full(finding, code::security::APPROVAL_NEEDED, remedy)
    }));
    let mut shown: Vec<&Found> = ruled(Ruling::Warn).collect();
    shown.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    if let Some(weightiest) = shown.first() {
        let message = format!(
            "{} to look at; the weightiest: {} ({}, {})",
            counted(shown.len(), "finding", "findings"),
            weightiest.title,
            weightiest.severity,
            weightiest.path
        );
        told.push(Finding::warning(code::security::WARNED, message).remedy("`pak scan` shows them all."));
    }
    told
}
