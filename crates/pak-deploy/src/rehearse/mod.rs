//! REHEARSE: the same plan against embedded registries, then installation from them with the real clients of this machine.
//!
//! The drivers, the journal and the plan are the ones of a real run; only the session differs: its targets stand for the real
//! ones, and its client refuses every origin but theirs. One file per ecosystem knows how its own client installs.

mod cargo;
mod image;
mod npm;
mod python;

use camino::{Utf8Path, Utf8PathBuf};
use pak_build::toolchain::Tool;
use pak_model::env::Env;
use pak_model::event::StepOutcome;
use pak_model::plan::PlannedStep;
use pak_model::{Ecosystem, Problem, Release, Result, code};
use pak_platforms::Endpoint;
use serde::Serialize;

use crate::run::{self, RunReport};
use crate::session::{Embedded, Session};
use crate::state::RunFolder;

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

/// What a client needs to install one package.
struct Installation<'a> {
    endpoint: &'a Endpoint,
    step: &'a PlannedStep,
    release: &'a Release,
    /// A clean folder, also the client's home.
    folder: Utf8PathBuf,
    env: &'a Env,
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
}

/// Releases to the session's embedded registries and, when asked, installs from them. `scratch` is emptied afterwards by the caller.
pub async fn rehearse(session: &Session, install: bool, scratch: &Utf8Path) -> Result<Rehearsal> {
    let Some(embedded) = session.embedded.clone() else {
        return Err(Problem::new(code::config::ENVIRONMENT_UNKNOWN, "A rehearsal needs the embedded registries."));
    };
    let report = run::deploy(session, None, &|_| Ok(())).await?;
    let folder = session.folder()?;
    let releases =
        RunFolder::open(&folder, report.run).map(|run| run::load_releases(&run)).transpose()?.unwrap_or_default();
    let mut packages = Vec::new();
    for (at, step) in report.plan.steps.iter().enumerate() {
        let published = published(&report, &step.id);
        let answers = match (install, releases.get(&step.id)) {
            _ if published != Check::Passed => Answers::skipped("it is not published"),
            (false, _) => Answers::skipped("not asked for (--install)"),
            (true, None) => Answers::skipped("the run kept no artifacts of it"),
            (true, Some(release)) => {
                let folder = scratch.join(at.to_string());
                ask(embedded.as_ref(), session, step, release, folder).await?
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

fn published(report: &RunReport, step: &str) -> Check {
    match report.steps.iter().find(|end| end.step == step) {
        Some(end) if matches!(end.outcome, StepOutcome::Published | StepOutcome::AlreadyPublished) => Check::Passed,
        Some(end) => {
            let why =
                end.problem.as_ref().map_or_else(|| format!("{:?}", end.outcome), |problem| problem.message.clone());
            Check::Failed { why }
        }
        None => Check::skipped("not tried"),
    }
}

async fn ask(
    embedded: &dyn Embedded,
    session: &Session,
    step: &PlannedStep,
    release: &Release,
    folder: Utf8PathBuf,
) -> Result<Answers> {
    let Some((endpoint, _)) = embedded.stand_in(&step.platform)? else {
        return Ok(Answers::skipped("there is no embedded registry for it"));
    };
    crate::state::make(&folder)?;
    let (step, release, env) = (step.clone(), release.clone(), session.env.clone());
    let asked = tokio::task::spawn_blocking(move || {
        let installation = Installation { endpoint: &endpoint, step: &step, release: &release, folder, env: &env };
        match release.package.ecosystem {
            Ecosystem::Npm => npm::ask(&installation),
            Ecosystem::Python => python::ask(&installation),
            Ecosystem::Cargo => cargo::ask(&installation),
            Ecosystem::Oci => image::ask(&installation),
        }
    });
    asked.await.map_err(|panic| {
        Problem::new(code::build::TOOL_FAILED, "An installation stopped unexpectedly.").said(panic.to_string())
    })
}

impl Installation<'_> {
    /// A client program in the clean folder, with a home of its own, so that nothing of the user's settings takes part.
    fn tool<'a>(&'a self, program: &'a str) -> Tool<'a> {
        Tool::new(program, "Install it to rehearse installations with it.", self.env)
            .directory(&self.folder)
            .env("HOME", self.folder.as_str())
            .env("USERPROFILE", self.folder.as_str())
            .env_remove("NODE_OPTIONS")
            .env_remove("PYTHONPATH")
    }

    /// The first line a program prints of its own version; `None` when it is not on this machine.
    fn version_of(&self, program: &str) -> Option<String> {
        let output = self.tool(program).args(["--version"]).run().ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        Some(text.lines().next().unwrap_or_default().trim().to_owned())
    }

    /// Writes a file of the consumer project.
    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent() {
            crate::state::make(parent)?;
        }
        std::fs::write(&path, text).map_err(|error| {
            Problem::new(code::build::IO, format!("{path} cannot be written.")).about("file", &path).cause(&error)
        })
    }
}
