//! REHEARSE: the same plan against embedded registries, then installation from them with the real clients of this machine.
//!
//! The drivers, the journal and the plan are the ones of a real run; only the session differs: its targets stand for the real
//! ones, and its client refuses every origin but theirs. One file per ecosystem knows how its own client installs.

mod cargo;
mod files;
mod image;
mod installation;
mod maven;
mod npm;
mod python;
mod tap;
mod upstream;

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::event::StepOutcome;
use pak_model::plan::PlannedStep;
use pak_model::{Digests, Problem, Release, Result, code};
use pak_platforms::http::{Policy, origin};
use serde::Serialize;

use crate::run::{self, RunReport};
use crate::session::{Embedded, Session};
use crate::state::RunFolder;
use installation::Installation;

/// What a rehearsal found out.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// How the release went.
    pub report: RunReport,
    /// What real clients could do with it, package by package.
    pub packages: Vec<Rehearsed>,
}

/// One package of one target.
#[derive(Debug, Clone, Serialize)]
pub struct Rehearsed {
    /// The step.
    pub step: String,
    /// The name in the registry.
    pub name: String,
    /// The version.
    pub version: String,
    /// The client that tried, with its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Whether it went out and was read back.
    pub published: Check,
    /// Whether the client finds it.
    pub resolvable: Check,
    /// Whether the client installs it into a clean folder.
    pub installable: Check,
    /// Whether what was installed can be imported or run.
    pub runnable: Check,
}

/// The answer to one question of a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum Check {
    /// Yes.
    Passed,
    /// No.
    Failed {
        /// What the client said.
        why: String,
    },
    /// Not asked.
    Skipped {
        /// Why not.
        why: String,
    },
}

impl Check {
    fn skipped(why: impl Into<String>) -> Self {
        Self::Skipped { why: why.into() }
    }

    fn of<T>(outcome: Result<T>) -> Self {
        match outcome {
            Ok(_) => Self::Passed,
            Err(problem) => {
                let said = problem.causes().join("\n");
                let why = if said.is_empty() {
                    problem.message().to_owned()
                } else {
                    format!("{}\n{said}", problem.message())
                };
                Self::Failed { why }
            }
        }
    }

    /// The next question's answer: asked after a yes, not after a no; what kept this one from being asked keeps that one too.
    fn then(&self, after_no: &str, ask: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Passed => ask(),
            Self::Failed { .. } => Self::skipped(after_no),
            Self::Skipped { .. } => self.clone(),
        }
    }

    /// Whether it failed; what was skipped did not.
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }
}

impl Rehearsed {
    /// Whether any question was answered no.
    pub fn is_failed(&self) -> bool {
        [&self.published, &self.resolvable, &self.installable, &self.runnable].into_iter().any(Check::is_failed)
    }
}

/// The three answers of a client.
struct Answers {
    client: Option<String>,
    resolvable: Check,
    installable: Check,
    runnable: Check,
}

impl Answers {
    fn skipped(why: &str) -> Self {
        let check = Check::skipped(why);
        Self { client: None, resolvable: check.clone(), installable: check.clone(), runnable: check }
    }

    /// Asks one question after the other, each only where the one before was answered yes.
    fn in_turn(
        client: String,
        resolve: impl FnOnce() -> Check,
        install: impl FnOnce() -> Check,
        run: impl FnOnce() -> Check,
    ) -> Self {
        let resolvable = resolve();
        let installable = resolvable.then("it is not found", install);
        let runnable = installable.then("it is not installed", run);
        Self { client: Some(client), resolvable, installable, runnable }
    }
}

/// Whether a client got the bytes that were sent; `how` says what it got, for people.
fn as_sent(got: &Digests, sent: &Digests, how: impl FnOnce(&str) -> String) -> Result<()> {
    if got.agrees(sent) == Some(true) {
        return Ok(());
    }
    let message = format!("{}, and {} was sent.", how(&got.label()), sent.label());
    Err(Problem::new(code::deploy::WRONG_DIGEST, message))
}

/// What a rehearsal is to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wish {
    /// Install what was published, with the clients of this machine.
    pub install: bool,
    /// Do without the real registries: packages that depend on others than the rehearsed ones are not installed.
    pub offline: bool,
}

