//! What the database keeps of a record about one package: enough to match, rate and explain, and no more.

use serde::{Deserialize, Serialize};

use super::cvss;
use super::record::{self, Rating, Record, Specific};
use crate::report::Severity;
use crate::versions::Order;

/// Nothing real comes near these; a record beyond them is cut and says so.
const MOST_EVENTS: usize = 20_000;
const MOST_VERSIONS: usize = 100_000;
const MOST_ALIASES: usize = 1_000;
const LONGEST_SUMMARY: usize = 300;
const MOST_REFERENCES: usize = 5;

/// A record as it concerns one package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) id: String,
    /// The ecosystem with its suffix (`Debian:12`), where it has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) ecosystem: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) aliases: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) summary: String,
    pub(super) severity: Severity,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) score: Option<f64>,
    /// RustSec: not a vulnerability, but `unmaintained`, `unsound` or a `notice`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) informational: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) ranges: Vec<Range>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) versions: Vec<String>,
    /// There are ranges of commits, and nothing else that could be asked about.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) commits_only: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) references: Vec<String>,
}

/// A range of versions, its events in the order of the versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Range {
    /// By Semantic Versioning rather than by the ecosystem's own order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) semver: bool,
    pub(super) events: Vec<Event>,
    /// Versions from one of these on are outside; none for no limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) limits: Vec<String>,
}

/// Where something begins or ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Event {
    /// From here on affected; `0` is before everything.
    #[serde(rename = "i")]
    Introduced(String),
    /// From here on not affected.
    #[serde(rename = "f")]
    Fixed(String),
    /// After this not affected.
    #[serde(rename = "l")]
    LastAffected(String),
}

impl Event {
    pub(super) fn version(&self) -> &str {
        match self {
            Self::Introduced(version) | Self::Fixed(version) | Self::LastAffected(version) => version,
        }
    }
}

impl Range {
    /// The order in which its versions stand.
    pub(super) fn order(&self, ecosystem: &str) -> Option<Order> {
        if self.semver { Some(Order::SemVer) } else { Order::of(ecosystem) }
    }
}

/// The entries of a record, with the ecosystem and name each is about; and whether something was cut.
pub(super) fn entries(record: &Record) -> (Vec<(String, String, Entry)>, bool) {
    let mut cut = false;
    let mut found: Vec<(String, String, Entry)> = Vec::new();
    for affected in record.affected.iter().flatten() {
        let (ecosystem, name) = (affected.package.ecosystem.trim(), affected.package.name.trim());
        if ecosystem.is_empty() || name.is_empty() {
            continue;
        }
        let key = super::names::key(ecosystem, name);
        let base = super::names::base(ecosystem);
        let (ranges, versions, commits) = extent(ecosystem, affected, &mut cut);
        let known = found.iter_mut().find(|(of, named, entry)| {
            of == base
                && *named == key
                && (entry.ecosystem == ecosystem || entry.ecosystem.is_empty() && ecosystem == base)
        });
        if let Some((_, _, entry)) = known {
            entry.ranges.extend(ranges);
            entry.versions.extend(versions);
            entry.commits_only =
                entry.ranges.is_empty() && entry.versions.is_empty() && (entry.commits_only || commits);
            continue;
        }
        let (severity, score) = rating(record, affected);
        let entry = Entry {
            id: record.id.clone(),
            ecosystem: if ecosystem == base { String::new() } else { ecosystem.to_owned() },
            aliases: record.aliases.iter().filter(|alias| **alias != record.id).take(MOST_ALIASES).cloned().collect(),
            summary: summary(record),
            severity,
            score,
            informational: [&affected.database_specific, &affected.ecosystem_specific, &record.database_specific]
                .into_iter()
                .find_map(|specific| specific.informational.clone()),
            commits_only: commits && ranges.is_empty() && versions.is_empty(),
            ranges,
            versions,
            references: references(record),
        };
        found.push((base.to_owned(), key.into_owned(), entry));
    }
    (found, cut)
}

/// Ranges, listed versions, and whether there are ranges of commits.
fn extent(ecosystem: &str, affected: &record::Affected, cut: &mut bool) -> (Vec<Range>, Vec<String>, bool) {
    let (mut ranges, mut commits, mut events_left) = (Vec::new(), false, MOST_EVENTS);
    for range in &affected.ranges {
        let semver = match range.kind.to_ascii_uppercase().as_str() {
            "SEMVER" => true,
            "GIT" => {
                commits = true;
                continue;
            }
            _ => false,
        };
        if range.events.len() > events_left {
            *cut = true;
            continue;
        }
        events_left -= range.events.len();
        let (mut events, mut limits) = (Vec::new(), Vec::new());
        for event in &range.events {
            events.extend(event.introduced.iter().cloned().map(Event::Introduced));
            events.extend(event.fixed.iter().cloned().map(Event::Fixed));
            events.extend(event.last_affected.iter().cloned().map(Event::LastAffected));
            limits.extend(event.limit.iter().filter(|limit| *limit != "*").cloned());
        }
        let mut range = Range { semver, events, limits };
        if let Some(order) = range.order(ecosystem) {
            drop_inverted(&mut range.events, order);
            sort(&mut range.events, order);
        }
        if !range.events.is_empty() {
            ranges.push(range);
        }
    }
    *cut |= affected.versions.len() > MOST_VERSIONS;
    (ranges, affected.versions.iter().take(MOST_VERSIONS).cloned().collect(), commits)
}

