//! `pak deploy list`.

use std::sync::Arc;

use pak_deploy::{Nobody, history};
use pak_model::Result;
use serde_json::json;

use crate::commands::session::{self, Choice, Place, Stage};
use crate::context::Context;
use crate::exit::Status;
use crate::output::progress::run_word;
use crate::output::table;

/// List the runs of the project in an environment, latest first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak deploy list\n  pak deploy list --environment sandbox --json")]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    context.block_on(async {
        let session = session::open(&args.place, &Choice::default(), Stage::Offline, Arc::new(Nobody), context).await?;
        let mut runs = history::list(&session)?;
        runs.reverse();
        let rows = runs.iter().map(|run| {
            let outcome = match (&run.damaged, run.outcome) {
                (Some(damaged), _) => format!("damaged: {}", damaged.message),
                (None, Some(outcome)) => run_word(outcome).to_owned(),
                (None, None) => "not finished".to_owned(),
            };
            let started = run.started.map(|at| at.strftime("%F %T UTC").to_string()).unwrap_or_default();
            let plan = run.plan.as_deref().and_then(|plan| plan.get(..12)).unwrap_or_default().to_owned();
            [run.run.to_string(), started, plan, outcome]
        });
        if runs.is_empty() {
            output.line(format!("No runs of {} in {} yet.", session.project.name, session.environment));
        } else {
            output.line(table::render(["RUN", "STARTED", "PLAN", "OUTCOME"], rows));
        }
        output.json(&json!({ "project": session.project.name, "environment": session.environment, "runs": runs }));
        Ok(Status::OK)
    })
}
