//! What differs between two releases of a project: versions, artifacts with sizes and digests, platforms.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::chip::{Chip, Tone};
use super::deployment::{files, source};
use super::frame::{Frame, Theme, page};
use super::icon::Icon;
use super::project::{PackageRow, Project, Tab};
use super::show::{duration, plain, short};
use super::visit::{Asked, Visit};
use crate::access::{In, Read};
use crate::actions::scans::{self, Difference, LicenceChange};
use crate::api::scan::one;
use crate::error::ApiResult;
use crate::state::App;
use crate::store::entity::deployment;

/// Two releases side by side.
#[derive(Debug, Template)]
#[template(path = "project/diff.html")]
pub struct Diff {
    /// What stands around it.
    pub frame: Frame,
    /// The project.
    pub project: Project,
    /// The earlier one.
    pub from: Side,
    /// The later one.
    pub to: Side,
    /// What was asked for and how it went.
    pub releases: Vec<Pair>,
    /// What went where.
    pub targets: Vec<Pair>,
    /// What was built.
    pub files: Vec<FilePair>,
    /// How many of the artifacts differ, in words.
    pub words: String,
    /// What the scans of both saw; none where one of them has none.
    pub contents: Option<Contents>,
}

/// How two releases differ in what they consist of.
#[derive(Debug)]
pub struct Contents {
    /// Components, those that differ.
    pub components: Vec<Pair>,
    /// Licences, those whose components differ.
    pub licences: Vec<Pair>,
    /// Findings that one of them has.
    pub findings: Vec<Pair>,
    /// How much is the same, in words.
    pub words: String,
}

/// How many rows of each kind are shown; the whole is in the JSON.
const SHOWN: usize = 500;

impl Contents {
    fn of(difference: &Difference) -> Self {
        let pair = |ecosystem: &str, name: &str, from: &[String], to: &[String]| Pair {
            name: plain(&format!("{name} ({ecosystem})")),
            from: plain(&from.join(", ")),
            to: plain(&to.join(", ")),
        };
        let added = difference.added.iter().map(|part| pair(&part.ecosystem, &part.name, &[], &part.versions));
        let removed = difference.removed.iter().map(|part| pair(&part.ecosystem, &part.name, &part.versions, &[]));
        let changed = difference.changed.iter().map(|part| pair(&part.ecosystem, &part.name, &part.from, &part.to));
        let components = added.chain(removed).chain(changed).take(SHOWN).collect();
        let licence = |change: &LicenceChange| {
            let named = |count: usize, sign: &str, names: &[String]| {
                let some = names.iter().take(5).map(|name| format!("{sign}{name}")).collect::<Vec<_>>().join(", ");
                let more = if names.len() > 5 { format!(" and {} more", names.len() - 5) } else { String::new() };
                if count == 0 && names.is_empty() { String::new() } else { plain(&format!("{count} {some}{more}")) }
            };
            Pair {
                name: plain(&change.licence),
                from: named(change.from, "-", &change.went),
                to: named(change.to, "+", &change.came),
            }
        };
        let finding = |text: &String, is_new: bool| {
            let there = "found".to_owned();
            let (from, to) = if is_new { (String::new(), there) } else { (there, String::new()) };
            Pair { name: plain(text), from, to }
        };
        let new = difference.new_findings.iter().map(|text| finding(text, true));
        let gone = difference.gone_findings.iter().map(|text| finding(text, false));
        Self {
            components,
            licences: difference.licences.iter().take(SHOWN).map(licence).collect(),
            findings: new.chain(gone).take(SHOWN).collect(),
            words: format!("{} the same", super::show::count(difference.unchanged, "component")),
        }
    }
}

/// One of the two.
#[derive(Debug)]
pub struct Side {
    /// Its number.
    pub id: i64,
    /// Its version.
    pub version: String,
}

/// A thing in both.
#[derive(Debug, PartialEq, Eq)]
pub struct Pair {
    /// What it is.
    pub name: String,
    /// In the earlier one; empty where it is not there.
    pub from: String,
    /// In the later one.
    pub to: String,
}

/// An artifact in both.
#[derive(Debug)]
pub struct FilePair {
    /// The artifact: package, kind and form of its file.
    pub name: String,
    /// Whether it came, went, changed or is the same.
    pub chip: Chip,
    /// Its size before.
    pub from_size: String,
    /// Its size after.
    pub to_size: String,
    /// Its digest before.
    pub from_digest: String,
    /// Its digest after.
    pub to_digest: String,
}

impl FilePair {
    fn short_before(&self) -> &str {
        short(&self.from_digest)
    }

    fn short_after(&self) -> &str {
        short(&self.to_digest)
    }

