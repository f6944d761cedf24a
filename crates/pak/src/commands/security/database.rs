//! `pak security database`: the advisories that scans ask without the network.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Subcommand;
use jiff::Timestamp;
use pak_model::Result;
use pak_security::advisories::{self, Database, Imported};
use serde_json::json;

use super::output::settings;
use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, count, faint};
use crate::output::table;

/// Import advisories, show what is there, remove it.
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:\n  pak security database import npm-all.zip PyPI-all.zip\n  pak security database status"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Import(Import),
    Status(Show),
    Remove(Remove),
}

/// Which database.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Folder {
    /// The database's folder. Default: `advisories` in `PAK_DATA_DIR`.
    #[arg(long, value_name = "DIR")]
    database: Option<Utf8PathBuf>,
}

/// Import advisories in OSV's form. Imports add up; the newest record of each id counts.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak security database import npm-all.zip\n  pak security database import advisories/ more.jsonl.gz"
)]
struct Import {
    /// Zips, folders, JSON, JSON lines or YAML, also compressed by gzip: an ecosystem's all.zip, or a checkout of a database.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<Utf8PathBuf>,
    #[command(flatten)]
    folder: Folder,
}

/// Show which advisories there are, and how old they are.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak security database status\n  pak security database status --json")]
struct Show {
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    place: Place,
}

/// Remove the advisories.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak security database remove")]
struct Remove {
    #[command(flatten)]
    folder: Folder,
}

impl Folder {
    pub(crate) fn path(&self, context: &Context) -> Result<Utf8PathBuf> {
        match &self.database {
            Some(folder) => Ok(context.path(Some(folder))),
            None => Ok(context.data_folder()?.join(advisories::FOLDER)),
        }
    }
}

/// The age that the settings or pak allow.
pub(crate) fn allowed_days(configured: Option<u32>) -> u32 {
    configured.unwrap_or(advisories::OLD_AFTER_DAYS)
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    match &args.verb {
        Verb::Import(args) => import(args, context),
        Verb::Status(args) => show(args, context),
        Verb::Remove(args) => remove(args, context),
    }
}

fn import(args: &Import, context: &Context) -> Result<Status> {
    let folder = args.folder.path(context)?;
    let mut documents = Vec::new();
    for file in &args.files {
        let imported = advisories::import(&context.path(Some(file)), &folder)?;
        tell(file, &imported, context);
        documents.push(json!({ "file": file, "imported": imported }));
    }
    context.output.json(&documents);
    Ok(Status::OK)
}

fn tell(file: &Utf8Path, imported: &Imported, context: &Context) {
    let output = &context.output;
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    output.line(format!(
        "{} {file}: {} new, {} replaced, {} not newer; {} in all",
        output.mark(Mark::Ok),
        count(number(imported.added), "advisory record"),
        imported.replaced,
        imported.older,
        imported.database.records
    ));
    let notes = [
        (imported.withdrawn, "withdrawn"),
        (imported.without_package, "about no package of an ecosystem"),
        (imported.not_osv, "not in OSV's form, passed over"),
        (imported.too_large, "too large, left out or cut"),
    ];
    for (found, what) in notes.into_iter().filter(|(found, _)| *found > 0) {
        output.line(faint(&format!("  {found} {what}")));
    }
}

fn show(args: &Show, context: &Context) -> Result<Status> {
    let output = &context.output;
    let folder = args.folder.path(context)?;
    let Some(database) = Database::open(&folder)? else {
        output.json(&json!({ "folder": folder, "database": null }));
        output.line(format!("{} No advisories in {folder}", output.mark(Mark::Warning)));
        output.line(faint("Import some: pak security database import FILE"));
        return Ok(Status::OK);
    };
    database.check()?;
    let (stamp, ecosystems) = (database.stamp(), database.ecosystems());
    let allowed = allowed_days(settings(&args.place, context)?.database.max_age_days);
    let old = advisories::age_notice(stamp, allowed, Timestamp::now());
    output.json(&json!({ "folder": folder, "database": stamp, "ecosystems": ecosystems, "old": old.is_some() }));
    let rows = ecosystems.iter().map(|ecosystem| {
        [ecosystem.ecosystem.clone(), ecosystem.entries.to_string(), ecosystem.newest.strftime("%Y-%m-%d").to_string()]
    });
    output.line(table::render(["ECOSYSTEM", "ADVISORIES", "NEWEST"], rows));
    let mark = if old.is_some() { Mark::Warning } else { Mark::Ok };
    output.line(format!(
        "{} {} records, the newest of {}",
        output.mark(mark),
        stamp.records,
        stamp.newest.strftime("%Y-%m-%d")
    ));
    if let Some(notice) = &old {
        output.line(faint(&format!("{} {}", notice.message, notice.remedy)));
    }
    output.line(faint(&format!("{folder}, sha256 {}", stamp.sha256.as_deref().unwrap_or_default())));
    Ok(Status::OK)
}

fn remove(args: &Remove, context: &Context) -> Result<Status> {
    let folder = args.folder.path(context)?;
    let removed = advisories::remove(&folder)?;
    context.output.json(&json!({ "folder": folder, "removed": removed }));
    let text = if removed { "The advisories were removed from" } else { "There were no advisories in" };
    context.output.line(format!("{} {text} {folder}", context.output.mark(Mark::Ok)));
    Ok(Status::OK)
}
