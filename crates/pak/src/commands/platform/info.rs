//! `pak platform info`.

use pak_model::Result;
use pak_platforms::Definition;
use serde_json::{Value, json};

use crate::commands::session::{self, Place};
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
    let platform = session::platforms(&Place::default(), context)?.named(&args.name)?;
    let definition = platform.definition();
    let shown = |form: &Option<String>| form.as_deref().map(|form| definition.shown(form)).unwrap_or_default();
    let output = &context.output;
    output.line(strong(&format!("{} ({})", definition.title, definition.id)));
    let row = |name: &str, value: &str| {
        if !value.is_empty() {
            output.line(format!("  {:<12} {value}", format!("{name}:")));
        }
    };
    row("type", &definition.kind);
    row("aliases", &definition.aliases.join(", "));
    row("like", definition.from.as_deref().unwrap_or_default());
    row("registry", &definition.shown_root());
    row("uploads", &shown(&definition.upload));
    row("index", &shown(&definition.index));
    row("images in", &shown(&definition.repository));
    row("largest file", &definition.max_bytes.map(bytes).unwrap_or_default());
    row("undo", &format!("{}: {}", definition.undo.how.label(), definition.undo.note));
    row("variables", &variables(definition).join(", "));
    row("credential", &String::from(definition.quirks.auth.clone()).replace("auto", ""));
    row("files", &definition.token_files.join(", "));
    row("tokens", &shown(&definition.token_page));
    row("docs", &definition.shown(&definition.docs));
    for (name, parameter) in &definition.parameters {
        let from = match (&parameter.default, parameter.env.as_slice()) {
            (None, []) => String::new(),
            (Some(default), []) => format!(" Default: {default}."),
            (None, names) => format!(" In CI: {}.", names.join(", ")),
            (Some(default), names) => format!(" In CI: {}; else {default}.", names.join(", ")),
        };
        row("parameter", &format!("{name}: {}, such as {}.{from}", parameter.about, parameter.example));
    }
    for doubt in &definition.uncertain {
        row("not tried", doubt);
    }
    output.line("  The ecosystem's own commands (pak needs none of them):");
    row("  publish", &definition.commands.publish);
    row("  info", &definition.commands.info);
    output.json(&card(definition));
    Ok(Status::OK)
}

/// The platform as JSON: the shape that the web API gives too.
pub(super) fn card(definition: &Definition) -> Value {
    let shown = |form: &Option<String>| form.as_deref().map(|form| definition.shown(form));
    let registry = definition.shown_root();
    json!({
        "name": definition.id,
        "type": definition.kind,
        "registry": registry,
        "api": shown(&definition.upload).unwrap_or_else(|| registry.clone()),
        "commands": definition.commands,
        "title": definition.title,
        "aliases": definition.aliases,
        "ecosystems": definition.ecosystems,
        "index": shown(&definition.index),
        "from": definition.from,
        "repository": shown(&definition.repository),
        "parameters": definition.parameters,
        "credentials": { "variables": variables(definition), "files": definition.token_files,
                         "page": shown(&definition.token_page) },
        "version_scheme": definition.version_scheme,
        "max_bytes": definition.max_bytes,
        "undo": definition.undo,
        "docs": definition.shown(&definition.docs),
        "proof": definition.proof,
        "uncertain": definition.uncertain,
    })
}

/// Variables that hold a credential: pak's own, then the ecosystem's.
fn variables(definition: &Definition) -> Vec<String> {
    std::iter::once(pak_deploy::credentials::variable(&definition.id, "TOKEN"))
        .chain(
            [&definition.token_env, &definition.username_env, &definition.password_env].into_iter().flatten().cloned(),
        )
        .collect()
}
