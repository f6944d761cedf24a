//! The checks behind `core status`, `core health` and `core doctor`. Each looks at one thing and says what it saw.

use std::time::{Duration, Instant};

use camino::Utf8Path;
use pak_model::{Problem, Result, code};
use pak_platforms::Platforms;
use serde::Serialize;
use serde_json::json;

use crate::context::Context;
use crate::exit::Status;
use crate::os;
use crate::output::human::{Mark, count, faint, time};

/// A check: its name and what it does. The sentence it gives back is what it saw.
type Check = (&'static str, fn(&Context) -> Result<String>);

const CHECKS: &[Check] = &[
    ("platforms", platforms),
    ("configuration", configuration),
    ("credentials", credentials),
    ("state", state),
    ("sandbox", sandbox),
];

/// What a check gave.
#[derive(Serialize)]
pub(super) struct Checked {
    name: &'static str,
    ok: bool,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip)]
    took: Duration,
}

/// Runs every check.
pub(super) fn run(context: &Context) -> Vec<Checked> {
    CHECKS
        .iter()
        .map(|(name, check)| {
            let begun = Instant::now();
            let (ok, message, next) = match check(context) {
                Ok(seen) => (true, seen, None),
                Err(problem) => (false, problem.message().to_owned(), Some(problem.advice().to_owned())),
            };
            Checked { name, ok, message, next, took: begun.elapsed() }
        })
        .collect()
}

/// Shows what was checked; the last line says how it is.
pub(super) fn show(checked: &[Checked], context: &Context, all: bool) -> Status {
    let output = &context.output;
    for check in checked {
        if !check.ok {
            output.line(format!("{} {}: {}", output.mark(Mark::Failed), check.name, check.message));
            output.line(format!("  Next: {}", check.next.as_deref().unwrap_or_default()));
        } else if all {
            let took = faint(&format!("({})", time(check.took)));
            output.line(format!("{} {}: {} {took}", output.mark(Mark::Ok), check.name, check.message));
        }
    }
    let failed = checked.iter().filter(|check| !check.ok).count();
    if failed == 0 {
        output.line(format!("{} All systems operational", output.mark(Mark::Ok)));
    } else {
        output.line(format!("{} failed of {}", count(failed, "check"), checked.len()));
    }
    output.json(&json!({ "operational": failed == 0, "checks": checked }));
    status(checked)
}

/// What the process ends with.
pub(super) fn status(checked: &[Checked]) -> Status {
    if checked.iter().all(|check| check.ok) { Status::OK } else { Status::from(code::Exit::Internal) }
}

fn platforms(_: &Context) -> Result<String> {
    let platforms = Platforms::built_in()?;
    if platforms.iter().len() == 0 {
        return Err(Problem::new(code::config::PLATFORM_UNKNOWN, "This pak was built without any platform."));
    }
    Ok(format!("{} ready", count(platforms.iter().len(), "platform")))
}

fn configuration(context: &Context) -> Result<String> {
    crate::commands::config::check(context)
}

fn credentials(context: &Context) -> Result<String> {
    let store = context.credentials()?;
    if os::others_can_read(store.path()) {
        return Err(Problem::new(code::config::FILE_UNREADABLE, format!("{} can be read by others.", store.path()))
            .next(format!("Run `chmod 600 {}`, then replace the credentials in it.", store.path())));
    }
    Ok(format!("{} stored", count(store.entries().len(), "credential")))
}

/// Writes, syncs and removes a file: a journal needs all three.
fn state(context: &Context) -> Result<String> {
    let folder = context.state_folder()?;
    probe(&folder).map_err(|error| {
        Problem::new(code::deploy::STATE_UNUSABLE, format!("{folder} cannot be written.")).cause(&error)
    })?;
    Ok(format!("{folder} is writable"))
}

fn probe(folder: &Utf8Path) -> std::io::Result<()> {
    use std::io::Write as _;
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(b"probe")?;
    file.as_file().sync_data()?;
    file.close()
}

/// The sandbox listens on loopback only: can that be done here?
fn sandbox(_: &Context) -> Result<String> {
    std::net::TcpListener::bind(("127.0.0.1", 0))
        .map_err(|error| Problem::new(code::sandbox::PORT_TAKEN, "Nothing can listen on 127.0.0.1.").cause(&error))?;
    Ok("embedded registries can be started".to_owned())
}
