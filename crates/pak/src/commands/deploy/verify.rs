//! `pak deploy verify`, and `pak verify` without files.

use std::sync::Arc;

use pak_deploy::verify::{Checked, verify};
use pak_deploy::{Nobody, history};
use pak_model::{Effect, Problem, Result, Standing, code};
use serde_json::json;

use super::Which;
use crate::commands::session::{self, Choice, Place, Stage};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, count};

/// Read back from the registries what a run published, and compare every digest. Nothing is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak deploy verify\n  pak deploy verify 0193a1 --json")]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    read_back(args.which.run.as_deref(), &args.which.place, context)
}

/// Reads back what a run published, or the latest one.
pub(crate) fn read_back(run: Option<&str>, place: &Place, context: &Context) -> Result<Status> {
    let output = &context.output;
    context.block_on(async {
        let session = session::open(place, &Choice::default(), Stage::ReadOnly, Arc::new(Nobody), context).await?;
        session::interruptible(&session, context);
        let folder = history::find(&session, run)?;
        let checked = verify(&session, &folder).await?;
        for one in &checked {
            output.line(line(one, context));
        }
        let wrong = checked.iter().filter(|one| one.problem.is_some()).count();
        output.json(&json!({ "run": folder.id, "verified": wrong == 0, "uploads": checked }));
        if wrong == 0 {
            output.line(format!("{} {} verified", output.mark(Mark::Ok), count(checked.len(), "upload")));
            return Ok(Status::OK);
        }
        let problem = Problem::new(
            code::deploy::WRONG_DIGEST,
            format!("{wrong} of {} uploads are not what the run published.", checked.len()),
        )
        .about("run", folder.id)
        .effect(Effect::Published)
        .next("Look at each line above; `pak deploy resume` sends what is missing.");
        if output.is_json() { Ok(Status::from(problem.code().exit)) } else { Err(problem) }
    })
}

fn line(one: &Checked, context: &Context) -> String {
    let mark = context.output.mark(if one.problem.is_some() { Mark::Failed } else { Mark::Ok });
    let standing = match one.standing {
        Some(Standing::Withdrawn) => " (withdrawn)",
        Some(Standing::Proposed) => " (proposed, not merged)",
        Some(Standing::Live) | None => "",
    };
    match &one.problem {
        Some(problem) => format!("{mark} {}: {} [{}]", one.step, problem.message, problem.code),
        None => {
            format!("{mark} {}: {}{standing} {}", one.step, one.coordinates, one.digest.as_deref().unwrap_or_default())
        }
    }
}
