//! `pak platform info`.

use pak_deploy::platforms::{card, variables};
use pak_model::Result;

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
