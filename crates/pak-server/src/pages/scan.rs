//! What the scan of a deployment found: what stops it first, in words a tired person understands; then the rest.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use pak_security::policy::approval_digest;
use pak_security::report::{Finding, Report, Ruling, Severity};

use super::chip::{Chip, Tone};
use super::form::Form;
use super::frame::{Place, page, segment};
use super::icon::Icon;
use super::section::{Cell, Rows, Section, Sections};
use super::show::{count, plain};
use super::visit::{Fields, Visit, see};
use crate::access::{Approve, At, Read, Right};
use crate::actions::deployments::{self, Status};
use crate::actions::scans::{self, ruling};
use crate::error::ApiResult;
use crate::state::App;

/// How many rows a table shows; the whole is in the JSON.
const SHOWN: usize = 300;

/// `GET /deployments/{id}/scan`.
pub async fn show(State(app): State<App>, visit: Visit, at: At<Read>) -> ApiResult<Response> {
    let (row, project) = (&at.deployment, &at.place.project);
    let reports = scans::reports(&app, row.id).await?;
    let title = format!("Scan of #{}", row.id);
    let home = format!("/projects/{}", segment(&project.name));
    let frame = visit.frame(title, Place::Deployments);
    let frame = frame.under("/projects", "Projects").under(home, project.name.clone());
    let frame = frame.under(format!("/deployments/{}", row.id), format!("#{}", row.id));
    let mut sections = reports.as_deref().map_or_else(nothing, sections);
    if let Some(digest) = reports.as_ref().and_then(|all| approval_digest(all.iter().flat_map(|one| &one.findings))) {
        sections.insert(1, approval(&visit, &at, digest));
    }
    let lead = "What was found in the source and in the very bytes that are uploaded, and what the project's policy says about it.";
    let view = Sections { frame, main: None, lead: lead.to_owned(), sections };
    Ok(page(StatusCode::OK, &view))
}

/// What waits for approval: a button for whoever may give it, the digest for everyone else.
fn approval(visit: &Visit, at: &At<Read>, digest: String) -> Section {
    let own = visit.caller().is_ok_and(|caller| caller.user_id() == at.deployment.requested_by);
    let waits = Status::of(&at.deployment.status) == Status::Failed && at.deployment.run_id.is_none();
    if own || !waits || !at.place.may(Right::Approve) {
        let note = "A person who looked at exactly these findings, and did not ask for the release, approves them";
        return Section::Code("Findings".to_owned(), note, digest);
    }
    let form = Form::new(format!("/deployments/{}/scan", at.deployment.id), visit.csrf(), "Approve these findings");
    let note = "The release begins again. Another finding would have to be approved anew.";
    Section::Form("Approve what waits for a person", note, form.hidden("digest", digest))
}

