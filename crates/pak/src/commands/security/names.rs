//! `pak security names`: whether somebody has a name that can be taken for one of the project's.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use pak_deploy::{Nobody, Session, Target, targets};
use pak_model::package::Ecosystem;
use pak_model::problem::Report;
use pak_model::{Problem, Result};
use pak_security::names::{Likeness, look_alikes};
use serde::Serialize;
use serde_json::json;

use crate::commands::session::{self, Choice, Place, Stage};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{count, faint};
use crate::output::table;

/// Questions to one registry at the same time.
const PARALLEL: usize = 4;
/// Registries that fail this often are not asked on.
const MOST_FAILURES: usize = 3;

/// Ask the project's registries which names exist that can be taken for its own.
///
/// Reads only, without credentials, and at most sixty questions for each name and registry. A name that exists is no proof of
/// anything bad: look at who publishes it. The project's own names are asked for too: one that is missing can be claimed by
/// somebody else, and then installed in its place.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak security names\n  pak security names greeter --platform npm --json")]
pub(crate) struct Args {
    /// Names to look for. Default: those of the project's packages.
    names: Vec<String>,
    /// Only these platforms or targets, separated by commas. Default: all of the environment.
    #[arg(long = "platform", short = 'p', value_name = "NAMES", value_delimiter = ',')]
    platforms: Vec<String>,
    #[command(flatten)]
    place: Place,
}

/// What was found in one registry for one name.
#[derive(Serialize)]
struct Answer {
    name: String,
    target: String,
    /// How many versions of the name itself are there.
    versions: usize,
    look_alikes: Vec<Found>,
    asked: usize,
    error: Option<Report>,
    #[serde(skip)]
    problem: Option<Problem>,
}

#[derive(Serialize)]
struct Found {
    name: String,
    likeness: &'static str,
    versions: usize,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    context.block_on(async {
        let choice = Choice { platforms: args.platforms.clone(), ..Choice::default() };
        let session = session::open(&args.place, &choice, Stage::ReadOnly, Arc::new(Nobody), context).await?;
        session::interruptible(&session, context);
        let mut answers = Vec::new();
        for target in targets::resolve(&session)? {
            for (name, ecosystem) in names(args, &session, &target) {
                answers.push(ask(&target, &session, name, ecosystem).await);
            }
        }
        show(&answers, context);
        context.output.json(&json!({ "names": answers }));
        let worst =
            answers.iter().filter_map(|answer| answer.problem.as_ref()).map(|problem| problem.code().exit).max();
        Ok(worst.map_or(Status::OK, Status::from))
    })
}

/// The names to ask a target for, with their ecosystems as OSV names them.
fn names(args: &Args, session: &Session, target: &Target) -> Vec<(String, &'static str)> {
    let takes = &target.platform.definition().ecosystems;
    if !args.names.is_empty() {
        let ecosystem = takes.first().map_or("", |ecosystem| osv(*ecosystem));
        return args.names.iter().map(|name| (name.clone(), ecosystem)).collect();
    }
    let packages = session.project.packages.iter().filter(|package| takes.contains(&package.ecosystem));
    packages.map(|package| (package.name.clone(), osv(package.ecosystem))).collect()
}

fn osv(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Npm => "npm",
        Ecosystem::Python => "PyPI",
        Ecosystem::Cargo => "crates",
        Ecosystem::Maven => "Maven",
        Ecosystem::Oci | Ecosystem::Generic => "",
    }
}

/// Asks one registry for a name and those that look like it.
async fn ask(target: &Target, session: &Session, name: String, ecosystem: &'static str) -> Answer {
    let call = target.call(session).with_credential(None);
    let lookup = target.platform.lookup();
    let mut answer = Answer {
        name,
        target: target.name.clone(),
        versions: 0,
        look_alikes: Vec::new(),
        asked: 1,
        error: None,
        problem: None,
    };
    match lookup.versions(&call, &answer.name).await {
        Ok(versions) => answer.versions = versions.len(),
        Err(problem) => {
            answer.error = Some(problem.report());
            answer.problem = Some(problem);
            return answer;
        }
    }
    let candidates = look_alikes(&answer.name, ecosystem);
    let mut replies = stream::iter(candidates.into_iter().map(|one| {
        let call = &call;
        async move {
            let versions = lookup.versions(call, &one.name).await;
            (one, versions)
        }
    }))
    .buffered(PARALLEL);
    let mut failures = 0;
    while let Some((one, versions)) = replies.next().await {
        answer.asked += 1;
        match versions {
            Ok(versions) if !versions.is_empty() => answer.look_alikes.push(Found {
                name: one.name,
                likeness: Likeness::words(one.likeness),
                versions: versions.len(),
            }),
            Ok(_) => {}
            // Some names a registry refuses to look up at all; a registry that is down refuses all.
            Err(problem) => {
                failures += 1;
                if failures >= MOST_FAILURES
                    && answer.problem.is_none()
                    && problem.code().exit != pak_model::code::Exit::Usage
                {
                    answer.error = Some(problem.report());
                    answer.problem = Some(problem);
                    break;
                }
            }
        }
    }
    drop(replies);
    answer
}

fn show(answers: &[Answer], context: &Context) {
    let output = &context.output;
    if answers.is_empty() {
        output.line("No names: nothing publishable was found here. Name one.");
    }
    for answer in answers {
        let own = match answer.versions {
            0 => "not there: anybody could claim it".to_owned(),
            versions => format!("there with {}", count(versions, "version")),
        };
        output.line(format!("{} on {}: {own}", answer.name, answer.target));
        if let Some(problem) = &answer.problem {
            output.line(format!("  {}", problem.message()));
        }
        if answer.look_alikes.is_empty() {
            output.line(faint(&format!("  {} asked for, no look-alike exists", count(answer.asked, "name"))));
            continue;
        }
        let rows = answer
            .look_alikes
            .iter()
            .map(|found| [found.name.clone(), found.likeness.to_owned(), count(found.versions, "version")]);
        output.line(table::render(["NAME", "HOW", "PUBLISHED"], rows));
    }
}
