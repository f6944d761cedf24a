//! SPDX 2.3 as JSON: packages, how they depend on each other, their licences, and the advisories about them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::inventory::{self, Merged};
use super::{Each, encoded, target_name, target_purl, time};
use crate::licences::expression;
use crate::report::{Finding, Kind, Report, Scope, Target, TargetKind};

const DOCUMENT: &str = "SPDXRef-DOCUMENT";
const TARGET: &str = "SPDXRef-Target";
const UNKNOWN: &str = "NOASSERTION";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the standard's names")]
struct Document<'a, Packages, Relationships> {
    spdx_version: &'static str,
    data_license: &'static str,
    #[serde(rename = "SPDXID")]
    id: &'static str,
    name: &'a str,
    document_namespace: String,
    creation_info: Creation,
    packages: Packages,
    relationships: Relationships,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    has_extracted_licensing_infos: Vec<Extracted>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Creation {
    created: String,
    creators: [String; 1],
    license_list_version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the standard's names")]
struct Package<'a> {
    #[serde(rename = "SPDXID")]
    id: String,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_info: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_file_name: Option<&'a str>,
    download_location: &'static str,
    files_analyzed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checksums: Vec<Checksum<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_info: Option<String>,
    license_concluded: String,
    license_declared: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    license_comments: Option<String>,
    copyright_text: &'static str,
    external_refs: Vec<Reference<'a>>,
    primary_package_purpose: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checksum<'a> {
    algorithm: String,
    checksum_value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the standard's names")]
struct Reference<'a> {
    reference_category: &'static str,
    reference_type: &'static str,
    reference_locator: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the standard's names")]
struct Relationship<'a> {
    spdx_element_id: &'a str,
    relationship_type: &'static str,
    related_spdx_element: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the standard's names")]
struct Extracted {
    license_id: String,
    extracted_text: String,
    name: String,
}

/// Writes the report.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let all = inventory::merged(report);
    let roots = inventory::roots(&all);
    let ids: BTreeMap<&str, String> = all.values().map(|merged| (merged.purl, id(merged))).collect();
    let id_of = |purl: &str| ids.get(purl).map_or(UNKNOWN, String::as_str);
    let mut advisories = BTreeMap::<&str, Vec<&Finding>>::new();
    for finding in &report.findings {
        if let (Kind::Vulnerability | Kind::Malware, Some(purl)) = (finding.kind, &finding.purl) {
            advisories.entry(purl).or_default().push(finding);
        }
    }
    let purl = target_purl(&report.target);
    let limits: Vec<&str> = report.notices.iter().map(|notice| notice.message.as_str()).collect();
    let document = Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        id: DOCUMENT,
        name: target_name(&report.target),
        document_namespace: format!(
            "https://spdx.org/spdxdocs/{}-{}",
            encoded(target_name(&report.target), ""),
            super::identity(report, "spdx")?
        ),
        creation_info: Creation {
            created: time(report),
            creators: [format!("Tool: pak-{}", report.pak)],
            license_list_version: expression::list_version(),
            comment: (!limits.is_empty()).then(|| limits.join("\n")),
        },
        packages: Each(|| {
            let none = Vec::new();
            let of = |merged| package(merged, id_of(merged.purl), advisories.get(merged.purl).unwrap_or(&none));
            std::iter::once(target(&report.target, &purl)).chain(all.values().map(of).collect::<Vec<_>>())
        }),
        relationships: Each(|| {
            let described = related(DOCUMENT, "DESCRIBES", TARGET);
            let of_target = roots.iter().filter_map(|purl| all.get(purl)).map(|merged| match merged.scope {
                Scope::Runtime => related(TARGET, "DEPENDS_ON", id_of(merged.purl)),
                Scope::Optional => related(id_of(merged.purl), "OPTIONAL_DEPENDENCY_OF", TARGET),
                Scope::Development => related(id_of(merged.purl), "DEV_DEPENDENCY_OF", TARGET),
            });
            let among = all.values().flat_map(|merged| {
                merged.dependencies.iter().map(|purl| related(id_of(merged.purl), "DEPENDS_ON", id_of(purl)))
            });
            std::iter::once(described).chain(of_target).chain(among)
        }),
        has_extracted_licensing_infos: extracted(&all),
    };
    super::document(&document, out)
}

fn related<'a>(one: &'a str, relationship_type: &'static str, other: &'a str) -> Relationship<'a> {
    Relationship { spdx_element_id: one, relationship_type, related_spdx_element: other }
}

/// A valid id that people can read, made unique by the purl.
fn id(merged: &Merged<'_>) -> String {
    let shown: String = merged
        .name
        .chars()
        .take(80)
        .map(|character| if character.is_ascii_alphanumeric() || character == '.' { character } else { '-' })
        .collect();
    let digest = hex::encode(Sha256::digest(merged.purl));
    format!("SPDXRef-Package-{shown}-{}", digest.get(..12).unwrap_or_default())
}