/// `POST /deployments/{id}/scan`: approves.
pub async fn approve(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> ApiResult<Response> {
    let at: At<Approve> = crate::access::project::deployment(&app, visit.caller()?.clone(), &id).await?;
    let row = deployments::approve_findings(&app, &at, fields.text("digest").to_owned()).await?;
    Ok(see(&format!("/deployments/{}", row.id), "approved"))
}

fn nothing() -> Vec<Section> {
    let chip = Chip { tone: Tone::Calm, icon: Icon::Dash, word: "not scanned" };
    let text = "This deployment has no scan: it ended before one was made, or its pak.toml sets no `[security]`.";
    vec![Section::Notice(chip, text.to_owned())]
}

fn sections(reports: &[Report]) -> Vec<Section> {
    let all: Vec<&Finding> = reports.iter().flat_map(|report| &report.findings).collect();
    let with = |wanted: &[Ruling]| {
        let mut found: Vec<&Finding> = all.iter().copied().filter(|one| wanted.contains(&ruling(one))).collect();
        found.sort_by(|one, other| other.severity.cmp(&one.severity).then_with(|| one.path.cmp(&other.path)));
        found
    };
    let (denied, waiting) = (with(&[Ruling::Deny]), with(&[Ruling::Approve]));
    let (warned, allowed) = (with(&[Ruling::Warn]), with(&[Ruling::Allow]));
    let mut sections = vec![verdict(denied.len(), waiting.len(), warned.len())];
    if !denied.is_empty() {
        sections.push(Section::Rows(stopping("denied", "Stops the release", &denied)));
    }
    if !waiting.is_empty() {
        sections.push(Section::Rows(stopping("waiting", "Waits for a person", &waiting)));
    }
    if !warned.is_empty() {
        sections.push(Section::Rows(listed("warned", "To look at", &warned)));
    }
    if !allowed.is_empty() {
        sections.push(Section::Rows(listed("allowed", "Accepted", &allowed)));
    }
    let notices: Vec<Vec<Cell>> = reports
        .iter()
        .flat_map(|report| &report.notices)
        .take(SHOWN)
        .map(|notice| {
            let path = notice.path.as_deref().unwrap_or("the whole");
            vec![Cell::text(path), Cell::Both(plain(&notice.message), plain(&notice.remedy))]
        })
        .collect();
    if !notices.is_empty() {
        sections
            .push(Section::Rows(Rows::new("limits", "What could not be looked at", &["Where", "Why"]).rows(notices)));
    }
    sections.push(Section::Rows(looked_at(reports)));
    sections
}

/// The sentence that says it all.
fn verdict(denied: usize, waiting: usize, warned: usize) -> Section {
    let (chip, text) = if denied > 0 {
        let chip = Chip { tone: Tone::Bad, icon: Icon::Cross, word: "denied" };
        (
            chip,
            format!(
                "{} by the policy: nothing is published until they are mended or excepted with a reason.",
                counted(denied, "denied")
            ),
        )
    } else if waiting > 0 {
        (
            Chip::NEEDS_APPROVAL,
            format!(
                "{} by a person other than the one who asked for this release.",
                counted(waiting, "must be approved")
            ),
        )
    } else if warned > 0 {
        let chip = Chip { tone: Tone::Warn, icon: Icon::Mark, word: "to look at" };
        (chip, format!("{}; none stops the release.", counted(warned, "to look at")))
    } else {
        (Chip { tone: Tone::Good, icon: Icon::Tick, word: "clean" }, "Nothing was found that matters.".to_owned())
    };
    Section::Notice(chip, text)
}

fn counted(number: usize, what: &str) -> String {
    format!("{} {what}", count(number, "finding"))
}

/// Findings that stop a release: what, where, what to do, and who says so.
fn stopping(id: &'static str, title: &'static str, findings: &[&Finding]) -> Rows {
    let row = |finding: &&Finding| {
        let decided = finding.decision.as_ref().map(|decision| decision.by.clone()).unwrap_or_default();
        vec![
            Cell::Chip(severity(finding.severity)),
            Cell::Both(plain(&finding.title), plain(&finding.message)),
            place(finding),
            Cell::text(&finding.remedy),
            Cell::Both(finding.id.clone(), plain(&decided)),
        ]
    };
    Rows::new(id, title, &["Severity", "Finding", "Where", "What to do", "Rule"])
        .rows(findings.iter().take(SHOWN).map(row))
        .note(count(findings.len(), "finding"))
}

fn listed(id: &'static str, title: &'static str, findings: &[&Finding]) -> Rows {
    let row = |finding: &&Finding| {
        let reason = finding.decision.as_ref().and_then(|decision| decision.reason.clone());
        let why = reason.unwrap_or_else(|| finding.remedy.clone());
        vec![
            Cell::Chip(severity(finding.severity)),
            Cell::Both(plain(&finding.title), plain(&finding.id)),
            place(finding),
            Cell::text(why),
        ]
    };
    Rows::new(id, title, &["Severity", "Finding", "Where", "Remark"])
        .rows(findings.iter().take(SHOWN).map(row))
        .note(count(findings.len(), "finding"))
}

/// A component by its version, anything else by its line.
fn place(finding: &Finding) -> Cell {
    let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
    let at = plain(&format!("{}{line}", finding.path));
    match &finding.package {
        Some(package) => {
            let version = finding.version.as_deref().unwrap_or_default();
            let fixed = finding.fixed_in.as_ref().map(|fixed| format!("; fixed in {fixed}")).unwrap_or_default();
            Cell::Both(plain(&format!("{package} {version}")), format!("{at}{}", plain(&fixed)))
        }
        None => Cell::Text(at),
    }
}

fn severity(severity: Severity) -> Chip {
    let (tone, icon, word) = match severity {
        Severity::Critical => (Tone::Bad, Icon::Cross, "critical"),
        Severity::High => (Tone::Bad, Icon::Mark, "high"),
        Severity::Medium => (Tone::Warn, Icon::Mark, "medium"),
        Severity::Low => (Tone::Calm, Icon::Mark, "low"),
        Severity::Note => (Tone::Calm, Icon::Dash, "note"),
    };
    Chip { tone, icon, word }
}

fn looked_at(reports: &[Report]) -> Rows {
    let row = |report: &Report| {
        let name = plain(&report.target.name);
        let version = report.target.version.clone().unwrap_or_default();
        vec![
            Cell::Both(name, plain(&version)),
            Cell::Number(report.components.len().to_string()),
            Cell::Number(report.findings.len().to_string()),
            report.target.sha256.clone().map_or_else(|| Cell::Muted("–".to_owned()), Cell::Digest),
            report.database.as_ref().map_or_else(
                || Cell::Muted("none".to_owned()),
                |database| Cell::time(database.newest.as_millisecond()),
            ),
        ]
    };
    Rows::new("looked-at", "What was looked at", &["What", "Components", "Findings", "SHA-256", "Advisories of"])
        .rows(reports.iter().take(SHOWN).map(row))
        .empty(Icon::Dash, "Nothing.")
}
