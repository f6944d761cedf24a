//! `pak platform config`.

use std::sync::Arc;

use pak_deploy::Nobody;
use pak_model::Result;
use serde_json::json;

use crate::commands::session::{self, Choice, Place, Stage};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::strong;

/// Show how targets are set here: addresses, options, where the credential comes from. Nothing is asked of a registry.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak platform config\n  pak platform config npm --environment staging --json")]
pub(crate) struct Args {
    /// Platforms or targets. Default: every target of the environment.
    names: Vec<String>,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    context.block_on(async {
        let session =
            session::open(&args.place, &Choice::default(), Stage::ReadOnly, Arc::new(Nobody), context).await?;
        let targets = super::targets_of(&session, &args.names)?;
        let mut all = Vec::new();
        for target in &targets {
            let endpoint = &target.endpoint;
            let value = json!({
                "name": target.name,
                "platform": target.platform.definition().id,
                "environment": session.environment,
                "registry": endpoint.root,
                "upload": endpoint.upload,
                "index": endpoint.index,
                "repository": endpoint.repository,
                "credential": target.credential.as_ref().map(|found| found.origin.clone()),
                "tag": target.options.tag,
                "access": target.options.access,
                "tags": target.options.tags,
                "packages": target.config.packages,
            });
            output.line(strong(&target.name));
            for (name, value) in value.as_object().into_iter().flatten().skip(1) {
                let text = match value {
                    serde_json::Value::Null if name == "credential" => "none found".to_owned(),
                    serde_json::Value::Null => continue,
                    serde_json::Value::Array(list) if list.is_empty() => continue,
                    serde_json::Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                output.line(format!("  {:<13} {text}", format!("{name}:")));
            }
            all.push(value);
        }
        output.json(&json!({ "targets": all }));
        Ok(Status::OK)
    })
}
