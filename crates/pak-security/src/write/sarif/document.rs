//! The parts of a SARIF log that `pak` writes, as the standard names them.

use serde::Serialize;

use crate::report::{DatabaseStamp, Finding, Target};

/// The whole file.
#[derive(Serialize)]
pub(super) struct Log<R> {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) version: &'static str,
    pub(super) runs: [R; 1],
}

/// One scan.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run<'a, Rules, Notifications, Results> {
    pub(super) tool: Tool<'a, Rules>,
    pub(super) automation_details: Automation,
    pub(super) invocations: [Invocation<Notifications>; 1],
    pub(super) column_kind: &'static str,
    pub(super) results: Results,
    pub(super) properties: RunProperties<'a>,
}

/// Who scanned.
#[derive(Serialize)]
pub(super) struct Tool<'a, Rules> {
    pub(super) driver: Driver<'a, Rules>,
}

/// The program and what it can say.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Driver<'a, Rules> {
    pub(super) name: &'static str,
    pub(super) semantic_version: &'a str,
    pub(super) information_uri: &'static str,
    pub(super) rules: Rules,
}

/// A rule that found something.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) short_description: Message,
    pub(super) full_description: Message,
    pub(super) help: Help,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help_uri: Option<&'a str>,
    pub(super) default_configuration: Configuration,
    pub(super) properties: RuleProperties,
}

/// What to do about it, for terminals and for pages.
#[derive(Serialize)]
pub(super) struct Help {
    pub(super) text: String,
    pub(super) markdown: String,
}

/// The weight of a rule.
#[derive(Serialize)]
pub(super) struct Configuration {
    pub(super) level: &'static str,
}

/// What GitHub sorts and colours by.
#[derive(Serialize)]
pub(super) struct RuleProperties {
    pub(super) tags: Vec<String>,
    pub(super) precision: &'static str,
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    pub(super) security_severity: Option<String>,
}

/// Which analysis of a project a run is: the next one of the same name replaces it.
#[derive(Serialize)]
pub(super) struct Automation {
    pub(super) id: String,
}

/// How the scan went.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation<Notifications> {
    pub(super) execution_successful: bool,
    pub(super) end_time_utc: String,
    pub(super) tool_execution_notifications: Notifications,
}

/// A limit of the scan.
#[derive(Serialize)]
pub(super) struct Notification {
    pub(super) descriptor: Reference,
    pub(super) level: &'static str,
    pub(super) message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) locations: Vec<Location>,
}

/// Names a descriptor.
#[derive(Serialize)]
pub(super) struct Reference {
    pub(super) id: String,
}

/// A sentence.
#[derive(Serialize)]
pub(super) struct Message {
    text: String,
}

impl Message {
    pub(super) fn text(text: String) -> Self {
        Self { text }
    }
}

/// A finding.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Result<'a> {
    pub(super) rule_id: &'a str,
    pub(super) rule_index: usize,
    pub(super) level: &'static str,
    pub(super) message: Message,
    pub(super) locations: [Location; 1],
    pub(super) partial_fingerprints: Fingerprints<'a>,
    /// Always written: the standard wants it in all results of a run or in none.
    pub(super) suppressions: Vec<Suppression>,
    pub(super) properties: ResultProperties<'a>,
}

/// What recognises a finding in the next run.
#[derive(Serialize)]
pub(super) struct Fingerprints<'a> {
    #[serde(rename = "pak/v1")]
    pub(super) pak: &'a str,
    /// The one GitHub looks at.
    #[serde(rename = "primaryLocationLineHash")]
    pub(super) primary: String,
}

/// Why a finding is accepted.
#[derive(Serialize)]
pub(super) struct Suppression {
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    pub(super) justification: String,
}

/// Where.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    pub(super) physical_location: Physical,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) logical_locations: Vec<Logical>,
}

/// A place in a file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Physical {
    pub(super) artifact_location: Artifact,
    pub(super) region: Region,
}

/// A file.
#[derive(Serialize)]
pub(super) struct Artifact {
    pub(super) uri: String,
}

/// A place in it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    pub(super) start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_column: Option<u32>,
}

/// A place that is no file of its own.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Logical {
    pub(super) name: String,
    pub(super) fully_qualified_name: String,
    pub(super) kind: &'static str,
}

/// The finding as `pak` has it, for scripts that read SARIF only.
#[derive(Serialize)]
pub(super) struct ResultProperties<'a> {
    #[serde(rename = "pak")]
    pub(super) finding: &'a Finding,
}

/// What was looked at, with which data.
#[derive(Serialize)]
pub(super) struct RunProperties<'a> {
    pub(super) target: &'a Target,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) database: Option<&'a DatabaseStamp>,
}
