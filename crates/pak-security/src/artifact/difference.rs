//! The artifact against the last published version: what is new weighs more, and some things are bad only as a change.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::facts::{Facts, File};
use super::rules::{listed, npm_dependencies};
use super::signal::{Rule, Signal, Standing, rule};
use crate::report::Finding;

rule!(
    NEW_HOSTS,
    "new-hosts",
    b"-L-",
    Likely,
    "the code names hosts that the last version did not",
    "Make sure that each of them is meant."
);
rule!(
    NEW_DEPENDENCIES,
    "new-dependencies",
    b"-N-",
    Certain,
    "the package asks for others that the last version did not",
    "Make sure that each of them is the one that is meant: names are easy to mistake."
);
rule!(
    ODD_DEPENDENCIES,
    "odd-dependencies",
    b"-H-",
    Certain,
    "a new dependency does not come from the registry",
    "What is behind an address can change after the review. Depend on a published version."
);
rule!(
    GROWN,
    "size-jump",
    b"-M-",
    Certain,
    "the artifact is much larger than the last version",
    "Find out what came in: data, programs, other packages."
);
rule!(
    MUCH_CHANGED,
    "large-patch",
    b"-M-",
    Certain,
    "a patch release changes much",
    "Patches reach most users without a question. Make this a minor version, or make sure that every change is meant."
);
rule!(RUNNABLE, "new-executables", b"-L-", Certain, "files became executable", "Make sure that they are programs.");
rule!(
    MANY_GONE,
    "files-gone",
    b"-L-",
    Certain,
    "most files of the last version are gone",
    "Make sure that the build ran to its end."
);

/// An artifact has to be this much larger to be a jump.
const JUMP: u64 = 3;
/// Smaller additions are never a jump.
const SMALLEST_JUMP: u64 = 1 << 20;

/// Turns signals into findings: what the version before had too weighs less, what is new weighs more.
pub(super) fn weigh(facts: &Facts, signals: Vec<Signal>, before: Option<(&Facts, &[Signal])>) -> Vec<Finding> {
    let known: HashSet<(&str, &str)> =
        before.iter().flat_map(|(_, signals)| signals.iter()).map(|one| (one.rule.id, one.key.as_str())).collect();
    // A file that moved, but is the same, is nothing new.
    let contents: HashSet<(&str, [u8; 32])> = before
        .iter()
        .flat_map(|(_, signals)| signals.iter())
        .filter_map(|one| Some((one.rule.id, one.content?)))
        .collect();
    let mut findings = Vec::new();
    for signal in signals {
        let standing = match &before {
            None => Standing::Alone,
            Some(_) if known.contains(&(signal.rule.id, signal.key.as_str())) => Standing::Known,
            Some(_) if signal.content.is_some_and(|content| contents.contains(&(signal.rule.id, content))) => {
                Standing::Known
            }
            Some(_) => Standing::New,
        };
        let addition = match (standing, &before) {
            (Standing::New, Some((before, _))) => format!(" {} had nothing of this.", before.title()),
            (Standing::Known, Some((before, _))) => format!(" {} had it too.", before.title()),
            _ => String::new(),
        };
        if let Some(severity) = signal.rule.severity.at(standing) {
            findings.push(named(facts, signal.finding(severity, &addition)));
        }
    }
    findings
}

