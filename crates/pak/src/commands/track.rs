//! `pak track`: download counts, as far as registries tell them.

use std::sync::Arc;

use pak_deploy::{Nobody, Target};
use pak_model::{Package, Result};
use pak_platforms::Downloads;
use serde::Serialize;

use super::session::{self, Choice, Place, Stage};
use crate::context::Context;
use crate::exit::Status;
use crate::output::table;

/// Show how often the project's packages were downloaded, as the registries count it. Nothing is stored, nothing is estimated.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak track\n  pak track --platform npm --json")]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    choice: Choice,
}

/// One package of one target.
#[derive(Serialize)]
struct Row {
    target: String,
    package: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    downloads: Option<Downloads>,
    /// Why there is no count, where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    context.block_on(async {
        let session = session::open(&args.place, &args.choice, Stage::ReadOnly, Arc::new(Nobody), context).await?;
        let targets = pak_deploy::targets::resolve(&session)?;
        let draft = pak_deploy::plan::draw(&session, &targets)?;
        let mut rows = Vec::new();
        for step in &draft.steps {
            let target = targets.iter().find(|target| target.name == step.target);
            let package = draft.packages.iter().find(|package| package.id == step.package);
            let (Some(target), Some(package)) = (target, package) else { continue };
            let name = name(target, package);
            let (downloads, why) = match target.platform.stats() {
                None => (None, Some("the registry counts no downloads".to_owned())),
                Some(stats) => match stats.downloads(&target.call(&session), &name).await {
                    Ok(downloads) if is_counted(&downloads) => (Some(downloads), None),
                    Ok(nothing) => (None, Some(nothing.source)),
                    Err(problem) => (None, Some(problem.message().to_owned())),
                },
            };
            rows.push(Row { target: target.name.clone(), package: name, downloads, why });
        }
        let shown = rows.iter().map(cells);
        context.output.line(table::render(["TARGET", "PACKAGE", "DAY", "WEEK", "MONTH", "ALL", "COUNTED BY"], shown));
        context.output.json(&rows);
        Ok(Status::OK)
    })
}

fn is_counted(downloads: &Downloads) -> bool {
    [downloads.total, downloads.last_day, downloads.last_week, downloads.last_month].iter().any(Option::is_some)
}

/// The name in the registry: images go to the target's repository.
fn name(target: &Target, package: &Package) -> String {
    target.config.repository.clone().unwrap_or_else(|| package.name.clone())
}

fn cells(row: &Row) -> [String; 7] {
    let count = |of: fn(&Downloads) -> Option<u64>| {
        row.downloads.as_ref().and_then(of).map_or_else(|| "-".to_owned(), |count| count.to_string())
    };
    let source = row.downloads.as_ref().map(|downloads| downloads.source.clone());
    [
        row.target.clone(),
        row.package.clone(),
        count(|downloads| downloads.last_day),
        count(|downloads| downloads.last_week),
        count(|downloads| downloads.last_month),
        count(|downloads| downloads.total),
        source.or_else(|| row.why.clone()).unwrap_or_default(),
    ]
}
