//! The parts of a CycloneDX document that `pak` writes, as the standard names them.

use serde::Serialize;

/// The whole document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the standard's names")]
pub(super) struct Bom<'a, Components, Dependencies, Vulnerabilities> {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) bom_format: &'static str,
    pub(super) spec_version: &'static str,
    pub(super) serial_number: String,
    pub(super) version: u32,
    pub(super) metadata: Metadata<'a>,
    pub(super) components: Components,
    pub(super) dependencies: Dependencies,
    pub(super) vulnerabilities: Vulnerabilities,
}

/// What it is about and who made it.
#[derive(Serialize)]
pub(super) struct Metadata<'a> {
    pub(super) timestamp: String,
    pub(super) tools: Tools<'a>,
    pub(super) component: Component<'a>,
    pub(super) properties: Vec<Property<'a>>,
}

/// Who made it.
#[derive(Serialize)]
pub(super) struct Tools<'a> {
    pub(super) components: [Named<'a>; 1],
}

/// A program.
#[derive(Serialize)]
pub(super) struct Named<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) name: &'static str,
    pub(super) version: &'a str,
}

/// A component.
#[derive(Serialize)]
pub(super) struct Component<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(rename = "bom-ref")]
    pub(super) bom_ref: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<&'a str>,
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) hashes: Vec<Hash<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) licenses: Vec<LicenceChoice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) purl: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) evidence: Option<Evidence<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) properties: Vec<Property<'a>>,
}

/// A digest.
#[derive(Serialize)]
pub(super) struct Hash<'a> {
    #[serde(rename = "alg")]
    pub(super) algorithm: &'static str,
    pub(super) content: &'a str,
}

/// A licence by its id or name, or an expression.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum LicenceChoice<'a> {
    /// One licence.
    Licence {
        /// It.
        license: LicenceName<'a>,
    },
    /// Several, joined.
    Expression {
        /// They.
        expression: String,
        /// Who says so.
        #[serde(skip_serializing_if = "Option::is_none")]
        acknowledgement: Option<&'static str>,
    },
}

/// One licence.
#[derive(Serialize)]
pub(super) struct LicenceName<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledgement: Option<&'static str>,
}

impl<'a> LicenceChoice<'a> {
    /// A licence of SPDX's list.
    pub(super) fn id(id: String, acknowledgement: Option<&'static str>) -> Self {
        Self::Licence { license: LicenceName { id: Some(id), name: None, acknowledgement } }
    }

    /// An expression.
    pub(super) fn expression(expression: String, acknowledgement: Option<&'static str>) -> Self {
        Self::Expression { expression, acknowledgement }
    }

    /// Words that are no expression.
    pub(super) fn name(name: &'a str, acknowledgement: Option<&'static str>) -> Self {
        Self::Licence { license: LicenceName { id: None, name: Some(name), acknowledgement } }
    }
}

/// What a component was recognised by.
#[derive(Serialize)]
pub(super) struct Evidence<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) licenses: Vec<LicenceChoice<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) occurrences: Vec<Occurrence<'a>>,
}

/// A file that names it.
#[derive(Serialize)]
pub(super) struct Occurrence<'a> {
    pub(super) location: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u32>,
}

/// Something the standard has no word for.
#[derive(Serialize)]
pub(super) struct Property<'a> {
    name: &'a str,
    value: String,
}

impl<'a> Property<'a> {
    /// A property.
    pub(super) fn new(name: &'a str, value: String) -> Self {
        Self { name, value }
    }
}

/// What something depends on.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dependency<'a> {
    #[serde(rename = "ref")]
    pub(super) reference: &'a str,
    pub(super) depends_on: Vec<&'a str>,
}

/// A vulnerability in a component.
#[derive(Serialize)]
pub(super) struct Vulnerability<'a> {
    #[serde(rename = "bom-ref")]
    pub(super) bom_ref: String,
    pub(super) id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<Source>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) references: Vec<Alias<'a>>,
    pub(super) ratings: Vec<Rating>,
    pub(super) description: &'a str,
    pub(super) detail: &'a str,
    pub(super) recommendation: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) advisories: Vec<Advisory<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) analysis: Option<Analysis>,
    pub(super) affects: Vec<Affected<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) properties: Vec<Property<'a>>,
}

/// Who keeps the advisories of an id.
#[derive(Serialize)]
pub(super) struct Source {
    pub(super) name: &'static str,
}

/// The same thing's name elsewhere.
#[derive(Serialize)]
pub(super) struct Alias<'a> {
    pub(super) id: &'a str,
    pub(super) source: Source,
}

/// How bad it is.
#[derive(Serialize)]
pub(super) struct Rating {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) score: Option<f64>,
    pub(super) severity: &'static str,
}

/// A page.
#[derive(Serialize)]
pub(super) struct Advisory<'a> {
    pub(super) url: &'a str,
}

/// What was decided.
#[derive(Serialize)]
pub(super) struct Analysis {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) justification: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) response: Vec<&'static str>,
    pub(super) detail: String,
}

/// The component that has it.
#[derive(Serialize)]
pub(super) struct Affected<'a> {
    #[serde(rename = "ref")]
    pub(super) reference: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) versions: Vec<AffectedVersion<'a>>,
}

/// Its version.
#[derive(Serialize)]
pub(super) struct AffectedVersion<'a> {
    pub(super) version: &'a str,
    pub(super) status: &'static str,
}
