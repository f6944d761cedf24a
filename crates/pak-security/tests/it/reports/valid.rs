//! Every format is valid by an independent validator, whatever the report holds.

use std::io;

use pak_security::report::Report;
use pak_security::write;
use pak_testing::validators::{self, Standard};

use super::fixture;

type Writer = fn(&Report, &mut dyn io::Write) -> io::Result<()>;

pub(super) fn written(report: &Report, writer: Writer) -> Vec<u8> {
    let mut bytes = Vec::new();
    writer(report, &mut bytes).unwrap();
    bytes
}

fn valid(standard: Standard, writer: Writer) {
    for (name, report) in
        [("rich", fixture::rich()), ("empty", fixture::empty()), ("licences", fixture::every_licence())]
    {
        let bytes = written(&report, writer);
        assert_eq!(bytes, written(&report, writer), "{name}: the same report gives the same bytes");
        let Some(verdict) = validators::validate(standard, &bytes) else { return };
        let complaints = verdict.err().unwrap_or_default();
        let complaints: Vec<&str> = complaints.lines().filter(|line| !is_of_a_younger_list(line)).collect();
        assert!(complaints.is_empty(), "{name}: {complaints:#?}");
    }
}

/// The SPDX tools know the licences of their own release, which is older than the list that documents name, and take two
/// licences whose names speak of exceptions for exceptions. Only ids of the list are let through, and the lines around.
fn is_of_a_younger_list(line: &str) -> bool {
    let unknown = line
        .strip_prefix("Unrecognized license reference: ")
        .and_then(|rest| rest.split(". license_expression").next());
    let mistaken =
        line.strip_prefix("A license exception symbol can only be used").and_then(|rest| rest.rsplit(": ").next());
    let around = line.is_empty() || line.starts_with("---") || line.starts_with("ERROR:root:The document is invalid.");
    around || unknown.or(mistaken).is_some_and(|id| spdx::license_id(id).is_some())
}

#[test]
fn sarif_is_valid() {
    valid(Standard::Sarif, write::sarif::write);
}

#[test]
fn cyclonedx_is_valid() {
    valid(Standard::CycloneDx, write::cyclonedx::write);
}

#[test]
fn spdx_is_valid() {
    valid(Standard::Spdx, write::spdx::write);
}

#[test]
fn openvex_is_valid() {
    valid(Standard::OpenVex, write::openvex::write);
}

#[test]
fn a_broken_document_is_refused_by_each_validator() {
    for (standard, document) in [
        (Standard::Sarif, r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x","odd":1}},"results":[]}]}"#),
        (Standard::CycloneDx, r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"name":"x"}]}"#),
        (Standard::Spdx, r#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"x"}"#),
        (
            Standard::OpenVex,
            r#"{"@context":"https://openvex.dev/ns/v0.2.0","@id":"urn:x","author":"x","version":1,"timestamp":"2026-01-01T00:00:00Z",
                "statements":[{"vulnerability":{"name":"CVE-1"},"status":"not_affected"}]}"#,
        ),
    ] {
        let Some(verdict) = validators::validate(standard, document.as_bytes()) else { return };
        assert!(verdict.is_err(), "{standard:?}");
    }
}

#[test]
fn json_is_the_report_itself() {
    let report = fixture::rich();
    let read: Report = serde_json::from_slice(&written(&report, write::json::write)).unwrap();
    assert_eq!(read, report);
}
