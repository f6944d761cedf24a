//! Bills of materials as input: CycloneDX and SPDX, in JSON. What they say is taken as it is; a component's purl says the rest.

use std::collections::HashMap;

use serde::Deserialize;

use super::ecosystem::Ecosystem;
use super::file::{File, Found, Refusal, declared_licence, hex_digest};
use super::lenient::{Fields, Many, Word, json};
use super::os_packages;
use super::purl::Purl;
use crate::report::{Certainty, Component, Origin, Scope};

/// Deeper than any bill nests components in components.
const DEEPEST: usize = 32;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bill<'a> {
    #[serde(borrow, default)]
    bom_format: Word<'a>,
    #[serde(borrow, default)]
    components: Many<Fields<CycloneComponent<'a>>>,
    #[serde(borrow, default)]
    dependencies: Many<Fields<Edges<'a>>>,
    #[serde(borrow, default)]
    spdx_version: Word<'a>,
    #[serde(borrow, default)]
    packages: Many<Fields<SpdxPackage<'a>>>,
    #[serde(borrow, default)]
    relationships: Many<Fields<Relationship<'a>>>,
    /// What an SPDX document is about.
    #[serde(borrow, default)]
    document_describes: Many<Word<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CycloneComponent<'a> {
    #[serde(borrow, rename = "bom-ref")]
    reference: Word<'a>,
    #[serde(borrow)]
    purl: Word<'a>,
    #[serde(borrow)]
    name: Word<'a>,
    #[serde(borrow)]
    group: Word<'a>,
    #[serde(borrow)]
    version: Word<'a>,
    #[serde(borrow, rename = "type")]
    kind: Word<'a>,
    #[serde(borrow)]
    scope: Word<'a>,
    #[serde(borrow)]
    hashes: Many<Fields<Hash<'a>>>,
    #[serde(borrow)]
    licenses: Many<Fields<LicenceChoice<'a>>>,
    #[serde(borrow)]
    components: Many<Fields<CycloneComponent<'a>>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Hash<'a> {
    #[serde(borrow, alias = "algorithm")]
    alg: Word<'a>,
    #[serde(borrow, alias = "checksumValue")]
    content: Word<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct LicenceChoice<'a> {
    #[serde(borrow)]
    license: Fields<LicenceName<'a>>,
    #[serde(borrow)]
    expression: Word<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct LicenceName<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    #[serde(borrow)]
    name: Word<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Edges<'a> {
    #[serde(borrow, rename = "ref")]
    reference: Word<'a>,
    #[serde(borrow)]
    depends_on: Many<Word<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct SpdxPackage<'a> {
    #[serde(borrow, rename = "SPDXID")]
    reference: Word<'a>,
    #[serde(borrow)]
    name: Word<'a>,
    #[serde(borrow)]
    version_info: Word<'a>,
    #[serde(borrow)]
    license_declared: Word<'a>,
    #[serde(borrow)]
    checksums: Many<Fields<Hash<'a>>>,
    #[serde(borrow)]
    external_refs: Many<Fields<External<'a>>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct External<'a> {
    #[serde(borrow)]
    reference_type: Word<'a>,
    #[serde(borrow)]
    reference_locator: Word<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Relationship<'a> {
    #[serde(borrow)]
    spdx_element_id: Word<'a>,
    #[serde(borrow, rename = "relationshipType")]
    kind: Word<'a>,
    #[serde(borrow)]
    related_spdx_element: Word<'a>,
}

/// Whether a file is a bill by its name.
pub(super) fn is_one(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".cdx.json", ".spdx.json", ".cyclonedx.json", ".bom.json"].iter().any(|end| name.ends_with(end))
        || matches!(name.as_str(), "bom.json" | "sbom.json" | "cyclonedx.json" | "spdx.json")
}

/// Whether a file is a bill by how it begins, whatever its name.
pub(crate) fn looks_like_one(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.trim_ascii_start().starts_with(b"{")
        && [&b"\"bomFormat\""[..], b"\"spdxVersion\"", b"cyclonedx.org/schema"]
            .iter()
            .any(|mark| memchr::memmem::find(head, mark).is_some())
}

