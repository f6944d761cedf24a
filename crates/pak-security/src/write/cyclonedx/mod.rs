//! CycloneDX 1.6 as JSON: the bill of materials, and the vulnerabilities with what was decided over them (VEX).

mod document;
mod vulnerabilities;

use std::collections::BTreeMap;
use std::io;

use document::{
    Bom, Component, Dependency, Evidence, Hash, LicenceChoice, Metadata, Named, Occurrence, Property, Tools,
};

use super::inventory::{self, Merged};
use super::{Each, target_name, target_purl, time, word};
use crate::licences::expression;
use crate::report::{Report, Scope, TargetKind};

/// Writes the report.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let all = inventory::merged(report);
    let roots = inventory::roots(&all);
    let target = target_purl(&report.target);
    let entries = vulnerabilities::entries(report);
    let bom = Bom {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: super::identity(report, "cyclonedx")?.urn().to_string(),
        version: 1,
        metadata: Metadata {
            timestamp: time(report),
            tools: Tools { components: [Named { kind: "application", name: "pak", version: &report.pak }] },
            component: Component {
                kind: match report.target.kind {
                    TargetKind::Image => "container",
                    TargetKind::Tree | TargetKind::Artifact | TargetKind::Sbom => "application",
                },
                bom_ref: &target,
                group: None,
                name: target_name(&report.target),
                version: report.target.version.as_deref(),
                scope: None,
                hashes: report
                    .target
                    .sha256
                    .iter()
                    .filter(|hex| hex.len() == 64)
                    .map(|content| Hash { algorithm: "SHA-256", content })
                    .collect(),
                licenses: Vec::new(),
                purl: None,
                evidence: None,
                properties: Vec::new(),
            },
            properties: stamp(report),
        },
        components: Each(|| all.values().map(component)),
        dependencies: Each(|| {
            let root = Dependency { reference: &target, depends_on: roots.iter().copied().collect() };
            std::iter::once(root).chain(all.values().map(|merged| Dependency {
                reference: merged.purl,
                depends_on: merged.dependencies.iter().copied().collect(),
            }))
        }),
        vulnerabilities: Each(|| entries.values().filter_map(|mentions| vulnerabilities::vulnerability(mentions))),
    };
    super::document(&bom, out)
}

/// Which advisory data the document rests on, and what limits it.
fn stamp(report: &Report) -> Vec<Property<'_>> {
    let mut properties = vec![Property::new("pak:target", report.target.name.clone())];
    if let Some(database) = &report.database {
        properties.push(Property::new("pak:advisories:newest", database.newest.to_string()));
        properties.push(Property::new("pak:advisories:records", database.records.to_string()));
        properties.extend(database.sha256.iter().map(|sha256| Property::new("pak:advisories:sha256", sha256.clone())));
    }
    properties.extend(report.notices.iter().map(|notice| Property::new("pak:notice", notice.message.clone())));
    properties
}

fn component<'a>(merged: &'a Merged<'a>) -> Component<'a> {
    let (group, name) = group(merged);
    let mut properties = Vec::new();
    if let Some(mention) = merged.mentions.first() {
        properties.push(Property::new("pak:scope", merged.scope.to_string()));
        properties.push(Property::new("pak:origin", word(&mention.origin)));
        properties.push(Property::new("pak:certainty", word(&mention.certainty)));
        properties.extend(merged.direct.map(|direct| Property::new("pak:direct", direct.to_string())));
    }
    let occurrences = merged.mentions.iter().map(|mention| Occurrence { location: &mention.path, line: mention.line });
    let occurrences: Vec<_> = occurrences.collect();
    let detected: Vec<_> = merged.detected.map(|text| choice(text, None)).into_iter().collect();
    Component {
        kind: kind(merged.purl),
        bom_ref: merged.purl,
        group,
        name,
        version: merged.version,
        scope: Some(match merged.scope {
            Scope::Runtime => "required",
            Scope::Optional => "optional",
            Scope::Development => "excluded",
        }),
        hashes: merged
            .hashes()
            .filter_map(|(algorithm, content)| {
                let algorithm = match algorithm {
                    "md5" => "MD5",
                    "sha1" => "SHA-1",
                    "sha256" => "SHA-256",
                    "sha384" => "SHA-384",
                    "sha512" => "SHA-512",
                    _ => return None,
                };
                Some(Hash { algorithm, content })
            })
            .collect(),
        licenses: licences(merged),
        purl: Some(merged.purl),
        evidence: (!occurrences.is_empty() || !detected.is_empty())
            .then_some(Evidence { licenses: detected, occurrences }),
        properties,
    }
}

/// The format wants either names or exactly one expression; the conclusion says most.
fn licences<'a>(merged: &Merged<'a>) -> Vec<LicenceChoice<'a>> {
    let concluded = merged.concluded.filter(|text| !matches!(*text, "NOASSERTION" | "NONE"));
    match (concluded, merged.declared) {
        (Some(concluded), declared) => {
            let acknowledgement = if declared == Some(concluded) { "declared" } else { "concluded" };
            vec![choice(concluded, Some(acknowledgement))]
        }
        (None, Some(declared)) => vec![choice(declared, Some("declared"))],
        (None, None) => Vec::new(),
    }
}

fn choice<'a>(text: &'a str, acknowledgement: Option<&'static str>) -> LicenceChoice<'a> {
    // The schema has a list of ids of its own, which ends with its release. Those that both OSI and FSF know are surely on it;
    // an expression is valid for the youngest too.
    let listed = |id: &str| spdx::license_id(id).is_some_and(|id| id.is_osi_approved() && id.is_fsf_free_libre());
    match expression::canonical(text) {
        Some(canonical) if listed(&canonical) => LicenceChoice::id(canonical, acknowledgement),
        Some(canonical) => LicenceChoice::expression(canonical, acknowledgement),
        None => LicenceChoice::name(text, acknowledgement),
    }
}

fn kind(purl: &str) -> &'static str {
    if purl.starts_with("pkg:oci/") || purl.starts_with("pkg:docker/") { "container" } else { "library" }
}

/// The name in the two parts that readers of these ecosystems expect.
fn group<'a>(merged: &Merged<'a>) -> (Option<&'a str>, &'a str) {
    let divider = if merged.purl.starts_with("pkg:maven/") {
        ':'
    } else if merged.purl.starts_with("pkg:npm/") || merged.purl.starts_with("pkg:composer/") {
        '/'
    } else {
        return (None, merged.name);
    };
    match merged.name.split_once(divider) {
        Some((group, name)) if !group.is_empty() && !name.is_empty() => (Some(group), name),
        _ => (None, merged.name),
    }
}

/// The mentions of one vulnerability in one component.
type Entries<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a crate::report::Finding>>;
