//! PLAN: what a run will do, settled before anything is sent.
//!
//! Drawn in three moves: which package goes where (`draft`), the artifacts' bytes (`steps::build`; only bytes can be compared
//! with what a registry has), and what the registries say (`settle`). The digest covers the intended effects alone, so that
//! the same intention has the same digest before and after an interruption.

mod assets;
mod digest;
mod draft;
mod order;
mod settle;

use std::collections::BTreeMap;

use camino::Utf8Path;
use pak_model::code::Exit;
use pak_model::event::Tick;
use pak_model::plan::{PLAN_SCHEMA, Plan, PlannedTarget};
use pak_model::{Code, Problem, Release, Result, Severity, code};
use pak_security::Report;

use crate::session::Session;
use crate::steps;
use crate::targets::{self, Target};

pub use draft::{Draft, DraftStep, draw};

/// A settled plan with what is needed to carry it out.
#[derive(Clone)]
pub struct Prepared {
    /// The plan.
    pub plan: Plan,
    /// What each step sends, by step id.
    pub releases: BTreeMap<String, Release>,
    /// The targets.
    pub targets: Vec<Target>,
    /// What scanning found: one report for the source, one for each artifact.
    pub reports: Vec<Report>,
}

impl Prepared {
    /// A target by name.
    pub fn target(&self, name: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.name == name)
    }

    /// Where nothing but credentials is missing, that is what the command ends with.
    fn blocking_code(&self) -> Code {
        let errors = self
            .plan
            .steps
            .iter()
            .flat_map(|step| &step.findings)
            .filter(|finding| finding.severity == Severity::Error);
        let codes: Vec<Code> =
            errors.map(|finding| code::find(&finding.code).unwrap_or(code::deploy::PLAN_BLOCKED)).collect();
        match codes.first() {
            Some(first) if codes.iter().all(|code| code.exit == Exit::Credentials) => *first,
            _ => code::deploy::PLAN_BLOCKED,
        }
    }

    /// The problem of a plan that must not run, if it must not.
    pub fn blocked(&self) -> Option<Problem> {
        let blocked: Vec<&str> =
            self.plan.steps.iter().filter(|step| step.is_blocked()).map(|step| step.id.as_str()).collect();
        if blocked.is_empty() {
            return None;
        }
        let findings = self.plan.steps.iter().flat_map(|step| {
            step.findings
                .iter()
                .filter(|finding| finding.severity == Severity::Error)
                .map(move |finding| format!("{}: {} [{}] {}", step.id, finding.message, finding.code, finding.remedy))
        });
        let mut problem = Problem::new(
            self.blocking_code(),
            format!(
                "{} of {} steps cannot be carried out: {}.",
                blocked.len(),
                self.plan.steps.len(),
                blocked.join(", ")
            ),
        );
        for finding in findings {
            problem = problem.said(finding);
        }
        Some(problem)
    }
}

/// Builds into `output`, asks the registries, and settles the plan.
pub async fn prepare(session: &Session, output: &Utf8Path) -> Result<Prepared> {
    let targets = targets::resolve(session)?;
    let draft = draft::draw(session, &targets)?;
    stage(session, "build", &counted(draft.packages.len(), "package", "packages"));
    let mut built = steps::build::run(session, &draft, output).await?;
    let scanned = steps::scan::run(session, &targets, &draft, &built).await?;
    stage(session, "scan", &scanned.note);
    stage(session, "sign", &steps::sign::run(session, &mut built, output).await?);
    stage(session, "plan", &format!("asking {}", counted(targets.len(), "registry", "registries")));
    let (steps, releases) = settle::settle(session, &targets, &draft, &built, &scanned).await?;
    let targets_of_plan = targets.iter().map(|target| PlannedTarget {
        name: target.name.clone(),
        platform: target.platform.definition().id.clone(),
        registry: target.registry.clone(),
    });
    let mut plan = Plan {
        schema: PLAN_SCHEMA,
        project: session.project.name.clone(),
        environment: session.environment.clone(),
        digest: String::new(),
        targets: targets_of_plan.collect(),
        steps: order::sort(steps)?,
        withheld: draft.withheld,
    };
    plan.digest = digest::of(&plan);
    Ok(Prepared { plan, releases, targets, reports: scanned.reports })
}

/// A number with its noun.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Before there is a run there is no stream of its numbers: stages of the preparation are shown under the nil run.
fn stage(session: &Session, stage: &str, note: &str) {
    session.sink.event(&pak_model::event::Event {
        run: uuid::Uuid::nil(),
        seq: 0,
        at: jiff::Timestamp::now(),
        body: pak_model::event::Body::Tick(Tick::Stage { stage: stage.to_owned(), note: note.to_owned() }),
    });
}
