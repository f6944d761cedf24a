//! `pak deploy` itself.

use std::sync::Arc;

use camino::Utf8PathBuf;
use pak_deploy::session::{PRODUCTION, SANDBOX};
use pak_deploy::{RunReport, Session, run};
use pak_model::event::{RunOutcome, StepOutcome};
use pak_model::plan::Plan;
use pak_model::{Problem, Recovery, Result, code};
use pak_platforms::Platforms;

use crate::commands::remote::push::{self, Which};
use crate::commands::remote::server::Server;
use crate::commands::remote::{answer, follow};
use crate::commands::session::{self, Choice, Place, Stage};
use crate::commands::{external::closest, plan};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;
use crate::output::{Output, Reporter, plan as shown};

/// Arguments of a new run.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Start {
    /// The project's folder. Default: this one.
    #[arg(conflicts_with = "project")]
    path: Option<Utf8PathBuf>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    choice: Choice,
    /// Carry out this plan or none: the digest that `pak plan` printed, or at least its first 12 characters.
    #[arg(long, value_name = "DIGEST")]
    plan: Option<String>,
    /// Settle and show the plan, send nothing.
    #[arg(long)]
    dry_run: bool,
    /// Stop before anything becomes public where the registry allows that: `pak deploy resume` publishes what it holds,
    /// `pak deploy rollback` drops it.
    #[arg(long)]
    stage: bool,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// Have a pak server do it (see `pak login`), and watch it here. NAME is the project's name there; default:
    /// `PAK_REMOTE_PROJECT`, then its own name.
    #[arg(
        long,
        value_name = "NAME",
        num_args = 0..=1,
        default_missing_value = "",
        conflicts_with_all = ["plan", "dry_run", "stage", "otp"],
        help_heading = "Server"
    )]
    remote: Option<String>,
    /// Upload the project to the server first.
    #[arg(long, requires = "remote", help_heading = "Server")]
    push: bool,
    #[command(flatten)]
    server: Server,
}

pub(crate) fn run(args: &Start, context: &Context) -> Result<Status> {
    let mut place = args.place.clone();
    if let Some(path) = &args.path {
        check_path(path, context)?;
        place.project = Some(path.clone());
    }
    if let Some(name) = &args.remote {
        return on_server(args, name, &place, context);
    }
    if args.dry_run {
        return plan::show(&place, &args.choice, args.plan.as_deref(), context);
    }
    let output = &context.output;
    context.block_on(async {
        let reporter = Arc::new(Reporter::new(output.clone()));
        let opened = session::open(&place, &args.choice, Stage::Real, reporter.clone(), context).await?;
        let session = Session { hold: args.stage, ..opened };
        session::interruptible(&session, context);
        let confirm = |plan: &Plan| {
            // A digest was approved before; the sandbox is there to be played with.
            let is_asked = output.can_ask() && !args.yes && args.plan.is_none() && session.environment != SANDBOX;
            if is_asked {
                output.line(shown::render(plan, output));
                ask(&format!("Publish to {}?", targets(plan, &session.platforms).join(", ")))?;
            }
            output.line(format!(
                "{} Deploying to {}...",
                output.mark(Mark::Package),
                targets(plan, &session.platforms).join(", ")
            ));
            reporter.begin(plan);
            Ok(())
        };
        let report = run::deploy(&session, args.plan.as_deref(), &confirm).await;
        reporter.end();
        finish(&report?, output)
    })
}

