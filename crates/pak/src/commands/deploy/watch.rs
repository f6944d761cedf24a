//! `pak deploy watch`.

use std::time::Duration;

use pak_deploy::journal::{self, RunLock};
use pak_deploy::{Sink as _, run};
use pak_model::event::{Body, Fact};
use pak_model::{Problem, Result, code};

use super::Which;
use crate::context::Context;
use crate::exit::Status;
use crate::output::Reporter;
use crate::output::progress::run_word;

/// Follow a run that is at work in another process, until it ends.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak deploy watch\n  pak deploy watch --environment staging --json")]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    context.block_on(async {
        let (session, folder) = super::past(&args.which, context).await?;
        let reporter = Reporter::new(output.clone());
        reporter.begin(&run::load_plan(&folder)?);
        let mut seen = 0;
        loop {
            // Asked before reading: a run that ends in between has written its last fact by the time it is read.
            let is_at_work = RunLock::take(&session.folder()?, "pak deploy watch").is_err();
            let events = journal::read(&folder.journal())?.events;
            let mut outcome = None;
            for event in events.iter().filter(|event| event.seq > seen) {
                reporter.event(event);
            }
            if let Some(last) = events.last() {
                seen = last.seq;
                if let Body::Fact(Fact::RunFinished { outcome: end }) = &last.body {
                    outcome = Some(*end);
                }
            }
            match outcome {
                Some(outcome) if !is_at_work => {
                    reporter.end();
                    output.line(format!("Run {}: {}", folder.id, run_word(outcome)));
                    return Ok(Status::OK);
                }
                None if !is_at_work => {
                    reporter.end();
                    return Err(Problem::new(
                        code::deploy::NOT_RUNNING,
                        format!("Run {} is not finished, and no process is at work on it.", folder.id),
                    )
                    .about("run", folder.id)
                    .next("Run `pak deploy resume` to continue it."));
                }
                _ => tokio::time::sleep(Duration::from_millis(250)).await,
            }
        }
    })
}