pub(super) fn read(file: &File<'_>) -> Found {
    let bill: Bill<'_> = json(file)?;
    let mut found = Vec::new();
    if bill.spdx_version.starts_with("SPDX-2") {
        spdx(file, &bill, &mut found);
    } else if bill.bom_format.as_ref() == "CycloneDX" {
        cyclonedx(file, &bill.components, 0, &mut found)?;
    } else {
        return Err(Refusal("it is neither CycloneDX nor SPDX 2 in JSON".to_owned()));
    }
    let purls: HashMap<&str, String> =
        found.iter().map(|(reference, component)| (*reference, component.purl.clone())).collect();
    let mut edges: HashMap<&str, Vec<String>> = HashMap::new();
    for one in &bill.dependencies.0 {
        let targets = one.depends_on.0.iter().filter_map(|target| purls.get(target.as_ref()).cloned());
        edges.entry(one.reference.as_ref()).or_default().extend(targets);
    }
    for one in &bill.relationships.0 {
        let (from, to) = (one.spdx_element_id.as_ref(), one.related_spdx_element.as_ref());
        let (from, to) = match one.kind.as_ref() {
            "DEPENDS_ON" => (from, to),
            "DEPENDENCY_OF" => (to, from),
            _ => continue,
        };
        edges.entry(from).or_default().extend(purls.get(to).cloned());
    }
    Ok(found
        .into_iter()
        .map(|(reference, mut component)| {
            component.dependencies = edges.remove(reference).unwrap_or_default();
            component
        })
        .collect())
}

fn cyclonedx<'b>(
    file: &File<'_>,
    components: &'b Many<Fields<CycloneComponent<'_>>>,
    depth: usize,
    found: &mut Vec<(&'b str, Component)>,
) -> Result<(), Refusal> {
    if depth > DEEPEST {
        return Err(Refusal("its components are nested too deeply".to_owned()));
    }
    for one in &components.0 {
        cyclonedx(file, &one.components, depth + 1, found)?;
        // Files, devices and the operating system itself are no packages unless a purl says so.
        let packaged = matches!(one.kind.as_ref(), "library" | "framework" | "application" | "container");
        if one.purl.some().is_none() && (!packaged || one.name.some().is_none()) {
            continue;
        }
        let name = if one.group.is_empty() {
            one.name.to_string()
        } else {
            format!("{}/{}", one.group.as_ref(), one.name.as_ref())
        };
        let mut component = component(file, &one.purl, &name, &one.version);
        component.line = file.line_of(&one.name);
        component.scope = match one.scope.as_ref() {
            "optional" => Scope::Optional,
            "excluded" => Scope::Development,
            _ => Scope::Runtime,
        };
        component.digests = digests(&one.hashes);
        let licences: Vec<&str> = one
            .licenses
            .0
            .iter()
            .filter_map(|choice| choice.expression.some().or(choice.license.id.some()).or(choice.license.name.some()))
            .collect();
        component.licence = declared_licence(&licences.join(" AND "));
        found.push((one.reference.as_ref(), component));
    }
    Ok(())
}

fn spdx<'b>(file: &File<'_>, bill: &'b Bill<'_>, found: &mut Vec<(&'b str, Component)>) {
    let described: Vec<&str> = bill
        .relationships
        .0
        .iter()
        .filter(|one| one.kind.as_ref() == "DESCRIBES")
        .map(|one| one.related_spdx_element.as_ref())
        .chain(bill.document_describes.0.iter().map(AsRef::as_ref))
        .collect();
    for one in &bill.packages.0 {
        let purl = one.external_refs.0.iter().find(|one| one.reference_type.as_ref() == "purl");
        let purl = purl.map_or("", |one| one.reference_locator.as_ref());
        // The document's subject is what consists of the rest.
        if one.name.some().is_none() || described.contains(&one.reference.as_ref()) {
            continue;
        }
        let mut component = component(file, purl, &one.name, &one.version_info);
        component.line = file.line_of(&one.name);
        component.digests = digests(&one.checksums);
        let declared = one.license_declared.some().filter(|one| !matches!(*one, "NOASSERTION" | "NONE"));
        component.licence = declared.and_then(declared_licence);
        found.push((one.reference.as_ref(), component));
    }
}

fn digests(hashes: &Many<Fields<Hash<'_>>>) -> Vec<String> {
    hashes.0.iter().filter_map(|hash| hex_digest(&hash.alg, &hash.content)).collect()
}

