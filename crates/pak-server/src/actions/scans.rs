//! What the scan of a deployment found, and how two releases differ in what they consist of. Called by the API and the pages.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::TryStreamExt as _;
use pak_model::{Problem, Result, code};
use pak_security::report::{Component, Finding, Report, Ruling};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde::Serialize;

use crate::state::App;
use crate::store::entity::deployment_file;
use crate::store::unusable;

/// The file of a run that holds the reports.
const FILE: &str = "scan.json";
/// No report that is shown is larger.
const MOST_BYTES: usize = 64 << 20;

/// The reports of a deployment, one per thing that was looked at; none where nothing was scanned.
pub async fn reports(app: &App, deployment: i64) -> Result<Option<Vec<Report>>> {
    let file = deployment_file::Entity::find()
        .filter(deployment_file::Column::DeploymentId.eq(deployment))
        .filter(deployment_file::Column::Path.eq(FILE))
        .one(app.store.read())
        .await
        .map_err(unusable)?;
    let Some(file) = file else { return Ok(None) };
    let Some((size, pieces)) = app.files.get(&file.location).await? else { return Ok(None) };
    let unreadable = |why: &str| {
        Problem::new(code::server::FILE_STORE, "The deployment's scan cannot be read.").said(why.to_owned())
    };
    if usize::try_from(size).map_or(true, |size| size > MOST_BYTES) {
        return Err(unreadable("it is larger than 64 MiB"));
    }
    let gather = |mut text: Vec<u8>, piece: bytes::Bytes| async move {
        text.extend_from_slice(&piece);
        Ok(text)
    };
    let text = pieces.try_fold(Vec::new(), gather).await?;
    serde_json::from_slice(&text).map(Some).map_err(|error| unreadable(&error.to_string()))
}

/// What follows from a finding; before a policy was asked, it is shown.
pub fn ruling(finding: &Finding) -> Ruling {
    finding.decision.as_ref().map_or(Ruling::Warn, |decision| decision.ruling)
}

/// How two releases differ in what they consist of.
#[derive(Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Difference {
    /// Components that only the later one has.
    pub added: Vec<Part>,
    /// Components that only the earlier one has.
    pub removed: Vec<Part>,
    /// Components of both, at other versions.
    pub changed: Vec<Change>,
    /// How many components are the same in both.
    pub unchanged: usize,
    /// Licences with the components that have them, where that differs.
    pub licences: Vec<LicenceChange>,
    /// Findings that only the later one has: `id` and where.
    pub new_findings: Vec<String>,
    /// Findings that only the earlier one has.
    pub gone_findings: Vec<String>,
}

/// A component of one release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct Part {
    /// Its ecosystem, as advisories name it.
    pub ecosystem: String,
    /// Its name.
    pub name: String,
    /// Its versions.
    pub versions: Vec<String>,
}

/// A component of both releases.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Change {
    /// Its ecosystem, as advisories name it.
    pub ecosystem: String,
    /// Its name.
    pub name: String,
    /// Versions in the earlier one.
    pub from: Vec<String>,
    /// Versions in the later one.
    pub to: Vec<String>,
}

/// A licence whose components differ.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LicenceChange {
    /// The expression; `unknown` for components without one.
    pub licence: String,
    /// How many components of the earlier release have it.
    pub from: usize,
    /// How many of the later one.
    pub to: usize,
    /// Components that have it in the later release alone.
    pub came: Vec<String>,
    /// Components that have it in the earlier release alone.
    pub went: Vec<String>,
}

/// Compares what two releases were found to consist of.
pub fn compare(from: &[Report], to: &[Report]) -> Difference {
    let (before, after) = (versions(from), versions(to));
    let mut difference = Difference::default();
    let part = |(ecosystem, name): &(String, String), versions: &BTreeSet<String>| Part {
        ecosystem: ecosystem.clone(),
        name: name.clone(),
        versions: versions.iter().cloned().collect(),
    };
    for (key, versions) in &after {
        match before.get(key) {
            None => difference.added.push(part(key, versions)),
            Some(same) if same == versions => difference.unchanged += 1,
            Some(other) => difference.changed.push(Change {
                ecosystem: key.0.clone(),
                name: key.1.clone(),
                from: other.iter().cloned().collect(),
                to: versions.iter().cloned().collect(),
            }),
        }
    }
    let gone = before.iter().filter(|(key, _)| !after.contains_key(*key));
    difference.removed = gone.map(|(key, versions)| part(key, versions)).collect();
    difference.licences = licence_changes(&licences(from), &licences(to));
    let (old, new) = (findings(from), findings(to));
    let only = |these: &BTreeMap<String, String>, those: &BTreeMap<String, String>| {
        these.iter().filter(|(key, _)| !those.contains_key(*key)).map(|(_, shown)| shown.clone()).collect()
    };
    difference.new_findings = only(&new, &old);
    difference.gone_findings = only(&old, &new);
    difference
}

