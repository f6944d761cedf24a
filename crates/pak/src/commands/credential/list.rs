//! `pak credential list`.

use pak_model::{Credential, Result};
use serde_json::json;

use crate::context::Context;
use crate::exit::Status;
use crate::output::table;

/// List what is stored, without the secrets.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak credential list\n  pak credential list --json")]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, context: &Context) -> Result<Status> {
    let store = context.credentials()?;
    let rows: Vec<[String; 3]> = store
        .entries()
        .iter()
        .map(|entry| {
            let what = match &entry.credential {
                Credential::Token(_) => "token".to_owned(),
                Credential::Basic { user, .. } => format!("password of {user}"),
            };
            [entry.target.clone(), what, entry.origins.iter().cloned().collect::<Vec<_>>().join(" ")]
        })
        .collect();
    if context.output.is_json() {
        let entries: Vec<_> = rows
            .iter()
            .zip(store.entries())
            .map(|([target, what, _], entry)| json!({ "target": target, "kind": what, "origins": entry.origins }))
            .collect();
        context.output.json(&json!({ "file": store.path(), "credentials": entries }));
    } else if rows.is_empty() {
        context.output.line("No credentials stored. `pak credential add <target>` stores one.");
    } else {
        context.output.line(table::render(["TARGET", "WHAT", "SHOWN TO"], rows));
    }
    Ok(Status::OK)
}
