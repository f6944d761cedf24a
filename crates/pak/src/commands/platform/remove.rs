//! `pak platform remove`.

use pak_model::{Problem, Result, code};
use pak_project::config::{self, PROJECT_FILE};
use serde_json::json;

use crate::commands::session::{self, Place};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;

/// Remove a target from an environment of pak.toml, or a platform of your own. Nothing that is published is touched.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak platform remove npm\n  pak platform remove mirror --environment staging\n  pak platform \
                  remove my-npm"
)]
pub(crate) struct Args {
    /// The target's name, or that of a platform of your own.
    name: String,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let (name, output) = (&args.name, &context.output);
    let environment = session::named_environment(&args.place, context)?;
    let file = session::root(&args.place, context).join(PROJECT_FILE);
    let target = config::unset(&file, &session::target_key(&environment, name, None))?;
    if target {
        output.line(format!("{} Removed {name} from environment {environment} in {file}", output.mark(Mark::Ok)));
    }
    // Read only now: without the target, the platform may be free to go.
    let settings = session::settings(&args.place, context)?;
    let key = session::key(&["platforms", name]);
    let is_own = settings.config.platforms.contains_key(name);
    let used = settings.config.environments.iter().find(|(environment, targets)| {
        let explicit = |target: &str| settings.is_set(&session::target_key(environment, target, None));
        targets.iter().any(|(target, config)| config.platform.as_deref().unwrap_or(target) == name && explicit(target))
    });
    let based = settings.config.platforms.iter().find(|(_, platform)| platform.from == *name);
    let in_use = match (used, based) {
        (Some((environment, _)), _) if is_own => Some(format!("environment `{environment}` releases to it")),
        (None, Some((other, _))) if is_own => Some(format!("platform `{other}` is made from it")),
        _ => None,
    };
    let platform = is_own && in_use.is_none() && config::unset(&file, &key)?;
    match (platform, in_use) {
        (true, _) => output.line(format!("{} Removed platform {name} in {file}", output.mark(Mark::Ok))),
        (false, Some(why)) if target => output.note(&format!("Platform {name} stays: {why}.")),
        (false, Some(why)) => {
            return Err(Problem::new(code::config::USAGE, format!("Platform `{name}` is in use: {why}."))
                .next("Remove that first; `--environment` names another environment."));
        }
        (false, None) if !target => {
            return Err(Problem::new(
                code::config::TARGET_UNKNOWN,
                format!("{file} has no target `{name}` in environment `{environment}`."),
            ));
        }
        (false, None) => {}
    }
    output.json(&json!({ "target": target.then_some(name), "platform": platform.then_some(name), "environment": environment, "file": file }));
    Ok(Status::OK)
}
