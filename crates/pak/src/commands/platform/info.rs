//! `pak platform info`.

use pak_model::Result;
use pak_platforms::Definition;
use serde_json::{Value, json};

use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{bytes, strong};

/// Show one platform: addresses, credentials, limits, what can be taken back, the ecosystem's own commands.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak platform info npm\n  pak platform info npm --json")]
pub(crate) struct Args {
    /// The platform's name or alias.
    name: String,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let platform = super::find(&args.name)?;
    let definition = platform.definition();
    let endpoint = definition.default_endpoint()?;
    let output = &context.output;
    output.line(strong(&format!("{} ({})", definition.title, definition.id)));
    let row = |name: &str, value: &str| {
        if !value.is_empty() {
            output.line(format!("  {:<12} {value}", format!("{name}:")));
        }
    };
    row("type", &definition.kind);
    row("aliases", &definition.aliases.join(", "));
    row("registry", endpoint.root.as_str());
    row("uploads", endpoint.upload.as_ref().map_or("", |url| url.as_str()));
    row("index", endpoint.index.as_ref().map_or("", |url| url.as_str()));
    row("largest file", &definition.max_bytes.map(bytes).unwrap_or_default());
    row("undo", &format!("{}: {}", definition.undo.how.label(), definition.undo.note));
    row("variables", &variables(definition).join(", "));
    row("files", &definition.token_files.join(", "));
    row("tokens", definition.token_page.as_deref().unwrap_or_default());
    row("docs", &definition.docs);
    output.line("  The ecosystem's own commands (pak needs none of them):");
    row("  publish", &definition.commands.publish);
    row("  info", &definition.commands.info);
    output.json(&card(definition)?);
    Ok(Status::OK)
}

/// The platform as JSON: the shape that the web API gives too.
pub(super) fn card(definition: &Definition) -> Result<Value> {
    let endpoint = definition.default_endpoint()?;
    Ok(json!({
        "name": definition.id,
        "type": definition.kind,
        "registry": endpoint.root,
        "api": endpoint.upload.as_ref().unwrap_or(&endpoint.root),
        "commands": definition.commands,
        "title": definition.title,
        "aliases": definition.aliases,
        "ecosystems": definition.ecosystems,
        "index": endpoint.index,
        "credentials": { "variables": variables(definition), "files": definition.token_files,
                         "page": definition.token_page },
        "version_scheme": definition.version_scheme,
        "max_bytes": definition.max_bytes,
        "undo": definition.undo,
        "docs": definition.docs,
        "proof": definition.proof,
    }))
}

/// Variables that hold a credential: pak's own, then the ecosystem's.
fn variables(definition: &Definition) -> Vec<String> {
    std::iter::once(pak_deploy::credentials::variable(&definition.id, "TOKEN"))
        .chain(
            [&definition.token_env, &definition.username_env, &definition.password_env].into_iter().flatten().cloned(),
        )
        .collect()
}
