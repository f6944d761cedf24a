//! VEX documents as input: OpenVEX and CycloneDX. What they say becomes statements, which the policy asks.

use std::collections::HashMap;

use camino::Utf8Path;
use jiff::Timestamp;
use jiff::civil::Date;
use pak_model::{Problem, Result, code};
use serde_json::Value;

use crate::policy::Statement;
use crate::report::{AssessmentStatus, Justification};

/// Larger than any VEX document, and than any bill of materials with one inside.
const LARGEST: u64 = 256 << 20;
/// How deep the components of a bill of materials lie within each other.
const DEEPEST: u32 = 32;

/// The statements of a VEX document, called `name` in reports. Of several about the same thing the newest is kept.
pub fn statements(path: &Utf8Path, name: &str) -> Result<Vec<Statement>> {
    let failed = |said: String| {
        Problem::new(code::security::VEX_UNUSABLE, format!("{name} is no VEX document pak can read."))
            .about("file", path)
            .said(said)
    };
    let size = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if size > LARGEST {
        return Err(failed(format!("it is larger than {} MiB", LARGEST >> 20)));
    }
    let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let document: Value = serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))?;
    let dated = if text(&document, "bomFormat") == Some("CycloneDX") {
        cyclonedx(&document, name)
    } else if document.get("statements").is_some_and(Value::is_array) {
        openvex(&document, name)
    } else {
        return Err(failed("it is neither OpenVEX nor CycloneDX".to_owned()));
    };
    Ok(newest(dated))
}

/// A statement and when it was made.
type Dated = (Option<Timestamp>, Statement);

