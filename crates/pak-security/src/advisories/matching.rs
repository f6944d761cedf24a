//! Which records are about a component, and the finding that follows: one for each flaw, whatever number of records name it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::database::ByPackage;
use super::entry::{Entry, Event, Range, is_malware};
use super::{aliases, names};
use crate::report::{Certainty, Component, Confidence, Finding, Kind, Notice, NoticeKind, Origin, Severity};
use crate::versions::Order;

/// Findings and notices as they come.
#[derive(Default)]
pub(super) struct Matches {
    findings: BTreeMap<(String, String, String), Finding>,
    pub(super) notices: Vec<Notice>,
    /// Advisories that name only commits, by file.
    commits: BTreeMap<String, BTreeSet<String>>,
}

/// Sorts out the components that advisories can be about: those of a registry, at one version.
pub(super) fn by_package<'a>(components: &'a [Component], matches: &mut Matches) -> ByPackage<'a> {
    let mut packages = ByPackage::new();
    let exact: BTreeSet<_> = components
        .iter()
        .filter(|component| component.certainty != Certainty::Declared)
        .map(|component| (folder(&component.path), names::base(&component.ecosystem)))
        .collect();
    let (mut ranges, mut meaningless) = (BTreeMap::new(), BTreeMap::new());
    for component in components {
        let ecosystem = names::base(&component.ecosystem);
        if ecosystem.is_empty() || component.origin != Origin::Registry {
            continue;
        }
        // A manifest's ranges say nothing about what is used, but a lock file beside it does.
        let version = component.version.as_deref().filter(|_| component.certainty != Certainty::Declared);
        let Some(version) = version else {
            if !exact.contains(&(folder(&component.path), ecosystem)) {
                *ranges.entry(component.path.as_str()).or_insert(0_usize) += 1;
            }
            continue;
        };
        if Order::of(ecosystem).is_some_and(|order| !order.understands(version)) {
            meaningless
                .entry(component.path.as_str())
                .or_insert_with(Vec::new)
                .push(format!("{} {version}", component.name));
        }
        let name = names::key(ecosystem, &component.name).into_owned();
        packages.entry(ecosystem).or_default().entry(name).or_default().push(component);
    }
    for (path, count) in ranges {
        matches.notices.push(not_evaluated(
            path,
            format!("Dependencies asked for by range: {count}; which versions are used is not known."),
            "Scan a lock file, or the built artifact.",
        ));
    }
    for (path, mut names) in meaningless {
        let count = names.len();
        names.truncate(5);
        matches.notices.push(not_evaluated(
            path,
            format!(
                "Versions without a place in their ecosystem's order: {count} ({}); ranges were not asked about them.",
                names.join(", ")
            ),
            "Look for advisories about them by hand.",
        ));
    }
    packages
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn not_evaluated(path: &str, message: String, remedy: &str) -> Notice {
    Notice { kind: NoticeKind::NotEvaluated, path: Some(path.to_owned()), message, remedy: remedy.to_owned() }
}

impl Matches {
    /// Adds what entries say of a component.
    pub(super) fn component(&mut self, component: &Component, entries: &[Entry]) {
        let Some(version) = component.version.as_deref() else { return };
        let about =
            |entry: &&Entry| entry.ecosystem.is_empty() || names::covers(&entry.ecosystem, &component.ecosystem);
        let mut hits = Vec::new();
        for entry in entries.iter().filter(about) {
            if entry.commits_only {
                self.commits.entry(component.path.clone()).or_default().insert(entry.id.clone());
            } else if affects(entry, &component.ecosystem, released(&component.ecosystem, version)) {
                hits.push(entry);
            }
        }
        self.add(component, version, &hits);
    }

    /// Adds findings for records that are known to be about a component.
    pub(super) fn add(&mut self, component: &Component, version: &str, hits: &[&Entry]) {
        let groups = aliases::groups(hits, |entry| {
            std::iter::once(entry.id.as_str()).chain(entry.aliases.iter().map(String::as_str)).collect()
        });
        for group in groups {
            let records: Vec<&Entry> = group.iter().filter_map(|index| hits.get(*index).copied()).collect();
            let Some(finding) = finding(component, version, &records) else { continue };
            let place = (finding.path.clone(), component.purl.clone(), finding.id.clone());
            self.findings
                .entry(place)
                .and_modify(|known| {
                    // The same package twice in a file: the use that matters most, the surest of both.
                    known.scope = known.scope.min(finding.scope);
                    known.confidence = known.confidence.max(finding.confidence);
                })
                .or_insert(finding);
        }
    }

    pub(super) fn finish(mut self) -> (Vec<Finding>, Vec<Notice>) {
        for (path, ids) in self.commits {
            let shown: Vec<_> = ids.iter().take(5).cloned().collect();
            self.notices.push(not_evaluated(
                &path,
                format!(
                    "Advisories that name commits, not versions, were not evaluated: {} ({}).",
                    ids.len(),
                    shown.join(", ")
                ),
                "Look whether the version in use has the commits that fix them.",
            ));
        }
        (self.findings.into_values().collect(), self.notices)
    }
}

/// The version as its registry orders it. In lock files a gem's platform follows the version: `1.18.3-x86_64-linux-gnu`.
pub(super) fn released<'a>(ecosystem: &str, version: &'a str) -> &'a str {
    match names::base(ecosystem) {
        "RubyGems" => version.split('-').next().unwrap_or(version),
        _ => version,
    }
}

