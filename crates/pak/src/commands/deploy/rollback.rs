//! `pak deploy rollback`.

use std::sync::Arc;

use pak_deploy::undo::{self, UndoLine};
use pak_deploy::{history, run};
use pak_model::{Effect, Problem, Result, code};
use serde_json::json;

use super::{Which, start};
use crate::commands::session::{self, Choice, Stage};
use crate::context::Context;
use crate::exit::Status;
use crate::output::Reporter;
use crate::output::human::{Mark, count};
use crate::output::table;

/// Take back what a run published, as far as each registry allows, and say plainly what stays.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak deploy rollback --dry-run\n  pak deploy rollback\n  pak deploy rollback 0193a1 --yes"
)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// Show what would be tried, send nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask. Needed where nobody can be asked.
    #[arg(long, short)]
    yes: bool,
    /// A one-time password for registries that ask for one.
    #[arg(long, value_name = "CODE")]
    otp: Option<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    let choice = Choice { otp: args.otp.clone(), ..Choice::default() };
    context.block_on(async {
        let reporter = Arc::new(Reporter::new(output.clone()));
        let session = session::open(&args.which.place, &choice, Stage::Real, reporter.clone(), context).await?;
        let folder = history::find(&session, args.which.run.as_deref())?;
        let preview = undo::preview(&folder)?;
        if preview.is_empty() {
            output.line("This run published nothing that could be taken back.");
            output.json(&json!({ "run": folder.id, "lines": [] }));
            return Ok(Status::OK);
        }
        output.line(show(&preview));
        if args.dry_run {
            output.line("Nothing was sent.");
            output.json(&json!({ "run": folder.id, "lines": preview }));
            return Ok(Status::OK);
        }
        confirm(args, preview.len(), context)?;
        session::interruptible(&session, context);
        reporter.begin(&run::load_plan(&folder)?);
        let report = undo::rollback(&session, &folder).await;
        reporter.end();
        let report = report?;
        output.json_line(&json!({ "run": report.run, "lines": report.lines }));
        let remaining = report.remaining().count();
        if remaining == 0 {
            output.line(format!("{} {} taken back", output.mark(Mark::Ok), count(report.lines.len(), "upload")));
            return Ok(Status::OK);
        }
        let mut problem = Problem::new(
            code::deploy::UNDO_REFUSED,
            format!("{remaining} of {} uploads are still there.", report.lines.len()),
        )
        .about("run", report.run)
        .effect(Effect::Published);
        for line in report.remaining() {
            let why = line.problem.as_ref().map(|problem| problem.message.as_str()).unwrap_or_default();
            problem = problem.said(format!("{}: {} {why}", line.step, line.coordinates));
        }
        Err(problem)
    })
}

fn confirm(args: &Args, uploads: usize, context: &Context) -> Result<()> {
    match (args.yes, context.output.can_ask()) {
        (true, _) => Ok(()),
        (false, true) => start::ask(&format!("Take back {}?", count(uploads, "upload"))),
        (false, false) => Err(Problem::new(
            code::deploy::NOT_CONFIRMED_BY_USER,
            "Taking a release back must be confirmed, and there is nobody to ask.",
        )
        .next("Give --yes.")),
    }
}

fn show(lines: &[UndoLine]) -> String {
    let rows = lines
        .iter()
        .map(|line| [line.step.clone(), line.coordinates.clone(), line.action.label().to_owned(), line.note.clone()]);
    table::render(["STEP", "WHAT", "UNDO", "REMARK"], rows)
}
