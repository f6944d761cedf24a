//! The components of a report as bills of materials need them: each once, whichever and how many files name it.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::{Component, Report, Scope};

/// A component with everything its mentions say.
#[derive(Debug)]
pub(super) struct Merged<'a> {
    pub(super) purl: &'a str,
    pub(super) name: &'a str,
    pub(super) version: Option<&'a str>,
    pub(super) scope: Scope,
    pub(super) direct: Option<bool>,
    /// The mentions, by path and line; none where only a finding names it.
    pub(super) mentions: Vec<&'a Component>,
    pub(super) digests: BTreeSet<&'a str>,
    /// Those that are listed themselves.
    pub(super) dependencies: BTreeSet<&'a str>,
    pub(super) declared: Option<&'a str>,
    pub(super) detected: Option<&'a str>,
    pub(super) concluded: Option<&'a str>,
}

/// All components by purl: the listed ones, and those that only a finding names.
pub(super) fn merged(report: &Report) -> BTreeMap<&str, Merged<'_>> {
    let mut all = BTreeMap::<&str, Merged<'_>>::new();
    for component in &report.components {
        let merged = all.entry(&component.purl).or_insert_with(|| Merged {
            purl: &component.purl,
            name: &component.name,
            version: component.version.as_deref(),
            scope: component.scope,
            direct: None,
            mentions: Vec::new(),
            digests: BTreeSet::new(),
            dependencies: BTreeSet::new(),
            declared: None,
            detected: None,
            concluded: None,
        });
        // What runs anywhere runs; what is asked for anywhere is asked for.
        merged.scope = merged.scope.min(component.scope);
        merged.direct = merged.direct.max(component.direct);
        merged.digests.extend(component.digests.iter().map(String::as_str));
        merged.dependencies.extend(component.dependencies.iter().map(String::as_str));
        if let Some(licence) = &component.licence {
            merged.declared = merged.declared.or(licence.declared.as_deref());
            merged.detected = merged.detected.or(licence.detected.as_deref());
            merged.concluded = merged.concluded.or(licence.concluded.as_deref());
        }
        merged.mentions.push(component);
    }
    for finding in &report.findings {
        let (Some(purl), Some(name)) = (&finding.purl, &finding.package) else { continue };
        all.entry(purl).or_insert_with(|| Merged {
            purl,
            name,
            version: finding.version.as_deref(),
            scope: finding.scope.unwrap_or(Scope::Runtime),
            direct: None,
            mentions: Vec::new(),
            digests: BTreeSet::new(),
            dependencies: BTreeSet::new(),
            declared: None,
            detected: None,
            concluded: None,
        });
    }
    let known: BTreeSet<&str> = all.keys().copied().collect();
    for (purl, merged) in &mut all {
        merged.dependencies.retain(|dependency| dependency != purl && known.contains(dependency));
        merged.mentions.sort_by_key(|component| (&component.path, component.line));
        merged.mentions.dedup_by_key(|component| (&component.path, component.line));
    }
    all
}

/// What the target itself depends on: what a file says it asks for, and what nothing else asks for.
pub(super) fn roots<'a>(all: &BTreeMap<&'a str, Merged<'a>>) -> BTreeSet<&'a str> {
    let asked: BTreeSet<&str> = all.values().flat_map(|merged| merged.dependencies.iter().copied()).collect();
    all.values()
        .filter(|merged| merged.direct == Some(true) || !asked.contains(merged.purl))
        .map(|merged| merged.purl)
        .collect()
}

impl Merged<'_> {
    /// The digests as algorithm and hex, those that are what they say they are.
    pub(super) fn hashes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.digests.iter().filter_map(|digest| {
            let (algorithm, hex) = digest.split_once(':')?;
            let length = match algorithm {
                "md5" => 32,
                "sha1" => 40,
                "sha256" => 64,
                "sha384" => 96,
                "sha512" => 128,
                _ => return None,
            };
            (hex.len() == length && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
                .then_some((algorithm, hex))
        })
    }
}