fn newest(mut dated: Vec<Dated>) -> Vec<Statement> {
    dated.sort_by_key(|(made, _)| *made);
    let mut kept: HashMap<(Vec<String>, Vec<String>), Statement> = HashMap::new();
    for (_, statement) in dated {
        kept.insert((statement.ids.clone(), statement.purls.clone()), statement);
    }
    let mut statements: Vec<Statement> = kept.into_values().collect();
    statements.sort_by(|one, other| (&one.ids, &one.purls).cmp(&(&other.ids, &other.purls)));
    statements
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A day, or a moment's day.
fn day(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

fn openvex(document: &Value, name: &str) -> Vec<Dated> {
    let made = |value: &Value| ["last_updated", "timestamp"].iter().find_map(|key| text(value, key)?.parse().ok());
    let statement = |statement: &Value| {
        let mut ids: Vec<String> = Vec::new();
        match statement.get("vulnerability") {
            Some(Value::String(id)) => ids.push(id.clone()),
            Some(vulnerability) => {
                // The id proper, or the last part of the address that stands for it.
                let id = text(vulnerability, "name").or_else(|| text(vulnerability, "@id")?.rsplit('/').next());
                ids.extend(id.map(str::to_owned));
                ids.extend(list(vulnerability, "aliases").iter().filter_map(Value::as_str).map(str::to_owned));
            }
            None => {}
        }
        let status = match text(statement, "status")? {
            "not_affected" => AssessmentStatus::NotAffected,
            "affected" => AssessmentStatus::Affected,
            "fixed" => AssessmentStatus::Fixed,
            "under_investigation" => AssessmentStatus::UnderInvestigation,
            _ => return None,
        };
        let purls = list(statement, "products").iter().flat_map(openvex_products).collect();
        let words = ["impact_statement", "status_notes", "action_statement"];
        let statement = Statement {
            document: name.to_owned(),
            ids,
            purls,
            status,
            justification: text(statement, "justification").and_then(justification),
            words: words.iter().find_map(|key| text(statement, key)).map(str::to_owned),
            until: ["valid_until", "expires"].iter().find_map(|key| day(text(statement, key)?)),
        };
        (!statement.ids.is_empty()).then_some(statement)
    };
    let of_document = made(document);
    list(document, "statements")
        .iter()
        .filter_map(|value| Some((made(value).or(of_document), statement(value)?)))
        .collect()
}

/// The purls of a product: of its components where the statement names them, else its own. A product that is no purl is kept
/// as it is: it fits nothing, where no name at all would fit everything.
fn openvex_products(product: &Value) -> Vec<String> {
    let purl = |value: &Value| {
        let named = value.as_str().or_else(|| text(value.get("identifiers")?, "purl")).or_else(|| text(value, "@id"));
        named.map(str::to_owned)
    };
    let parts: Vec<String> = list(product, "subcomponents").iter().filter_map(purl).collect();
    if parts.is_empty() { vec![purl(product).unwrap_or_default()] } else { parts }
}

/// The words of OpenVEX and of CycloneDX.
fn justification(word: &str) -> Option<Justification> {
    Some(match word {
        "component_not_present" => Justification::ComponentNotPresent,
        "vulnerable_code_not_present" | "code_not_present" => Justification::VulnerableCodeNotPresent,
        "vulnerable_code_not_in_execute_path" | "code_not_reachable" => Justification::VulnerableCodeNotInExecutePath,
        "vulnerable_code_cannot_be_controlled_by_adversary"
        | "requires_configuration"
        | "requires_dependency"
        | "requires_environment"
        | "protected_at_runtime" => Justification::VulnerableCodeCannotBeControlledByAdversary,
        "inline_mitigations_already_exist"
        | "protected_by_compiler"
        | "protected_at_perimeter"
        | "protected_by_mitigating_control" => Justification::InlineMitigationsAlreadyExist,
        _ => return None,
    })
}

fn cyclonedx(document: &Value, name: &str) -> Vec<Dated> {
    let mut purls = HashMap::new();
    references(list(document, "components"), DEEPEST, &mut purls);
    if let Some(root) = document.get("metadata").and_then(|metadata| metadata.get("component")) {
        references(std::slice::from_ref(root), DEEPEST, &mut purls);
    }
    let statement = |vulnerability: &Value| {
        let analysis = vulnerability.get("analysis")?;
        let status = match text(analysis, "state")? {
            "not_affected" | "false_positive" => AssessmentStatus::NotAffected,
            "exploitable" => AssessmentStatus::Affected,
            "resolved" | "resolved_with_pedigree" => AssessmentStatus::Fixed,
            "in_triage" => AssessmentStatus::UnderInvestigation,
            _ => return None,
        };
        let mut ids = vec![text(vulnerability, "id")?.to_owned()];
        ids.extend(list(vulnerability, "references").iter().filter_map(|one| text(one, "id")).map(str::to_owned));
        let of = |affected: &Value| {
            // `urn:cdx:serial/1#reference` names a component of this or another document.
            let reference = text(affected, "ref").unwrap_or_default();
            let reference = if reference.starts_with("urn:cdx:") { reference.rsplit('#').next()? } else { reference };
            Some(purls.get(reference).copied().unwrap_or(reference).to_owned())
        };
        let expiry = list(vulnerability, "properties").iter().find(|property| {
            text(property, "name").is_some_and(|name| name.ends_with("expires") || name.ends_with("valid-until"))
        });
        Some(Statement {
            document: name.to_owned(),
            ids,
            purls: list(vulnerability, "affects").iter().filter_map(of).collect(),
            status,
            justification: text(analysis, "justification").and_then(justification),
            words: text(analysis, "detail").map(str::to_owned),
            until: expiry.and_then(|property| day(text(property, "value")?)),
        })
    };
    let made = |vulnerability: &Value| {
        let analysis = vulnerability.get("analysis")?;
        ["lastUpdated", "firstIssued"].iter().find_map(|key| text(analysis, key)?.parse().ok())
    };
    list(document, "vulnerabilities").iter().filter_map(|value| Some((made(value), statement(value)?))).collect()
}

/// The purls of components by the references that stand for them.
fn references<'a>(components: &'a [Value], depth: u32, purls: &mut HashMap<&'a str, &'a str>) {
    for component in components {
        if let (Some(reference), Some(purl)) = (text(component, "bom-ref"), text(component, "purl")) {
            purls.insert(reference, purl);
        }
        if depth > 0 {
            references(list(component, "components"), depth - 1, purls);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document: &Value) -> Vec<Statement> {
        let folder = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("vex.json")).unwrap();
        std::fs::write(&path, document.to_string()).unwrap();
        statements(&path, "vex.json").unwrap()
    }

    #[test]
    fn openvex_speaks_of_components_and_the_newest_word_counts() {
        let read = read(&serde_json::json!({
            "@context": "https://openvex.dev/ns/v0.2.0",
            "timestamp": "2026-01-01T00:00:00Z",
            "statements": [
                {"vulnerability": {"name": "CVE-2026-1", "aliases": ["GHSA-x"]}, "status": "not_affected",
                 "products": [{"@id": "pkg:npm/app@1", "subcomponents": [{"@id": "pkg:npm/lib@2"}]}],
                 "justification": "vulnerable_code_not_in_execute_path", "impact_statement": "never called",
                 "valid_until": "2026-12-31T00:00:00Z"},
                {"vulnerability": "CVE-2026-2", "status": "not_affected", "products": ["pkg:npm/a@1"], "timestamp": "2026-03-01T00:00:00Z"},
                {"vulnerability": "CVE-2026-2", "status": "affected", "products": ["pkg:npm/a@1"], "timestamp": "2026-02-01T00:00:00Z"},
                {"vulnerability": "CVE-2026-3", "status": "odd"},
                {"status": "fixed"}
            ]
        }));
        assert_eq!(read.len(), 2, "{read:?}");
        assert_eq!(
            (read[0].ids.as_slice(), read[0].purls.as_slice()),
            (["CVE-2026-1".to_owned(), "GHSA-x".to_owned()].as_slice(), ["pkg:npm/lib@2".to_owned()].as_slice())
        );
        assert_eq!(read[0].justification, Some(Justification::VulnerableCodeNotInExecutePath));
        assert_eq!(read[0].until, Some(jiff::civil::date(2026, 12, 31)));
        assert_eq!(read[1].status, AssessmentStatus::NotAffected);
    }

    #[test]
    fn cyclonedx_references_are_followed_to_purls() {
        let read = read(&serde_json::json!({
            "bomFormat": "CycloneDX", "specVersion": "1.6",
            "components": [{"bom-ref": "a", "purl": "pkg:npm/a@1", "components": [{"bom-ref": "b", "purl": "pkg:npm/b@2"}]}],
            "vulnerabilities": [
                {"id": "CVE-2026-1", "analysis": {"state": "resolved", "detail": "patched"}, "affects": [{"ref": "urn:cdx:x/1#b"}]},
                {"id": "CVE-2026-2", "analysis": {"state": "false_positive"}, "affects": [{"ref": "pkg:npm/c@1"}],
                 "properties": [{"name": "pak:expires", "value": "2027-01-01"}]},
                {"id": "CVE-2026-3", "affects": [{"ref": "a"}]}
            ]
        }));
        assert_eq!(read.len(), 2, "{read:?}");
        assert_eq!((read[0].status, read[0].purls[0].as_str()), (AssessmentStatus::Fixed, "pkg:npm/b@2"));
        assert_eq!((read[1].until, read[1].purls[0].as_str()), (Some(jiff::civil::date(2027, 1, 1)), "pkg:npm/c@1"));
    }

    #[test]
    fn other_documents_are_refused() {
        for text in ["", "[]", "{}", "{\"statements\": 1}"] {
            let folder = tempfile::tempdir().unwrap();
            let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("vex.json")).unwrap();
            std::fs::write(&path, text).unwrap();
            assert_eq!(statements(&path, "x").unwrap_err().code(), code::security::VEX_UNUSABLE, "{text}");
        }
    }
}