/// Releases to the session's embedded registries and, when asked, installs from them, in folders below `scratch`, which must
/// be this rehearsal's own and is removed afterwards by the caller.
pub async fn rehearse(session: &Session, wish: Wish, scratch: &Utf8Path) -> Result<Rehearsal> {
    let Some(embedded) = session.embedded.clone() else {
        return Err(Problem::new(code::config::ENVIRONMENT_UNKNOWN, "A rehearsal needs the embedded registries."));
    };
    let session = &confined(session, embedded.as_ref())?;
    let report = run::deploy(session, None, &|_| Ok(())).await?;
    let folder = session.folder()?;
    let releases = RunFolder::open(&folder, report.run).map(|run| run::releases(&run)).transpose()?.unwrap_or_default();
    // Not before everything is published: a driver that asks for a package must hear from the embedded registry alone.
    let mut upstreams = BTreeSet::new();
    if wish.install && !wish.offline {
        let sources = upstream::sources(session, &report.plan).await?;
        upstreams.extend(sources.iter().filter(|(id, source)| embedded.send_on(id, source)).map(|(id, _)| id.clone()));
    }
    let mut packages = Vec::new();
    for (at, step) in report.plan.steps.iter().enumerate() {
        let published = published(&report, &step.id);
        let answers = match (wish.install, releases.get(&step.id)) {
            // What is proposed can be looked at where it is proposed.
            _ if published != Check::Passed && !proposed(&report, &step.id) => Answers::skipped("it is not published"),
            (false, _) => Answers::skipped("not asked for (--install)"),
            (true, None) => Answers::skipped("the run kept no artifacts of it"),
            (true, Some(_)) if session.cancel.is_cancelled() => Answers::skipped("the rehearsal was stopped"),
            (true, Some(release)) => {
                let place =
                    Place { scratch: scratch.join(at.to_string()), online: !wish.offline, upstreams: &upstreams };
                install(session, embedded.as_ref(), &report, (step, release), place).await?
            }
        };
        packages.push(Rehearsed {
            step: step.id.clone(),
            name: step.name.clone(),
            version: step.version.clone(),
            client: answers.client,
            published,
            resolvable: answers.resolvable,
            installable: answers.installable,
            runnable: answers.runnable,
        });
    }
    Ok(Rehearsal { report, packages })
}

/// Where one package is installed, and what may be asked for it.
struct Place<'a> {
    scratch: Utf8PathBuf,
    /// Whether clients may ask the real registries for what the package needs.
    online: bool,
    /// Platforms whose embedded registries send reads on.
    upstreams: &'a BTreeSet<String>,
}

/// Installs what a step published, with the client of its platform.
async fn install(
    session: &Session,
    embedded: &dyn Embedded,
    report: &RunReport,
    (step, release): (&PlannedStep, &Release),
    place: Place<'_>,
) -> Result<Answers> {
    let driver = driver_of(session, &step.platform);
    let Some((endpoint, _)) = embedded.stand_in(&driver)? else {
        return Ok(Answers::skipped("there is no embedded registry for it"));
    };
    let cancel = session.cancel.clone();
    let what = (endpoint, step.clone(), release.clone());
    let mut installation =
        Installation::new(what, place.scratch, &session.env, Box::new(move || cancel.is_cancelled()))?;
    installation.held = held(report, &step.platform);
    installation.upstream = place.upstreams.contains(&step.platform);
    installation.online = place.online;
    ask(installation, driver).await
}

/// The session with a client that refuses every address but those of the embedded registries.
fn confined(session: &Session, embedded: &dyn Embedded) -> Result<Session> {
    let mut origins = BTreeSet::new();
    for platform in session.platforms.iter() {
        if let Some((endpoint, _)) = embedded.stand_in(&platform.definition().driver)? {
            let urls = [Some(&endpoint.root), endpoint.upload.as_ref(), endpoint.index.as_ref()];
            origins.extend(urls.into_iter().flatten().map(origin));
        }
    }
    let policy = Policy { origins: Some(origins), ..session.http.policy().clone() };
    Ok(Session { http: session.http.with_policy(policy), ..session.clone() })
}

/// The driver that speaks a platform's protocol.
fn driver_of(session: &Session, platform: &str) -> String {
    session.platforms.find(platform).map_or_else(|| platform.to_owned(), |found| found.definition().driver.clone())
}

/// Names that were published to a platform.
fn held(report: &RunReport, platform: &str) -> BTreeSet<String> {
    let steps = report.plan.steps.iter().filter(|step| step.platform == platform);
    steps.filter(|step| published(report, &step.id) == Check::Passed).map(|step| step.name.clone()).collect()
}

fn proposed(report: &RunReport, step: &str) -> bool {
    report.steps.iter().any(|end| end.step == step && end.outcome == StepOutcome::Proposed)
}

fn published(report: &RunReport, step: &str) -> Check {
    match report.steps.iter().find(|end| end.step == step) {
        Some(end) if matches!(end.outcome, StepOutcome::Published | StepOutcome::AlreadyPublished) => Check::Passed,
        Some(end) if end.outcome == StepOutcome::Proposed => Check::skipped("it is proposed, and not merged yet"),
        Some(end) => {
            let why =
                end.problem.as_ref().map_or_else(|| format!("{:?}", end.outcome), |problem| problem.message.clone());
            Check::Failed { why }
        }
        None => Check::skipped("not tried"),
    }
}

/// Clients are programs that are waited for: not on the threads that carry requests.
async fn ask(installation: Installation, driver: String) -> Result<Answers> {
    let asked = tokio::task::spawn_blocking(move || match driver.as_str() {
        "npm" => npm::ask(&installation),
        "pypi" => python::ask(&installation),
        "cargo" => cargo::ask(&installation),
        "oci" => image::ask(&installation),
        "maven" | "central" => maven::ask(&installation),
        "generic" => files::ask(&installation),
        "homebrew" | "homebrew-cask" | "scoop" => tap::ask(&installation),
        _ => Answers::skipped("no client of it is known"),
    });
    asked.await.map_err(|panic| {
        Problem::new(code::build::TOOL_FAILED, "An installation stopped unexpectedly.").said(panic.to_string())
    })
}
