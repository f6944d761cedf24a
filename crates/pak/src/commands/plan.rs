//! `pak plan`: PLAN, shown. Nothing is sent.

use std::sync::Arc;

use camino::Utf8PathBuf;
use pak_model::Result;
use pak_model::code::Exit;

use super::session::{self, Choice, Place, Stage};
use crate::context::Context;
use crate::exit::Status;
use crate::output::{Reporter, plan as shown};

/// Show what a deployment would do: build, ask the registries, settle every step. Nothing is sent.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  pak plan\n  pak plan --environment staging --platform npm,pypi\n  pak plan --json > plan.json"
)]
pub(crate) struct Args {
    /// The project's folder. Default: this one.
    #[arg(conflicts_with = "project")]
    pub(crate) path: Option<Utf8PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) choice: Choice,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let mut place = args.place.clone();
    place.project = args.path.clone().or(place.project);
    show(&place, &args.choice, None, context)
}

/// Settles and shows a plan; with `approved`, only that one.
pub(crate) fn show(place: &Place, choice: &Choice, approved: Option<&str>, context: &Context) -> Result<Status> {
    let output = &context.output;
    context.block_on(async {
        // Under --json the plan is the whole result: stages would be a second kind of document.
        let sink: Arc<dyn pak_deploy::Sink> =
            if output.is_json() { Arc::new(pak_deploy::Nobody) } else { Arc::new(Reporter::new(output.clone())) };
        let session = session::open(place, choice, Stage::ReadOnly, sink, context).await?;
        session::interruptible(&session, context);
        let (_keep, folder) = session::scratch()?;
        let prepared = pak_deploy::plan::prepare(&session, &folder).await?;
        if let Some(approved) = approved {
            pak_deploy::run::check_approved(&prepared.plan, Some(approved))?;
        }
        output.line(shown::render(&prepared.plan, output));
        output.json(&prepared.plan);
        match prepared.blocked() {
            None => Ok(Status::OK),
            Some(_) if output.is_json() => Ok(Status::from(Exit::Findings)),
            Some(problem) => Err(problem),
        }
    })
}
