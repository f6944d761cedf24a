//! `pak deploy show`.

use pak_deploy::{history, journal, run};
use pak_model::Result;
use serde_json::json;

use super::Which;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, strong};
use crate::output::progress::{outcome_words, run_word};

/// Show how far a run came, step by step.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak deploy show\n  pak deploy show 0193a1 --json")]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    context.block_on(async {
        let (session, folder) = super::past(&args.which, context).await?;
        let plan = run::load_plan(&folder)?;
        let progress = history::Progress::of(&journal::read(&folder.journal())?.events);
        let outcome = progress.outcome.map_or("not finished", run_word);
        output.line(strong(&format!("{} to {}: {outcome}", plan.project, plan.environment)));
        output.line(format!("Run {}, plan {}", folder.id, plan.digest));
        let mut steps = Vec::new();
        for step in &plan.steps {
            let state = progress.step(&step.id);
            let (mark, word) = state.outcome.map_or((Mark::Working, "not finished"), outcome_words);
            let done = format!(
                "{} of {} uploads done, {} read back",
                state.uploads_done.len(),
                step.uploads.len(),
                state.verified.len()
            );
            output.line(format!("{} {} {} {}: {word} ({done})", output.mark(mark), step.id, step.name, step.version));
            if let Some(problem) = &state.problem {
                output.line(format!("  {} [{}]", problem.message, problem.code));
                output.line(format!("  Next: {}", problem.help));
            }
            steps.push(json!({
                "step": step.id, "name": step.name, "version": step.version, "outcome": state.outcome,
                "uploads": step.uploads.len(), "done": state.uploads_done, "verified": state.verified,
                "undone": state.undone, "problem": state.problem,
            }));
        }
        output.json(&json!({
            "run": folder.id, "project": session.project.name, "environment": session.environment,
            "plan": plan.digest, "outcome": progress.outcome, "steps": steps,
        }));
        Ok(Status::OK)
    })
}
