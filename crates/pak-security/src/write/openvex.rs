//! OpenVEX 0.2.0: what is said of each vulnerability in each component.
//!
//! Only what someone said is written as said: a vulnerability that nobody assessed is under investigation, an accepted risk
//! is one that affects, with the reason as what is done about it.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::{Each, target_purl, time};
use crate::report::{Assessment, AssessmentStatus, Decision, Finding, Justification, Kind, Report, Ruling};

#[derive(Serialize)]
struct Document<Statements> {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@id")]
    id: String,
    author: &'static str,
    role: &'static str,
    timestamp: String,
    version: u32,
    tooling: String,
    statements: Statements,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the standard's names")]
struct Statement<'a> {
    vulnerability: Vulnerability<'a>,
    products: [Product<'a>; 1],
    status: AssessmentStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_notes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<Justification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impact_statement: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_statement: Option<String>,
}

#[derive(Serialize)]
struct Vulnerability<'a> {
    name: &'a str,
    description: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<&'a str>,
}

#[derive(Serialize)]
struct Product<'a> {
    #[serde(rename = "@id")]
    id: &'a str,
    subcomponents: [Subcomponent<'a>; 1],
}

#[derive(Serialize)]
struct Subcomponent<'a> {
    #[serde(rename = "@id")]
    id: &'a str,
}

/// Writes the report. One without vulnerabilities has no statements.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let product = target_purl(&report.target);
    let mut entries = BTreeMap::<(&str, &str), &Finding>::new();
    let ruling = |finding: &Finding| finding.decision.as_ref().map(|decision| decision.ruling);
    for finding in report.findings.iter().filter(|finding| finding.kind == Kind::Vulnerability) {
        let Some(purl) = &finding.purl else { continue };
        let entry = entries.entry((&finding.id, purl)).or_insert(finding);
        // The strictest decision stands for all files that name the component.
        if ruling(finding) > ruling(entry) {
            *entry = finding;
        }
    }
    let document = Document {
        context: "https://openvex.dev/ns/v0.2.0",
        id: super::identity(report, "openvex")?.urn().to_string(),
        author: "pak",
        role: "Document Creator",
        timestamp: time(report),
        version: 1,
        tooling: format!("pak {}", report.pak),
        statements: Each(|| entries.iter().map(|((_, purl), finding)| statement(&product, purl, finding))),
    };
    super::document(&document, out)
}

fn statement<'a>(product: &'a str, purl: &'a str, finding: &'a Finding) -> Statement<'a> {
    let Assessment { status, justification } = assessment(finding.decision.as_ref());
    let said = finding.decision.as_ref().map(|decision| decision.reason.as_ref().unwrap_or(&decision.by).clone());
    let justification = justification.filter(|_| status == AssessmentStatus::NotAffected);
    Statement {
        vulnerability: Vulnerability {
            name: &finding.id,
            description: &finding.title,
            aliases: finding.aliases.iter().map(String::as_str).filter(|alias| *alias != finding.id).collect(),
        },
        products: [Product { id: product, subcomponents: [Subcomponent { id: purl }] }],
        status,
        status_notes: finding.decision.as_ref().map(|decision| format!("Decided by {}.", decision.by)),
        justification,
        impact_statement: (status == AssessmentStatus::NotAffected)
            .then(|| said.clone().unwrap_or_else(|| finding.message.clone())),
        action_statement: (status == AssessmentStatus::Affected)
            .then(|| said.unwrap_or_else(|| finding.remedy.clone())),
    }
}

fn assessment(decision: Option<&Decision>) -> Assessment {
    let unassessed = |status| Assessment { status, justification: None };
    match decision {
        Some(Decision { assessment: Some(assessment), .. }) => *assessment,
        Some(Decision { ruling: Ruling::Allow, .. }) => unassessed(AssessmentStatus::Affected),
        _ => unassessed(AssessmentStatus::UnderInvestigation),
    }
}
