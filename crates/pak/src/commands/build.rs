//! `pak build`: BUILD, by itself.

use std::sync::Arc;

use camino::Utf8PathBuf;
use pak_deploy::{plan, steps, targets};
use pak_model::{Problem, Result, code};
use serde_json::json;

use super::session::{self, Choice, Place, Stage};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, bytes, count};
use crate::output::{Reporter, table};

/// Build every artifact of an environment, as a deployment would, and keep them. Nothing is sent.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak build\n  pak build --out /tmp/artifacts --platform npm")]
pub(crate) struct Args {
    /// The project's folder. Default: this one.
    #[arg(conflicts_with = "project")]
    path: Option<Utf8PathBuf>,
    /// The folder for the artifacts. Default: `builds/<project>` in the state folder.
    #[arg(long, short)]
    out: Option<Utf8PathBuf>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    choice: Choice,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let mut place = args.place.clone();
    place.project = args.path.clone().or(place.project);
    let output = &context.output;
    context.block_on(async {
        let sink: Arc<dyn pak_deploy::Sink> =
            if output.is_json() { Arc::new(pak_deploy::Nobody) } else { Arc::new(Reporter::new(output.clone())) };
        let session = session::open(&place, &args.choice, Stage::ReadOnly, sink, context).await?;
        let folder = match &args.out {
            Some(out) => context.path(Some(out)),
            None => session.state.root().join("builds").join(&session.project.name),
        };
        if folder.starts_with(&session.project.root) {
            return Err(Problem::new(code::config::USAGE, format!("{folder} is inside the project."))
                .about("folder", &folder)
                .next("Give a folder elsewhere: what is built must not become a part of what is built next."));
        }
        let targets = targets::resolve(&session)?;
        let draft = plan::draw(&session, &targets)?;
        let built = steps::build::run(&session, &draft, &folder).await?;
        let artifacts: Vec<_> = built.artifacts().collect();
        let rows = artifacts.iter().map(|artifact| {
            [artifact.package.clone(), bytes(artifact.size), artifact.digests.label(), artifact.path.to_string()]
        });
        output.line(table::render(["PACKAGE", "SIZE", "DIGEST", "FILE"], rows));
        output.line(format!("{} Built {}", output.mark(Mark::Ok), count(artifacts.len(), "artifact")));
        output.json(&json!({ "folder": folder, "artifacts": artifacts }));
        Ok(Status::OK)
    })
}
