//! `pak deploy resume` and `pak deploy retry`.

use std::sync::Arc;

use pak_deploy::{history, run};
use pak_model::Result;

use super::{Which, start};
use crate::commands::session::{self, Choice, Stage};
use crate::context::Context;
use crate::exit::Status;
use crate::output::Reporter;
use crate::output::human::Mark;

/// Continue an unfinished run: what is published is found by digest, the rest is sent.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak deploy resume\n  pak deploy retry 0193a1 --otp 123456")]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
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
        session::interruptible(&session, context);
        let folder = match &args.which.run {
            Some(id) => history::find(&session, Some(id))?,
            None => history::unfinished(&session)?,
        };
        let plan = run::load_plan(&folder)?;
        let targets = start::targets(&plan, &session.platforms);
        output.line(format!("{} Deploying to {}...", output.mark(Mark::Package), targets.join(", ")));
        reporter.begin(&plan);
        let report = run::resume(&session, &folder).await;
        reporter.end();
        start::finish(&report?, output)
    })
}
