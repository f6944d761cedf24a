//! SCAN: the exact bytes that will be uploaded are unpacked and looked at, and so is what the packages are made of. The
//! policy of `[security]` decides; what it denies, or wants approved, blocks the plan before anything is sent.
//!
//! What was scanned is what is sent: every report names the digest of its artifact, and an upload whose bytes have another
//! digest than the artifact's is refused by the client while it is read.

mod findings;
mod job;
mod previous;
mod source;

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;
use futures_util::StreamExt as _;
use futures_util::stream;
use pak_model::{Finding, Problem, Result, code};
use pak_security::Report;
use pak_security::policy::{self, Policy, Verdict};
use pak_security::scan::Scan;

use super::build::Built;
use crate::plan::{Draft, counted};
use crate::session::Session;
use crate::targets::Target;
use job::Job;

/// How many artifacts are looked at at the same time.
const PARALLEL: usize = 4;

/// What the scan of a plan is made with, beside the project's settings.
#[derive(Debug, Clone, Default)]
pub struct Scanning {
    /// The folder of imported advisories.
    pub database: Utf8PathBuf,
    /// The findings a person approved, by digest (`--approve`).
    pub approved: Option<String>,
}

/// What was found, judged.
#[derive(Debug, Clone, Default)]
pub struct Scanned {
    /// One report for the source, one for each artifact.
    pub reports: Vec<Report>,
    /// By package, what blocks its steps and what is told with them.
    findings: BTreeMap<String, Vec<Finding>>,
    /// What is told of it in one line.
    pub note: String,
}

impl Scanned {
    /// What the steps of a package carry.
    pub fn of_package(&self, package: &str) -> &[Finding] {
        self.findings.get(package).map_or(&[], Vec::as_slice)
    }
}

/// Scans, judges, and sorts by package.
pub async fn run(session: &Session, targets: &[Target], draft: &Draft, built: &Built) -> Result<Scanned> {
    let config = &session.project.config.security;
    let policy = Policy::new(config, jiff::Zoned::now().date())?.with_documents(&session.project.root, config)?;
    let scan = Arc::new(Scan::new(config, &session.scanning.database)?);
    if scan.is_off() {
        return Ok(Scanned { note: "switched off by `[security] scan` of pak.toml".to_owned(), ..Scanned::default() });
    }
    let source = {
        let (scan, root, name) = (Arc::clone(&scan), session.project.root.clone(), session.project.name.clone());
        tokio::task::spawn_blocking(move || scan.components_of(&root, &name))
    };
    let before = previous::fetch(session, targets, draft, built).await;
    let tracked = source::tracked(session, &draft.packages);
    let jobs = built.made().map(|(package, version, artifact)| {
        let job = Job {
            scan: Arc::clone(&scan),
            artifact: artifact.clone(),
            version: version.to_owned(),
            ecosystem: package.ecosystem,
            sources: tracked.get(&package.id).map(Arc::clone),
            previous: before.get(&(package.id.clone(), artifact.id.clone())).map(Arc::clone),
        };
        async move { tokio::task::spawn_blocking(move || job.run()).await.unwrap_or_else(|panic| Err(stopped(&panic))) }
    });
    let artifacts: Vec<Result<Report>> = stream::iter(jobs).buffered(PARALLEL).collect().await;
    let mut reports = vec![source.await.unwrap_or_else(|panic| Err(stopped(&panic)))?];
    for report in artifacts {
        reports.push(report?);
    }
    for report in &mut reports {
        policy.judge(report);
    }
    if let Some(digest) = &session.scanning.approved {
        policy::approve(&mut reports, digest);
    }
    let verdict = reports.iter().map(|report| policy.verdict(report)).fold(Verdict::default(), Verdict::and);
    let findings = findings::by_package(&draft.packages, &reports, built, verdict);
    Ok(Scanned { findings, note: note(&reports, verdict), reports })
}

fn stopped(panic: &tokio::task::JoinError) -> Problem {
    Problem::new(code::security::BROKEN, "The scan stopped unexpectedly.").said(panic.to_string())
}

/// What is told of the scan in one line.
fn note(reports: &[Report], verdict: Verdict) -> String {
    let components: usize = reports.iter().map(|report| report.components.len()).sum();
    let looked = format!(
        "{} and {}",
        counted(reports.len().saturating_sub(1), "artifact", "artifacts"),
        counted(components, "component", "components")
    );
    let mut parts = vec![looked];
    for (count, word) in
        [(verdict.denied, "denied"), (verdict.to_approve, "to be approved"), (verdict.warned, "to look at")]
    {
        if count > 0 {
            parts.push(format!("{} {word}", counted(count, "finding", "findings")));
        }
    }
    parts.join(", ")
}