/// Whether an entry is about a version: it is listed, or it lies in a range.
pub(super) fn affects(entry: &Entry, ecosystem: &str, version: &str) -> bool {
    let order = Order::of(ecosystem);
    let listed = entry.versions.iter().any(|listed| {
        listed == version
            || order.is_some_and(|order| order.understands(version) && order.compare_in_range(listed, version).is_eq())
    });
    listed || entry.ranges.iter().any(|range| lies_in(range, ecosystem, version))
}

/// The walk of the schema: every event at or before the version switches.
fn lies_in(range: &Range, ecosystem: &str, version: &str) -> bool {
    let Some(order) = range.order(ecosystem).filter(|order| order.understands(version)) else { return false };
    let compare = |event: &str| order.compare_in_range(event, version);
    if !range.limits.is_empty() && !range.limits.iter().any(|limit| compare(limit) == Ordering::Greater) {
        return false;
    }
    let mut affected = false;
    for event in &range.events {
        match event {
            Event::Introduced(from) if from == "0" || compare(from).is_le() => affected = true,
            Event::Fixed(in_version) if compare(in_version).is_le() => affected = false,
            Event::LastAffected(last) if compare(last).is_lt() => affected = false,
            _ => {}
        }
    }
    affected
}

/// The nearest version above that fixes one of the records and is affected by none.
fn fixed_in(ecosystem: &str, version: &str, records: &[&Entry]) -> Option<String> {
    let order = Order::of(ecosystem).unwrap_or(Order::SemVer);
    let mut fixes: Vec<&str> = records
        .iter()
        .flat_map(|entry| entry.ranges.iter().flat_map(|range| &range.events))
        .filter_map(|event| if let Event::Fixed(version) = event { Some(version.as_str()) } else { None })
        .filter(|fix| order.compare_in_range(fix, version).is_gt())
        .collect();
    fixes.sort_by(|one, other| order.compare_in_range(one, other));
    fixes.dedup();
    // Every candidate is asked of every record: hostile records name thousands.
    fixes.truncate(200);
    fixes.into_iter().find(|fix| !records.iter().any(|entry| affects(entry, ecosystem, fix))).map(str::to_owned)
}

/// Which name of a flaw is shown first: the ecosystem's own database, then GitHub's, then anything else.
fn rank(id: &str) -> u8 {
    match id.split('-').next().unwrap_or_default() {
        "MAL" => 0,
        "RUSTSEC" | "GO" | "PYSEC" | "HSEC" | "RSEC" | "JLSEC" => 1,
        "GHSA" => 2,
        "CVE" => 4,
        _ => 3,
    }
}

fn finding(component: &Component, version: &str, records: &[&Entry]) -> Option<Finding> {
    let first = records.iter().min_by_key(|entry| (rank(&entry.id), &entry.id))?;
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    for entry in records {
        ids.insert(&entry.id);
        ids.extend(entry.aliases.iter().map(String::as_str));
    }
    ids.remove(first.id.as_str());
    let malware = records.iter().any(|entry| is_malware(&entry.id));
    // A record that only informs counts as such if no other record calls it a vulnerability.
    let informational =
        if records.iter().all(|entry| entry.informational.is_some()) { first.informational.as_deref() } else { None };
    let kind = match (malware, informational) {
        (true, _) => Kind::Malware,
        (false, Some(_)) => Kind::Dependency,
        (false, None) => Kind::Vulnerability,
    };
    let severity = match informational {
        Some("unsound") => Severity::Medium,
        Some("notice") => Severity::Note,
        Some(_) => Severity::Low,
        None => records.iter().map(|entry| entry.severity).max().unwrap_or(Severity::Medium),
    };
    let name = &component.name;
    let fixed_in =
        if malware { None } else { fixed_in(&component.ecosystem, released(&component.ecosystem, version), records) };
    let summary = records.iter().map(|entry| entry.summary.as_str()).find(|text| !text.is_empty());
    let title = summary.unwrap_or(&first.id).to_owned();
    let plain = title.trim_end_matches('.');
    let message = match kind {
        Kind::Malware => format!("{name} {version} is malicious: {plain}."),
        Kind::Dependency => format!("{name} {version} is {}: {plain}.", informational.unwrap_or("reported")),
        _ => format!("{name} {version} is affected by {}: {plain}.", first.id),
    };
    let remedy = match (&fixed_in, kind) {
        (_, Kind::Malware) => format!("Remove {name}, and treat every machine that installed it as taken over."),
        (Some(fixed), _) => format!("Move {name} to {fixed}."),
        (None, Kind::Dependency) => format!("Replace {name}, or accept it with a reason."),
        (None, _) => format!("No version of {name} fixes it. Replace it, or accept it with a reason."),
    };
    let mut references: Vec<String> = Vec::new();
    for url in records.iter().flat_map(|entry| &entry.references) {
        if references.len() < 5 && !references.contains(url) {
            references.push(url.clone());
        }
    }
    Some(Finding {
        aliases: ids.into_iter().map(str::to_owned).collect(),
        title,
        message,
        remedy,
        line: component.line,
        package: Some(name.clone()),
        version: Some(version.to_owned()),
        purl: Some(component.purl.clone()),
        scope: Some(component.scope),
        fixed_in,
        score: records.iter().filter_map(|entry| entry.score).reduce(f64::max),
        references,
        fingerprint: fingerprint(&first.id, component),
        ..Finding::new(
            kind,
            first.id.clone(),
            severity,
            if component.certainty == Certainty::Exact { Confidence::Certain } else { Confidence::Likely },
            component.path.clone(),
        )
    })
}

/// The same for the same flaw of the same component in the same file.
fn fingerprint(id: &str, component: &Component) -> String {
    let digest = Sha256::digest(format!("vulnerability\n{id}\n{}\n{}", component.purl, component.path));
    hex::encode(digest.get(..16).unwrap_or_default())
}