/// What is to be told only as a change.
pub(super) fn changes(facts: &Facts, before: Option<&Facts>) -> Vec<Finding> {
    let Some(before) = before else { return Vec::new() };
    let mut found = Vec::new();
    let mut add = |rule: &'static Rule, path: &str, message: String, key: String| {
        let signal = Signal { rule, path: path.to_owned(), line: None, message, key, content: None };
        if let Some(severity) = rule.severity.new {
            found.push(named(facts, signal.finding(severity, "")));
        }
    };
    let (hosts, old_hosts) = (hosts(facts), hosts(before));
    let new: Vec<&str> = hosts.keys().filter(|host| !old_hosts.contains_key(*host)).copied().collect();
    if let Some(first) = new.first().and_then(|host| hosts.get(host)) {
        add(&NEW_HOSTS, &first.path, format!("New since {}: {}.", before.title(), listed(&new, 6)), new.join(" "));
    }
    if let (Some(now), Some(then)) = (npm_dependencies(facts), npm_dependencies(before)) {
        dependencies(&now, &then, before, facts, &mut add);
    }
    if facts.total > before.total.saturating_mul(JUMP) && facts.total - before.total > SMALLEST_JUMP {
        let message = format!("It unpacks to {}, {} to {}.", size(facts.total), before.title(), size(before.total));
        add(&GROWN, &facts.name, message, String::new());
    }
    let old: BTreeMap<&str, &File> = before.files.iter().map(|file| (file.stable.as_str(), file)).collect();
    let became: Vec<&str> = facts
        .files
        .iter()
        .filter(|file| {
            let runs = |file: &File| file.mode.is_some_and(|mode| mode & 0o111 != 0);
            runs(file) && old.get(file.stable.as_str()).is_some_and(|old| old.mode.is_some() && !runs(old))
        })
        .map(|file| file.inner.as_str())
        .collect();
    if !became.is_empty() {
        add(
            &RUNNABLE,
            &facts.name,
            format!("They were not in {}: {}.", before.title(), listed(&became, 5)),
            became.join(" "),
        );
    }
    let code = |facts: &Facts| facts.files.iter().filter(|file| file.code.is_some()).count();
    let touched = facts
        .files
        .iter()
        .filter(|file| file.code.is_some() && old.get(file.stable.as_str()).is_none_or(|old| old.digest != file.digest))
        .count();
    if is_patch(facts, before) && code(facts) >= 8 && touched * 2 > code(facts) {
        let message = format!("{touched} of {} files of code differ from {}.", code(facts), before.title());
        add(&MUCH_CHANGED, &facts.name, message, String::new());
    }
    let names: BTreeSet<&str> = facts.files.iter().map(|file| file.stable.as_str()).collect();
    let gone = old.keys().filter(|name| !names.contains(*name)).count();
    if old.len() >= 6 && gone * 2 > old.len() {
        add(
            &MANY_GONE,
            &facts.name,
            format!("{gone} of {} files of {} are gone.", old.len(), before.title()),
            String::new(),
        );
    }
    found
}

/// Dependencies that were not there.
fn dependencies(
    now: &BTreeMap<String, String>,
    then: &BTreeMap<String, String>,
    before: &Facts,
    facts: &Facts,
    add: &mut dyn FnMut(&'static Rule, &str, String, String),
) {
    let path = facts.file("package.json").map_or(facts.name.as_str(), |file| file.path.as_str());
    let new: Vec<&str> = now.keys().filter(|name| !then.contains_key(*name)).map(String::as_str).collect();
    if !new.is_empty() {
        let message = format!("New since {}: {}.", before.title(), listed(&new, 6));
        add(&NEW_DEPENDENCIES, path, message, new.join(" "));
    }
    let odd = |range: &str| ["git", "http:", "https:", "file:", "github:"].iter().any(|start| range.starts_with(start));
    for (name, range) in now.iter().filter(|(name, range)| odd(range) && then.get(*name) != Some(range)) {
        let range: String = range.chars().take(100).collect();
        add(&ODD_DEPENDENCIES, path, format!("{name} comes from `{range}`."), format!("{name} {range}"));
    }
}

/// Hosts that the code names, with a file that does.
fn hosts(facts: &Facts) -> BTreeMap<&str, &File> {
    let mut hosts = BTreeMap::new();
    for file in &facts.files {
        for host in file.code.iter().flat_map(|code| code.hosts.keys()) {
            hosts.entry(host.as_str()).or_insert(file);
        }
    }
    hosts
}

/// Whether only the last part of the version changed.
fn is_patch(facts: &Facts, before: &Facts) -> bool {
    let parts = |facts: &Facts| {
        let version = facts.version.clone().unwrap_or_default();
        let mut parts = version.split(['.', '-', '+']).map(str::to_owned);
        Some((parts.next()?, parts.next()?, parts.next()?))
    };
    match (parts(facts), parts(before)) {
        (Some((major, minor, patch)), Some((old_major, old_minor, old_patch))) => {
            (major, minor) == (old_major, old_minor) && patch != old_patch
        }
        _ => false,
    }
}

fn named(facts: &Facts, mut finding: Finding) -> Finding {
    finding.version.clone_from(&facts.version);
    finding
}

fn size(bytes: u64) -> String {
    if bytes < 1 << 20 {
        format!("{:.1} KiB", bytes as f64 / 1024.0)
    } else {
        format!("{:.1} MiB", bytes as f64 / 1_048_576.0)
    }
}
