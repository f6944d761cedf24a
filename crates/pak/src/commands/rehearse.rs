//! `pak rehearse`: the real plan against embedded registries, then installation with real clients.

use std::sync::Arc;

use camino::Utf8PathBuf;
use pak_deploy::StateFolder;
use pak_deploy::rehearse::{Check, Rehearsed, Wish, rehearse};
use pak_model::code::Exit;
use pak_model::{Result, code};
use serde_json::json;

use super::session::{self, Choice, Place, Stage};
use crate::context::Context;
use crate::exit::Status;
use crate::output::Reporter;
use crate::output::human::{Mark, count, faint};

/// Carry the plan out against registries inside pak, then install the packages with the clients of this machine.
///
/// The drivers, the bytes and the journal are those of a real deployment; their requests to any other address are refused.
/// Clients read dependencies from the real registries (see --offline). Each rehearsal starts with empty registries and
/// leaves nothing behind.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak rehearse\n  pak rehearse --no-install\n  pak rehearse --offline\n  pak rehearse --environment staging --platform npm"
)]
pub(crate) struct Args {
    /// The project's folder. Default: this one.
    #[arg(conflicts_with = "project")]
    path: Option<Utf8PathBuf>,
    /// Install what was published with npm, pip, cargo and skopeo, where they are on this machine (the default).
    #[arg(long, overrides_with = "no_install")]
    install: bool,
    /// Publish to the embedded registries only.
    #[arg(long)]
    no_install: bool,
    /// Install without the real registries: what depends on packages that are not part of this release is then not tried.
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    choice: Choice,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let mut place = args.place.clone();
    place.project = args.path.clone().or(place.project);
    let output = &context.output;
    let wish = Wish { install: args.install || !args.no_install, offline: args.offline };
    context.block_on(async {
        let (_keep, scratch) = session::scratch()?;
        let reporter = Arc::new(Reporter::new(output.clone()));
        let mut session = session::open(&place, &args.choice, Stage::Offline, reporter, context).await?;
        session.state = StateFolder::new(scratch.join("state"));
        session = session::embed(session, scratch.join("registries")).await?;
        session::interruptible(&session, context);
        let rehearsal = rehearse(&session, wish, &scratch.join("clients")).await?;
        for package in &rehearsal.packages {
            show(package, context);
        }
        output.json_line(&json!({ "rehearsal": rehearsal.packages }));
        if let Some(problem) = rehearsal.report.problem() {
            return Err(problem.next("Mend the cause named, then run `pak rehearse` again. Nothing left this machine."));
        }
        let failed = rehearsal.packages.iter().filter(|package| package.is_failed()).count();
        if failed > 0 {
            return Err(pak_model::Problem::new(
                code::deploy::PLAN_BLOCKED,
                format!("{} cannot be installed from the embedded registries.", count(failed, "package")),
            )
            .next("Mend what the clients say above, then run `pak rehearse` again. Nothing left this machine."));
        }
        // Published alone is less than installed: the last line must not claim more than was tried.
        let published = rehearsal.packages.iter().filter(|package| package.published == Check::Passed).count();
        let installed = rehearsal.packages.iter().filter(|package| package.installable == Check::Passed).count();
        output.line(format!(
            "{} Rehearsal passed: {} published, {installed} installed",
            output.mark(Mark::Ok),
            count(published, "package")
        ));
        Ok(Status::from(Exit::Ok))
    })
}

fn show(package: &Rehearsed, context: &Context) {
    let output = &context.output;
    let mark = if package.is_failed() { Mark::Failed } else { Mark::Ok };
    let client = package.client.as_ref().map(|client| faint(&format!(" ({client})"))).unwrap_or_default();
    output.line(format!("{} {} {} {}{client}", output.mark(mark), package.step, package.name, package.version));
    let checks = [
        ("published", &package.published),
        ("found", &package.resolvable),
        ("installed", &package.installable),
        ("runs", &package.runnable),
    ];
    for (question, check) in checks {
        let (mark, why) = match check {
            Check::Passed => (Mark::Ok, ""),
            Check::Failed { why } => (Mark::Failed, why.as_str()),
            Check::Skipped { why } => (Mark::Skipped, why.as_str()),
        };
        let why = if why.is_empty() { String::new() } else { format!(": {}", why.replace('\n', "\n      ")) };
        output.line(format!("  {} {question}{why}", output.mark(mark)));
    }
}