    fn of(name: &str, from: Option<&PackageRow>, to: Option<&PackageRow>) -> Self {
        let chip = |tone, icon, word| Chip { tone, icon, word };
        let text =
            |side: Option<&PackageRow>, part: fn(&PackageRow) -> &String| side.map(part).cloned().unwrap_or_default();
        Self {
            name: name.to_owned(),
            chip: match (from, to) {
                (None, _) => chip(Tone::Good, Icon::Tick, "added"),
                (_, None) => chip(Tone::Bad, Icon::Dash, "removed"),
                (Some(from), Some(to)) if from.sha256 == to.sha256 => chip(Tone::Calm, Icon::Dash, "the same"),
                _ => chip(Tone::Warn, Icon::Mark, "changed"),
            },
            from_size: text(from, |row| &row.size),
            to_size: text(to, |row| &row.size),
            from_digest: text(from, |row| &row.sha256),
            to_digest: text(to, |row| &row.sha256),
        }
    }
}

/// `GET /projects/{name}/diff?from=…&to=…`.
pub async fn show(State(app): State<App>, visit: Visit, place: In<Read>, asked: Asked) -> ApiResult<Response> {
    let from = one(&app, &place, asked.text("from")).await?;
    let to = one(&app, &place, asked.text("to")).await?;
    let project = Project::of(&place, Tab::Releases);
    let before = by_name(files(&app, from.id).await?, &from);
    let after = by_name(files(&app, to.id).await?, &to);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let files: Vec<FilePair> =
        names.into_iter().map(|name| FilePair::of(name, before.get(name), after.get(name))).collect();
    let changed = files.iter().filter(|file| file.from_digest != file.to_digest).count();
    let contents = match (scans::reports(&app, from.id).await?, scans::reports(&app, to.id).await?) {
        (Some(before), Some(after)) => Some(Contents::of(&scans::compare(&before, &after))),
        _ => None,
    };
    let side = |row: &deployment::Model| Side { id: row.id, version: row.version.clone().unwrap_or_default() };
    let mut frame = project.frame(&visit);
    frame.title = format!("{}: #{} and #{}", project.name, from.id, to.id);
    let view = Diff {
        frame,
        contents,
        words: format!("{changed} of {} differ", super::show::count(files.len(), "artifact")),
        releases: releases(&from, &to),
        targets: pairs(&steps(&from), &steps(&to)),
        files,
        from: side(&from),
        to: side(&to),
        project,
    };
    Ok(page(StatusCode::OK, &view))
}

fn releases(from: &deployment::Model, to: &deployment::Model) -> Vec<Pair> {
    let pair = |name: &str, part: &dyn Fn(&deployment::Model) -> String| Pair {
        name: name.to_owned(),
        from: part(from),
        to: part(to),
    };
    vec![
        pair("Version", &|row| row.version.clone().unwrap_or_default()),
        pair("Environment", &|row| row.environment.clone()),
        pair("Status", &|row| row.status.replace('_', " ")),
        pair("Source", &|row| source(row).unwrap_or_default()),
        pair("Plan", &|row| short(row.plan_digest.as_deref().unwrap_or_default()).to_owned()),
        pair("Took", &|row| {
            row.started_at.zip(row.finished_at).map(|(from, to)| duration(from, to)).unwrap_or_default()
        }),
    ]
}

/// What went where, as the deployment's summary says: `npm: greeter` to `2.1.0, published`.
fn steps(row: &deployment::Model) -> BTreeMap<String, String> {
    let summary: serde_json::Value =
        row.summary.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let steps = summary.as_array().or_else(|| summary.get("steps")?.as_array()).cloned().unwrap_or_default();
    let step = |step: &serde_json::Value| {
        let word =
            |names: &[&str]| names.iter().find_map(|name| step.get(*name)?.as_str()).map(plain).unwrap_or_default();
        let state = word(&["state", "status", "outcome"]).replace(['_', '-'], " ");
        (
            format!("{}: {}", word(&["target", "platform"]), word(&["name", "package"])),
            format!("{}, {state}", word(&["version"])),
        )
    };
    steps.iter().map(step).collect()
}

fn pairs(from: &BTreeMap<String, String>, to: &BTreeMap<String, String>) -> Vec<Pair> {
    let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let text = |side: &BTreeMap<String, String>, name: &str| side.get(name).cloned().unwrap_or_default();
    names.into_iter().map(|name| Pair { name: name.clone(), from: text(from, name), to: text(to, name) }).collect()
}

/// Artifacts by what they are, whatever their version: `greeter-{version}.tgz`.
fn by_name(rows: Vec<PackageRow>, of: &deployment::Model) -> BTreeMap<String, PackageRow> {
    let version = of.version.clone().unwrap_or_default();
    let name = |row: &PackageRow| {
        let version = if version.is_empty() { &row.version } else { &version };
        if version.is_empty() { row.file.clone() } else { row.file.replace(version.as_str(), "{version}") }
    };
    rows.into_iter().map(|row| (name(&row), row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_one_alone_has_an_empty_side() {
        let side = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), "1.0".to_owned())).collect();
        let pairs = pairs(&side(&["npm: a", "pypi: a"]), &side(&["npm: a", "cargo: a"]));
        assert_eq!(pairs.len(), 3);
        assert_eq!(pairs[0], Pair { name: "cargo: a".to_owned(), from: String::new(), to: "1.0".to_owned() });
        assert_eq!(pairs[2], Pair { name: "pypi: a".to_owned(), from: "1.0".to_owned(), to: String::new() });
    }
}
