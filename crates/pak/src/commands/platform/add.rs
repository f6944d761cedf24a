//! `pak platform add`.

use pak_model::{Problem, Result, code};
use pak_platforms::endpoint::parse_url;
use pak_project::config::{self, Layer, PROJECT_FILE};
use serde_json::json;

use crate::commands::session::{self, Place};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;

/// Add a target to an environment of pak.toml. The rest of the file stays as it is.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak platform add npm\n  pak platform add mirror --as docker --registry https://registry.example.org \
                  --environment staging"
)]
pub(crate) struct Args {
    /// The target's name: a platform, or a name of your own with --as.
    name: String,
    /// The platform, where the target's name is not one.
    #[arg(long = "as", value_name = "PLATFORM")]
    platform: Option<String>,
    /// The registry's root URL. Default: the platform's public registry.
    #[arg(long)]
    registry: Option<String>,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let platforms = session::platforms(&args.place, context)?;
    let platform = platforms.named(args.platform.as_deref().unwrap_or(&args.name)).map_err(|problem| {
        if args.platform.is_none() {
            problem.next("Name its platform with --as; `pak platform list` shows them.")
        } else {
            problem
        }
    })?;
    if let Some(registry) = &args.registry {
        parse_url(registry)?;
    }
    let root = session::root(&args.place, context);
    let environment = session::named_environment(&args.place, context)?;
    let file = root.join(PROJECT_FILE);
    let loaded = session::settings(&args.place, context)?;
    let key = session::target_key(&environment, &args.name, None);
    if loaded.explain(&key)?.iter().any(|value| value.layer == Layer::Project) {
        return Err(Problem::new(
            code::config::USAGE,
            format!("Environment `{environment}` has a target `{}` already.", args.name),
        )
        .next(format!(
            "Change it with `pak config set {} <value>`.",
            session::target_key(&environment, &args.name, Some("<key>"))
        )));
    }
    let id = &platform.definition().id;
    config::set(&file, &session::target_key(&environment, &args.name, Some("platform")), id)?;
    if let Some(registry) = &args.registry {
        config::set(&file, &session::target_key(&environment, &args.name, Some("registry")), registry)?;
    }
    let output = &context.output;
    output.line(format!("{} Added {} to environment {environment} in {file}", output.mark(Mark::Ok), args.name));
    output.json(&json!({ "target": args.name, "platform": id, "environment": environment, "file": file }));
    Ok(Status::OK)
}
