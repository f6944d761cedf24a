//! Every reason for a refusal that can be known beforehand. Rules of the public index alone are warnings elsewhere.

mod archive;
mod metadata;
mod stdlib;

use std::collections::BTreeSet;
use std::str::FromStr as _;
use std::time::Duration;

use pak_model::python::{escaped_name, is_name, normalized_name};
use pak_model::{Artifact, ArtifactKind, Code, Finding, Release, Result, code};
use pep440_rs::Version;

use super::PypiDriver;
use super::publish::details;
use super::simple::Page;
use crate::call::Call;

/// How long after its first file a release takes new ones.
const RELEASE_IS_OPEN: Duration = Duration::from_hours(14 * 24);

/// Collects findings; knows whether the rules of the public index bind.
pub(super) struct Report {
    public: bool,
    findings: Vec<Finding>,
}

impl Report {
    /// A rule that every index has, or that makes the release wrong.
    fn error(&mut self, code: Code, message: impl Into<String>) {
        self.findings.push(Finding::error(code, message));
    }

    /// A rule of the public index.
    fn strict(&mut self, code: Code, message: impl Into<String>) {
        self.findings.push(if self.public { Finding::error(code, message) } else { Finding::warning(code, message) });
    }
}

/// Checks a release.
pub(super) async fn check(driver: &PypiDriver, call: &Call, release: &Release) -> Result<Vec<Finding>> {
    let public = driver.addresses(call.endpoint()).is_public();
    let mut report = Report { public, findings: Vec::new() };
    if release.artifacts.is_empty() {
        report.error(code::pypi::NO_ARTIFACTS, format!("There is no file of {} to upload.", release.package.name));
        return Ok(report.findings);
    }
    let names: BTreeSet<&str> =
        release.artifacts.iter().filter_map(|artifact| details(artifact).ok()?.header("Name")).collect();
    for name in &names {
        check_name(&mut report, name);
    }
    check_version(&mut report, &release.version);
    let sdists: Vec<&str> = release
        .artifacts
        .iter()
        .filter(|artifact| artifact.kind == ArtifactKind::Sdist)
        .map(|artifact| artifact.id.as_str())
        .collect();
    if sdists.len() > 1 {
        report.strict(
            code::pypi::SEVERAL_SDISTS,
            format!("A release takes one source distribution: {}.", sdists.join(", ")),
        );
    }
    let limit = driver.definition.max_bytes.unwrap_or(u64::MAX);
    for artifact in &release.artifacts {
        check_file(&mut report, release, artifact, limit)?;
    }
    if release.options.provenance && call.credential().is_some() && public {
        let text = "The index takes attestations only from trusted publishers, and this target has a token.";
        report.error(code::deploy::ATTESTATION_UNFIT, text);
    }
    // Metadata is the same in all files, as a rule: say each thing once.
    report.findings.sort_by(|a, b| (&a.code, &a.message).cmp(&(&b.code, &b.message)));
    report.findings.dedup();
    report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    if let Some(page) = driver.page(call, names.first().copied().unwrap_or(&release.package.name)).await? {
        check_page(&mut report, call, release, &page);
    }
    Ok(report.findings)
}

fn check_name(report: &mut Report, name: &str) {
    if !is_name(name) {
        report.error(code::pypi::NAME_INVALID, format!("`{name}` is not a project name."));
    } else if stdlib::is_module(&normalized_name(name)) {
        report.strict(
            code::pypi::NAME_RESERVED,
            format!("`{name}` is the name of a module of Python's standard library."),
        );
    }
}

fn check_version(report: &mut Report, version: &str) {
    match Version::from_str(version) {
        Err(_) => report.error(code::pypi::VERSION_INVALID, format!("`{version}` is not a PEP 440 version.")),
        Ok(parsed) if parsed.is_local() => {
            report.strict(
                code::pypi::VERSION_INVALID,
                format!("`{version}` is a local version, which public indexes refuse."),
            );
        }
        Ok(_) => {}
    }
}

fn check_file(report: &mut Report, release: &Release, artifact: &Artifact, limit: u64) -> Result<()> {
    let details = details(artifact)?;
    let file = &artifact.id;
    let name = details.header("Name").unwrap_or_default();
    let version = details.header("Version").unwrap_or_default();
    if version != release.version {
        report.error(
            code::pypi::FILE_NAME,
            format!("{file} is of version {version}, the release is {}.", release.version),
        );
    }
    archive::check_file_name(report, artifact, name, version);
    archive::check_members(report, artifact, details, &format!("{}-{version}", escaped_name(name)));
    metadata::check(report, file, details);
    if artifact.size > limit {
        report.strict(code::pypi::FILE_TOO_LARGE, format!("{file} has {} bytes; the limit is {limit}.", artifact.size));
    }
    Ok(())
}

/// What the release already has: a second sdist and late files are refused.
fn check_page(report: &mut Report, call: &Call, release: &Release, page: &Page) {
    let Some(name) = release.artifacts.iter().find_map(|artifact| details(artifact).ok()?.header("Name")) else {
        return;
    };
    let version = Version::from_str(&release.version).ok();
    let same = |text: String| text == release.version || version.is_some() && Version::from_str(&text).ok() == version;
    let present: Vec<_> = page.files.iter().filter(|file| file.version(name).is_some_and(same)).collect();
    let new: Vec<&Artifact> =
        release.artifacts.iter().filter(|artifact| !present.iter().any(|file| file.name == artifact.id)).collect();
    let oldest = present.iter().filter_map(|file| file.uploaded).min();
    if let (Some(oldest), Some(artifact)) = (oldest, new.first())
        && call.now().duration_since(oldest).unsigned_abs() > RELEASE_IS_OPEN
    {
        report.strict(
            code::pypi::OLD_RELEASE,
            format!(
                "{} {} is of {oldest}; {} would be a new file of an old release.",
                name, release.version, artifact.id
            ),
        );
    }
    let sdist = present.iter().find(|file| file.name.ends_with(".tar.gz"));
    if let (Some(there), Some(artifact)) = (sdist, new.iter().find(|artifact| artifact.kind == ArtifactKind::Sdist)) {
        report.strict(
            code::pypi::SEVERAL_SDISTS,
            format!(
                "The release has the source distribution {} already; {} would be a second one.",
                there.name, artifact.id
            ),
        );
    }
}

#[cfg(test)]
mod tests;