fn target<'a>(target: &'a Target, purl: &'a str) -> Package<'a> {
    let sha256 = target.sha256.as_deref().filter(|hex| hex.len() == 64);
    Package {
        id: TARGET.to_owned(),
        name: target_name(target),
        version_info: target.version.as_deref(),
        package_file_name: sha256.map(|_| target_name(target)),
        download_location: UNKNOWN,
        files_analyzed: false,
        checksums: sha256
            .map(|checksum_value| Checksum { algorithm: "SHA256".to_owned(), checksum_value })
            .into_iter()
            .collect(),
        source_info: None,
        license_concluded: UNKNOWN.to_owned(),
        license_declared: UNKNOWN.to_owned(),
        license_comments: None,
        copyright_text: UNKNOWN,
        external_refs: vec![reference("PACKAGE-MANAGER", "purl", purl, None)],
        primary_package_purpose: match target.kind {
            TargetKind::Tree => "SOURCE",
            TargetKind::Artifact => "ARCHIVE",
            TargetKind::Image => "CONTAINER",
            TargetKind::Sbom => "APPLICATION",
        },
    }
}

fn package<'a>(merged: &Merged<'a>, id: &str, advisories: &[&'a Finding]) -> Package<'a> {
    let licence = |text: Option<&str>| text.and_then(valid).unwrap_or_else(|| UNKNOWN.to_owned());
    let mut comments = Vec::new();
    if let Some(declared) = merged.declared.filter(|text| valid(text).is_none()) {
        comments.push(format!("The package declares: {declared}"));
    }
    if let Some(detected) = merged.detected {
        comments.push(format!("Its licence texts are: {detected}"));
    }
    let places: Vec<String> = merged
        .mentions
        .iter()
        .map(|mention| match mention.line {
            Some(line) => format!("{}:{line}", mention.path),
            None => mention.path.clone(),
        })
        .collect();
    let mut external_refs = vec![reference("PACKAGE-MANAGER", "purl", merged.purl, None)];
    let mut seen = BTreeSet::new();
    for finding in advisories {
        let page = finding.references.iter().find(|page| {
            url::Url::parse(page).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.as_str() == **page)
        });
        if let Some(page) = page.filter(|page| seen.insert(page.as_str())) {
            external_refs.push(reference("SECURITY", "advisory", page, Some(&finding.id)));
        }
    }
    Package {
        id: id.to_owned(),
        name: merged.name,
        version_info: merged.version,
        package_file_name: None,
        download_location: UNKNOWN,
        files_analyzed: false,
        checksums: merged
            .hashes()
            .filter_map(|(algorithm, hex)| {
                let checksum_value =
                    merged.digests.iter().find_map(|digest| digest.strip_suffix(hex).map(|_| digest))?;
                Some(Checksum {
                    algorithm: algorithm.to_ascii_uppercase(),
                    checksum_value: checksum_value.split_once(':')?.1,
                })
            })
            .collect(),
        source_info: (!places.is_empty()).then(|| format!("named by {}", places.join(", "))),
        license_concluded: licence(merged.concluded),
        license_declared: licence(merged.declared),
        license_comments: (!comments.is_empty()).then(|| comments.join("\n")),
        copyright_text: UNKNOWN,
        external_refs,
        primary_package_purpose: if merged.purl.starts_with("pkg:oci/") || merged.purl.starts_with("pkg:docker/") {
            "CONTAINER"
        } else {
            "LIBRARY"
        },
    }
}

fn reference<'a>(
    reference_category: &'static str,
    reference_type: &'static str,
    reference_locator: &'a str,
    comment: Option<&'a str>,
) -> Reference<'a> {
    Reference { reference_category, reference_type, reference_locator, comment }
}

/// The expression as the document may hold it.
fn valid(text: &str) -> Option<String> {
    if matches!(text, "NONE" | "NOASSERTION") { Some(text.to_owned()) } else { expression::canonical(text) }
}

/// The format wants a text for each licence that is not on its list; where none is known, it says so.
fn extracted(all: &BTreeMap<&str, Merged<'_>>) -> Vec<Extracted> {
    let used = all.values().flat_map(|merged| [merged.concluded, merged.declared]).flatten().filter_map(valid);
    let ids: BTreeSet<String> = used.flat_map(|text| expression::references(&text)).collect();
    ids.into_iter()
        .map(|license_id| Extracted {
            extracted_text: "The text is part of the package that names this licence.".to_owned(),
            name: license_id.trim_start_matches("LicenseRef-").to_owned(),
            license_id,
        })
        .collect()
}
