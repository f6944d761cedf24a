//! `pak security baseline`: accepts the secrets that are there already, each with a reason, an owner and a last day.

use clap::Subcommand;
use jiff::civil::Date;
use pak_model::{Problem, Result, code};
use pak_security::secrets::baseline::Baseline;
use serde_json::json;

use super::output::today;
use super::secrets::What;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, count, faint};

/// Accept the secrets that are known, and see who accepted what, why and until when.
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:\n  pak security baseline create --reason \"keys of the test server\" --owner ann --until 2027-06-30\n  \
                  pak security baseline show\n  pak security baseline prune"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Accept everything that is found now and is not accepted yet.
    #[command(
        after_help = "Examples:\n  pak security baseline create --reason \"keys of the test server\" --owner ann"
    )]
    Create {
        #[command(flatten)]
        what: What,
        /// Why it is accepted.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Who answers for it.
        #[arg(long, value_name = "NAME")]
        owner: String,
        /// The last day it is accepted, as 2027-06-30. Default: for good.
        #[arg(long, value_name = "DAY")]
        until: Option<Date>,
    },
    /// Show what is accepted.
    #[command(after_help = "Examples:\n  pak security baseline show")]
    Show {
        #[command(flatten)]
        what: What,
    },
    /// Take out what is found no longer and what has run out.
    #[command(after_help = "Examples:\n  pak security baseline prune")]
    Prune {
        #[command(flatten)]
        what: What,
    },
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    match &args.verb {
        Verb::Create { what, reason, owner, until } => create(what, reason, owner, *until, context),
        Verb::Show { what } => show(what, context),
        Verb::Prune { what } => prune(what, context),
    }
}

fn create(what: &What, reason: &str, owner: &str, until: Option<Date>, context: &Context) -> Result<Status> {
    if reason.trim().is_empty() || owner.trim().is_empty() {
        return Err(Problem::new(code::config::USAGE, "A baseline needs a reason and an owner."));
    }
    let path = what.root(context)?;
    let file = what.baseline_path(&path, context);
    let mut baseline = if file.exists() { Baseline::read(&file)? } else { Baseline::default() };
    let (findings, _) = what.scan(&path)?;
    let added = baseline.accept(&findings, reason, owner, until);
    write(&file, &baseline)?;
    let output = &context.output;
    output.json(&json!({ "file": file, "added": added, "accepted": baseline.accepted }));
    output.line(format!(
        "{} {} accepted, {added} of them new: {file}",
        output.mark(Mark::Ok),
        count(baseline.accepted.len(), "finding")
    ));
    Ok(Status::OK)
}

fn show(what: &What, context: &Context) -> Result<Status> {
    let path = what.root(context)?;
    let baseline = what.read_baseline(&path, context)?.unwrap_or_default();
    let output = &context.output;
    output.json(&baseline);
    for entry in &baseline.accepted {
        let holds = entry.holds(today());
        let mark = output.mark(if holds { Mark::Ok } else { Mark::Warning });
        let until = entry.until.map(|until| format!(", until {until}")).unwrap_or_default();
        let expired = if holds { "" } else { " (past)" };
        let about = faint(&format!("{} ({}{until}{expired})", entry.reason, entry.owner));
        output.line(format!("{mark} {} {} {about}", entry.path, entry.rule));
    }
    output.line(faint(&format!("{} accepted", count(baseline.accepted.len(), "finding"))));
    Ok(Status::OK)
}

fn prune(what: &What, context: &Context) -> Result<Status> {
    let path = what.root(context)?;
    let file = what.baseline_path(&path, context);
    let mut baseline = Baseline::read(&file)?;
    let (findings, _) = what.scan(&path)?;
    let gone = baseline.prune(&findings, today());
    write(&file, &baseline)?;
    let output = &context.output;
    output.json(&json!({ "file": file, "removed": gone, "accepted": baseline.accepted }));
    for entry in &gone {
        output.line(format!("{} {} {}", output.mark(Mark::Warning), entry.path, entry.rule));
    }
    output.line(format!("{} {} taken out, {} left", output.mark(Mark::Ok), gone.len(), baseline.accepted.len()));
    Ok(Status::OK)
}

fn write(file: &camino::Utf8Path, baseline: &Baseline) -> Result<()> {
    std::fs::write(file, baseline.text()).map_err(|error| {
        Problem::new(code::config::FILE_UNWRITABLE, format!("{file} cannot be written."))
            .about("file", file)
            .cause(&error)
    })
}