/// A component by its purl, or by name and version where it has none.
fn component(file: &File<'_>, purl: &str, name: &str, version: &str) -> Component {
    let Some(purl) = Purl::parse(purl) else {
        let mut component = file.component(Ecosystem::Vcpkg, name, Some(version));
        component.certainty = if component.version.is_some() { Certainty::Exact } else { Certainty::Declared };
        return component;
    };
    let version = purl.version.clone().or_else(|| Some(version.to_owned()).filter(|one| !one.is_empty()));
    let mut component = match Ecosystem::of_purl_type(&purl.kind) {
        Some(ecosystem) => file.component(ecosystem, &purl.full_name(), version.as_deref()),
        None => {
            let mut component = file.component(Ecosystem::Vcpkg, &purl.full_name(), version.as_deref());
            component.ecosystem = String::new();
            component
        }
    };
    if purl.qualifiers.contains_key("vcs_url") {
        component.origin = Origin::Git;
    } else if purl.qualifiers.contains_key("download_url") {
        component.origin = Origin::Url;
    }
    component.purl = purl.to_string();
    if let Some(distribution) = os_packages::Distribution::of_purl(&purl) {
        component.ecosystem = distribution.ecosystem();
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::testing::{lines, one, read as sample};

    #[test]
    fn cyclonedx_is_read() {
        let text = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": {"name": "app"}}, "components": [
{"bom-ref": "a", "type": "library", "name": "core", "group": "@s", "version": "1.0", "purl": "pkg:npm/@s/core@1.0", "hashes": [{"alg": "SHA-1", "content": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}],
 "licenses": [{"license": {"id": "MIT"}}, {"expression": "Apache-2.0"}], "components": [{"bom-ref": "b", "type": "library", "name": "b", "version": "2", "scope": "optional", "purl": "pkg:golang/Example.com/b@v2.0.0"}]},
{"bom-ref": "c", "type": "library", "name": "curl", "version": "8", "purl": "pkg:deb/debian/curl@8?distro=debian-12&arch=amd64"},
{"bom-ref": "f", "type": "file", "name": "x"}, {"type": "library", "name": "bare", "version": "1"}],
"dependencies": [{"ref": "a", "dependsOn": ["b", "gone"]}]}"#;
        assert_eq!(
            lines("bom.json", text),
            [
                "pkg:deb/debian/curl@8?arch=amd64&distro=debian-12 :4",
                "pkg:generic/bare@1 :5",
                "pkg:golang/example.com/b@v2.0.0 optional :3",
                "pkg:npm/%40s/core@1.0 :2",
            ]
        );
        let components = sample("bom.json", text).unwrap();
        let core = one(&components, "@s/core");
        assert_eq!((core.dependencies.len(), core.digests.len()), (1, 1));
        assert_eq!(core.licence.as_ref().unwrap().declared.as_deref(), Some("MIT AND Apache-2.0"));
        assert_eq!(one(&components, "curl").ecosystem, "Debian:12");
        assert_eq!(one(&components, "Example.com/b").version.as_deref(), Some("2.0.0"));
        assert!(looks_like_one(text.as_bytes()));
    }

    #[test]
    fn spdx_is_read() {
        let text = r#"{"spdxVersion": "SPDX-2.3", "packages": [{"SPDXID": "SPDXRef-root", "name": "app"},
{"SPDXID": "SPDXRef-a", "name": "a", "versionInfo": "1.0", "licenseDeclared": "MIT", "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:pypi/A@1.0"}]},
{"SPDXID": "SPDXRef-b", "name": "b", "versionInfo": "2.0", "licenseDeclared": "NOASSERTION"}],
"relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-root"},
{"spdxElementId": "SPDXRef-b", "relationshipType": "DEPENDENCY_OF", "relatedSpdxElement": "SPDXRef-a"}]}"#;
        assert_eq!(lines("x.spdx.json", text), ["pkg:generic/b@2.0 :3", "pkg:pypi/A@1.0 :2"]);
        assert_eq!(one(&sample("x.spdx.json", text).unwrap(), "a").dependencies, ["pkg:generic/b@2.0"]);
        assert!(sample("bom.json", "{}").is_err());
    }
}