/// Asks a server for the deployment and shows it as one of this machine is shown.
fn on_server(args: &Start, name: &str, place: &Place, context: &Context) -> Result<Status> {
    let which = Which { name: Some(name.to_owned()).filter(|name| !name.is_empty()), project: place.project.clone() };
    let name = which.name(context)?;
    let environment = place.environment.as_deref().or_else(|| context.env.get("PAK_ENVIRONMENT")).unwrap_or(PRODUCTION);
    let output = &context.output;
    context.block_on(async {
        let remote = args.server.open(context)?;
        if output.can_ask() && !args.yes && environment != SANDBOX {
            ask(&format!("Have {} publish {name} to {environment}?", remote.base))?;
        }
        if args.push {
            push::push(&remote, &name, &which, context).await?;
        }
        let body = serde_json::json!({
            "environment": environment, "version": args.choice.version, "platforms": args.choice.platforms,
        });
        // Under one name the server takes the request once, so a lost answer is simply asked for again.
        let request = uuid::Uuid::new_v4().to_string();
        let mut tries = 0;
        let answer = loop {
            match remote.request_deployment(&name, &body, &request).await {
                Err(problem) if problem.recovery_of() == Recovery::LookUpFirst && tries < 3 => tries += 1,
                other => break other?,
            }
        };
        let deployment = answer::word(&answer, "deployment_id");
        output.progress(format!("{} {} carries out {deployment}", output.mark(Mark::Package), remote.base));
        follow::follow(&remote, &deployment, context).await
    })
}

/// Says how a run ended. Success is claimed for a run whose every step was read back, and for no other.
pub(crate) fn finish(report: &RunReport, output: &Output) -> Result<Status> {
    match report.problem() {
        None if report.outcome == RunOutcome::Pending => {
            let count =
                |wanted: &[StepOutcome]| report.steps.iter().filter(|end| wanted.contains(&end.outcome)).count();
            let there = count(&[StepOutcome::Published, StepOutcome::AlreadyPublished]);
            let (staged, proposed) = (count(&[StepOutcome::Staged]), count(&[StepOutcome::Proposed]));
            let mut waits = Vec::new();
            if staged > 0 {
                waits.push(format!(
                    "{staged} held back by the registry (`pak deploy resume` publishes, `pak deploy rollback` drops)"
                ));
            }
            if proposed > 0 {
                waits.push(format!("{proposed} proposed (users get it when it is merged)"));
            }
            let (mark, all) = (output.mark(Mark::Warning), report.steps.len());
            output.line(format!(
                "{mark} Nothing failed, and not everything is public: {there} of {all} published, {}",
                waits.join(", ")
            ));
            Ok(Status::OK)
        }
        None => {
            output.line(format!("{} All platforms deployed successfully", output.mark(Mark::Ok)));
            if report.plan.environment == SANDBOX {
                output.progress("`pak sandbox serve` keeps the sandbox running, so that npm, pip, cargo and docker can install from it.");
            }
            Ok(Status::OK)
        }
        Some(problem) => Err(problem.about("run", report.run)),
    }
}

/// Asks a question whose answer is no unless it is yes.
pub(crate) fn ask(question: &str) -> Result<()> {
    let unanswered = |text: &str| Problem::new(code::deploy::NOT_CONFIRMED_BY_USER, text.to_owned());
    match inquire::Confirm::new(question).with_default(false).prompt() {
        Ok(true) => Ok(()),
        Ok(false) => Err(unanswered("You said no.")),
        Err(error) => Err(unanswered("There was no answer.").cause(&error)),
    }
}

/// Targets that get something, in the order in which people see platforms.
pub(crate) fn targets(plan: &Plan, platforms: &Platforms) -> Vec<String> {
    let mut used: Vec<_> =
        plan.targets.iter().filter(|target| plan.steps.iter().any(|step| step.target == target.name)).collect();
    used.sort_by_key(|target| platforms.rank(&target.platform));
    used.into_iter().map(|target| target.name.clone()).collect()
}

/// A folder that is not there may be a verb with a slip in it.
fn check_path(path: &Utf8PathBuf, context: &Context) -> Result<()> {
    if context.path(Some(path)).exists() {
        return Ok(());
    }
    let problem = Problem::new(code::project::UNREADABLE, format!("There is no folder {path}.")).about("folder", path);
    let verbs = crate::cli::command();
    let verbs = verbs.find_subcommand("deploy").into_iter().flat_map(clap::Command::get_subcommands);
    Err(match closest(path.as_str(), verbs.map(|verb| verb.get_name().to_owned())) {
        Some(verb) => problem.next(format!("Did you mean `pak deploy {verb}`? Otherwise give the project's folder.")),
        None => problem,
    })
}
