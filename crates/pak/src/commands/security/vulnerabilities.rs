//! `pak security vulnerabilities`: what is known against the components of a folder or file.

use camino::Utf8PathBuf;
use jiff::Timestamp;
use pak_model::{Problem, Result, code};
use pak_platforms::http::{Client, Policy as HttpPolicy};
use pak_security::advisories::{self, Database};
use pak_security::inventory;
use pak_security::policy::Policy;
use pak_security::report::{Component, DatabaseStamp, Finding, Notice, Report, Target, TargetKind};
use url::Url;

use super::database::{Folder, allowed_days};
use super::output::{ReportOutput, settings, today};
use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;
use crate::os;

/// Look up the components of a folder or file in the advisories.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak security vulnerabilities\n  pak security vulnerabilities Cargo.lock --format json --output report.json\n  pak security vulnerabilities --online"
)]
pub(crate) struct Args {
    /// A folder, in which every known lock file is read, or one file. Default: this folder.
    path: Option<Utf8PathBuf>,
    /// Ask the imported advisories and no one else. This is the default.
    #[arg(long, conflicts_with = "online")]
    offline: bool,
    /// Ask the OSV service instead of the imported advisories: names and versions of all components go there.
    #[arg(long)]
    online: bool,
    /// The service to ask.
    #[arg(long, value_name = "URL", default_value = advisories::SERVICE, requires = "online")]
    endpoint: Url,
    #[command(flatten)]
    folder: Folder,
    /// A VEX document (OpenVEX or CycloneDX) whose statements settle findings.
    #[arg(long, value_name = "FILE")]
    vex: Vec<Utf8PathBuf>,
    /// The age in days from which the advisories count as old. Default: `[security.database]`, then 30.
    #[arg(long, value_name = "DAYS")]
    max_age: Option<u32>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    output: ReportOutput,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let path = context.path(args.path.as_deref());
    if !path.exists() {
        return Err(
            Problem::new(code::config::FILE_UNREADABLE, format!("There is nothing at {path}.")).about("file", path)
        );
    }
    let config = settings(&args.place, context)?;
    let mut statements = Vec::new();
    for file in &args.vex {
        statements.extend(advisories::statements(&context.path(Some(file)), file.as_str())?);
    }
    let (components, mut notices) = inventory::of_tree(&path);
    let name = args.path.as_ref().map_or(".", |path| path.as_str()).to_owned();
    let mut report = Report::new(Target { kind: TargetKind::Tree, name, version: None, sha256: None });
    let (database, (findings, more)) = if args.online {
        let client = Client::new(HttpPolicy::default(), os::fault_plan(&context.env));
        (None, context.block_on(advisories::online(&client, &args.endpoint, &components))?)
    } else {
        let days = allowed_days(args.max_age.or(config.database.max_age_days));
        offline(args, days, &components, context)?
    };
    notices.extend(more);
    (report.database, report.findings, report.notices) = (database, findings, notices);
    if args.output.wants_components() {
        report.components = components;
    }
    report.sort();
    args.output.finish(report, &Policy::new(&config, today())?.with_statements(statements), context)
}

type Found = (Option<DatabaseStamp>, (Vec<Finding>, Vec<Notice>));

fn offline(args: &Args, days: u32, components: &[Component], context: &Context) -> Result<Found> {
    let Some(database) = Database::open(&args.folder.path(context)?)? else {
        return Ok((None, (Vec::new(), vec![advisories::missing_notice()])));
    };
    let (findings, mut notices) = database.findings(components)?;
    notices.extend(advisories::age_notice(database.stamp(), days, Timestamp::now()));
    Ok((Some(database.stamp().clone()), (findings, notices)))
}