/// Takes out pairs whose end lies before their beginning: sorted, the beginning would be left without an end. Databases write
/// them where a fix came in a pre-release of the version that begins a line (`introduced: 4.1`, `fixed: 4.1.0.beta2`);
/// of RubyGems' lines the pre-releases before the fix stay affected.
fn drop_inverted(events: &mut Vec<Event>, order: Order) {
    let pairs = |events: &[Event]| {
        events.chunks(2).all(|pair| {
            matches!(pair, [Event::Introduced(_)] | [Event::Introduced(_), Event::Fixed(_) | Event::LastAffected(_)])
        })
    };
    if !pairs(events) {
        return;
    }
    let empty = |from: &str, pair: &[Event]| match pair {
        [_, Event::Fixed(end)] => from != "0" && order.compare_in_range(from, end).is_ge(),
        [_, Event::LastAffected(end)] => from != "0" && order.compare_in_range(from, end).is_gt(),
        _ => false,
    };
    let mut kept = Vec::with_capacity(events.len());
    for pair in events.chunks(2) {
        let Some(Event::Introduced(from)) = pair.first() else { continue };
        if !empty(from, pair) {
            kept.extend_from_slice(pair);
            continue;
        }
        let first_of_line = format!("{from}.a");
        if order == Order::RubyGems && !empty(&first_of_line, pair) {
            kept.push(Event::Introduced(first_of_line));
            kept.extend(pair.get(1).cloned());
        }
    }
    *events = kept;
}

/// By version; `0` before everything. A version that is introduced and the last one affected is affected itself, so of two
/// events at one version the end that includes it comes last.
fn sort(events: &mut [Event], order: Order) {
    let zero = |event: &Event| matches!(event, Event::Introduced(version) if version == "0");
    events.sort_by(|one, other| {
        zero(other)
            .cmp(&zero(one))
            .then_with(|| order.compare_in_range(one.version(), other.version()))
            .then_with(|| matches!(one, Event::LastAffected(_)).cmp(&matches!(other, Event::LastAffected(_))))
    });
}

/// How bad: the newest kind of CVSS vector given, else the database's own word, else medium. Malware is always critical.
fn rating(record: &Record, affected: &record::Affected) -> (Severity, Option<f64>) {
    if is_malware(&record.id) {
        return (Severity::Critical, None);
    }
    let given = [affected.severity.as_slice(), record.severity.as_slice()];
    let vectors = given.iter().flat_map(|ratings| ratings.iter()).map(|rating| rating.score.as_str());
    let vectors = vectors.chain(affected.database_specific.cvss.as_deref());
    if let Some(score) = vectors
        .filter_map(cvss::score)
        .reduce(|best, (rank, score)| if rank > best.0 { (rank, score) } else { best })
        .map(|(_, score)| score)
    {
        return (cvss::severity(score), Some(score));
    }
    let words = given
        .iter()
        .flat_map(|ratings| ratings.iter())
        .filter(|rating| !rating.kind.starts_with("CVSS"))
        .map(|rating: &Rating| rating.score.as_str());
    let specific = [&affected.ecosystem_specific, &affected.database_specific, &record.database_specific];
    let specific = specific.into_iter().filter_map(|specific: &Specific| specific.severity.as_deref());
    (words.chain(specific).find_map(word).unwrap_or(Severity::Medium), None)
}

/// The words of GitHub, Ubuntu, Debian and Red Hat.
fn word(text: &str) -> Option<Severity> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "critical" => Severity::Critical,
        "high" | "important" => Severity::High,
        "medium" | "moderate" => Severity::Medium,
        "low" => Severity::Low,
        "negligible" | "unimportant" | "none" => Severity::Note,
        _ => return None,
    })
}

/// Records of packages that are malicious as a whole.
pub(super) fn is_malware(id: &str) -> bool {
    id.starts_with("MAL-")
}

/// The summary, or the first line of the details; control characters gone.
fn summary(record: &Record) -> String {
    let line = |text: &str| text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned();
    let text = if record.summary.trim().is_empty() { line(&record.details) } else { line(&record.summary) };
    let mut clean: String = text.chars().filter(|sign| !sign.is_control()).take(LONGEST_SUMMARY + 1).collect();
    if clean.chars().count() > LONGEST_SUMMARY {
        clean.pop();
        clean.push('…');
    }
    clean
}

/// Advisories first, then fixes, then the rest; web addresses only.
fn references(record: &Record) -> Vec<String> {
    let weight = |kind: &str| match kind {
        "ADVISORY" => 0,
        "FIX" => 1,
        "PACKAGE" => 3,
        _ => 2,
    };
    let mut given: Vec<_> = record
        .references
        .iter()
        .filter(|reference| reference.url.starts_with("https://") && reference.url.len() < 500)
        .collect();
    given.sort_by_key(|reference| weight(&reference.kind));
    given.into_iter().take(MOST_REFERENCES).map(|reference| reference.url.clone()).collect()
}
