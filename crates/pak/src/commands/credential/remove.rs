//! `pak credential remove`.

use pak_model::{Problem, Result, code};
use pak_platforms::Endpoint;
use serde_json::json;

use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, count};

/// Remove stored credentials. Revoke the token at the registry too if it may be known to others.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak credential remove npm\n  pak credential remove --all")]
pub(crate) struct Args {
    /// The target.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    target: Option<String>,
    /// Only the credential for this registry.
    #[arg(long, requires = "target")]
    registry: Option<String>,
    /// Remove every stored credential.
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let mut store = context.credentials()?;
    let origin = match &args.registry {
        Some(registry) => Some(Endpoint::parse(registry)?.root.origin().ascii_serialization()),
        None => None,
    };
    let targets: std::collections::BTreeSet<String> = match &args.target {
        Some(target) => std::iter::once(target.clone()).collect(),
        None => store.entries().iter().map(|entry| entry.target.clone()).collect(),
    };
    let removed: usize = targets.iter().map(|target| store.remove(target, origin.as_deref())).sum();
    if removed == 0
        && let Some(target) = &args.target
    {
        return Err(Problem::new(code::config::CREDENTIAL_MISSING, format!("No credential of {target} is stored."))
            .next("`pak credential list` shows what is stored."));
    }
    if removed > 0 {
        store.save()?;
    }
    let output = &context.output;
    output.line(format!("{} Removed {}", output.mark(Mark::Ok), count(removed, "credential")));
    output.json(&json!({ "removed": removed, "file": store.path() }));
    Ok(Status::OK)
}