fn components(reports: &[Report]) -> impl Iterator<Item = &Component> {
    reports.iter().flat_map(|report| &report.components)
}

/// Versions by ecosystem and name: one component may be there at several.
fn versions(reports: &[Report]) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut found: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for component in components(reports) {
        let versions = found.entry((component.ecosystem.clone(), component.name.clone())).or_default();
        versions.extend(component.version.clone());
    }
    found
}

/// Components by licence.
fn licences(reports: &[Report]) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for component in components(reports) {
        let known = component
            .licence
            .as_ref()
            .and_then(|licence| licence.concluded.as_ref().or(licence.declared.as_ref()).or(licence.detected.as_ref()));
        let licence = known.cloned().unwrap_or_else(|| "unknown".to_owned());
        found.entry(licence).or_default().insert(component.name.clone());
    }
    found
}

fn licence_changes(
    before: &BTreeMap<String, BTreeSet<String>>,
    after: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<LicenceChange> {
    let none = BTreeSet::new();
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |licence: &String| {
        let (old, new) = (before.get(licence).unwrap_or(&none), after.get(licence).unwrap_or(&none));
        (old != new).then(|| LicenceChange {
            licence: licence.clone(),
            from: old.len(),
            to: new.len(),
            came: new.difference(old).cloned().collect(),
            went: old.difference(new).cloned().collect(),
        })
    };
    names.into_iter().filter_map(change).collect()
}

/// Findings by what makes them the same in both, as they are shown.
fn findings(reports: &[Report]) -> BTreeMap<String, String> {
    let shown = |finding: &Finding| {
        let place = finding.package.as_deref().unwrap_or(&finding.path);
        (format!("{} {}", finding.id, finding.fingerprint), format!("{} in {place}", finding.id))
    };
    reports.iter().flat_map(|report| &report.findings).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use pak_security::report::{Certainty, Licence, Origin, Scope, Target, TargetKind};

    use super::*;

    fn report(parts: &[(&str, &str, &str)]) -> Vec<Report> {
        let target = Target { kind: TargetKind::Tree, name: ".".to_owned(), version: None, sha256: None };
        let mut report = Report::new(target);
        report.components = parts
            .iter()
            .map(|(name, version, licence)| Component {
                purl: format!("pkg:npm/{name}@{version}"),
                ecosystem: "npm".to_owned(),
                name: (*name).to_owned(),
                version: Some((*version).to_owned()),
                path: "package-lock.json".to_owned(),
                line: None,
                scope: Scope::Runtime,
                direct: None,
                origin: Origin::Registry,
                certainty: Certainty::Exact,
                licence: (!licence.is_empty())
                    .then(|| Licence { declared: Some((*licence).to_owned()), ..Licence::default() }),
                digests: Vec::new(),
                dependencies: Vec::new(),
            })
            .collect();
        vec![report]
    }

    #[test]
    fn two_releases_are_told_apart_by_components_and_licences() {
        let from = report(&[("a", "1", "MIT"), ("b", "1", "MIT"), ("c", "1", "")]);
        let to = report(&[("a", "1", "MIT"), ("b", "2", "GPL-3.0-only"), ("d", "1", "MIT"), ("d", "2", "MIT")]);
        let difference = compare(&from, &to);
        let names = |parts: &[Part]| parts.iter().map(|part| part.name.clone()).collect::<Vec<_>>();
        assert_eq!((names(&difference.added), names(&difference.removed)), (vec!["d".into()], vec!["c".into()]));
        assert_eq!(difference.added[0].versions, ["1", "2"]);
        assert_eq!(
            (difference.changed[0].from.as_slice(), difference.changed[0].to.as_slice()),
            (&["1".into()][..], &["2".into()][..])
        );
        assert_eq!(difference.unchanged, 1);
        let licences: Vec<_> = difference.licences.iter().map(|one| (one.licence.as_str(), one.from, one.to)).collect();
        assert_eq!(licences, [("GPL-3.0-only", 0, 1), ("MIT", 2, 2), ("unknown", 1, 0)]);
        assert_eq!(difference.licences[1].came, ["d"]);
        assert_eq!(compare(&from, &from), Difference { unchanged: 3, ..Difference::default() });
    }
}
