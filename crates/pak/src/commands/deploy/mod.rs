//! `pak deploy`: carries a plan out; its verbs look at runs, continue them and take them back.

mod cancel;
mod list;
mod logs;
mod replay;
mod resume;
mod rollback;
mod show;
pub(crate) mod start;
pub(crate) mod verify;
mod watch;

use clap::Subcommand;
use pak_deploy::state::RunFolder;
use pak_deploy::{Nobody, Session, history};
use pak_model::Result;
use std::sync::Arc;

use super::session::{self, Choice, Place, Stage};
use crate::context::Context;
use crate::exit::Status;

/// Release the project: settle the plan, carry it out, read everything back.
///
/// On a terminal you are asked once before anything is sent (`--yes` answers). Without a terminal nothing is asked.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  pak deploy\n  pak deploy --environment staging --platform npm,pypi\n  pak deploy --plan 3f2a9c0d1b7e \
                  --yes\n  pak deploy --dry-run\n  pak deploy --remote --push\n  pak deploy resume"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    start: start::Start,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::Args),
    Show(show::Args),
    Logs(logs::Args),
    Watch(watch::Args),
    #[command(visible_alias = "retry")]
    Resume(resume::Args),
    Cancel(cancel::Args),
    Verify(verify::Args),
    Rollback(rollback::Args),
    Replay(replay::Args),
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    match args.verb {
        None => start::run(&args.start, context),
        Some(Verb::List(args)) => list::run(&args, context),
        Some(Verb::Show(args)) => show::run(&args, context),
        Some(Verb::Logs(args)) => logs::run(&args, context),
        Some(Verb::Watch(args)) => watch::run(&args, context),
        Some(Verb::Resume(args)) => resume::run(&args, context),
        Some(Verb::Cancel(args)) => cancel::run(&args, context),
        Some(Verb::Verify(args)) => verify::run(&args, context),
        Some(Verb::Rollback(args)) => rollback::run(&args, context),
        Some(Verb::Replay(args)) => replay::run(&args, context),
    }
}

/// Which run.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Which {
    /// The run's id, or the beginning of it. Default: the latest.
    run: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// The session of a command that reads journals alone, and the run it is about.
async fn past(which: &Which, context: &Context) -> Result<(Session, RunFolder)> {
    let session = session::open(&which.place, &Choice::default(), Stage::Offline, Arc::new(Nobody), context).await?;
    let run = history::find(&session, which.run.as_deref())?;
    Ok((session, run))
}
