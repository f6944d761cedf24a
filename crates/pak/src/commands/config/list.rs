//! `pak config list`, `pak core config`.

use pak_model::Result;
use serde_json::json;

use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;
use crate::output::table;

/// List every setting that counts here, with the place it is from. Credentials are shown as set, never with their value.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:\n  pak config list\n  pak config list --json")]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let loaded = super::load(&args.place, context)?;
    let mut values = Vec::new();
    for table in ["project", "packages", "environments"] {
        values.extend(loaded.explain(table)?);
    }
    for key in pak_project::config::CONF_KEYS {
        values.extend(loaded.explain(key)?);
    }
    values.retain(|value| value.effective);
    let rows = values.iter().map(|value| [value.key.clone(), value.value.clone(), value.origin.clone()]);
    context.output.line(table::render(["KEY", "VALUE", "FROM"], rows));
    for name in &loaded.unused_variables {
        context.output.note(&format!("{name} is set, and no target here has that name."));
    }
    context.output.json(&json!({ "files": loaded.files, "settings": values }));
    Ok(Status::OK)
}
