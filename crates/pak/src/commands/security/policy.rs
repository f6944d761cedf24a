//! `pak security policy`: the rules that decide, in the order they are asked.

use pak_model::Result;
use pak_security::policy::{DEFAULT_RULES, Policy};
use serde_json::json;

use super::output::{settings, today};
use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, count, faint};

/// Show the policy that holds here: exceptions, the project's own rules, pak's own rules; checks that they are sound.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak security policy\n  pak security policy --json")]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let config = settings(&args.place, context)?;
    // Globs, exceptions and dates are checked by making it.
    Policy::new(&config, today())?;
    let output = &context.output;
    output.json(&json!({ "security": config, "default": DEFAULT_RULES }));
    for (index, exception) in config.exceptions.iter().enumerate() {
        let what = exception.id.as_ref().or(exception.fingerprint.as_ref()).map_or("", String::as_str);
        let until = exception.until.map(|until| format!(" until {until}")).unwrap_or_default();
        let expired = exception.until.is_some_and(|until| until < today());
        let mark = if expired { output.mark(Mark::Warning) } else { output.mark(Mark::Ok) };
        let state = if expired { ", expired" } else { "" };
        output.line(format!(
            "{mark} exception {}: {what}{until}{state} {}",
            index + 1,
            faint(&format!("{} ({})", exception.reason, exception.owner))
        ));
    }
    if !config.rules.is_empty() {
        output.line(faint(&format!("# {} of pak.toml, asked first", count(config.rules.len(), "rule"))));
        for rule in &config.rules {
            let words = serde_json::to_value(rule).unwrap_or_default();
            let words = words.as_object().map(|fields| {
                fields.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
            });
            output.line(words.unwrap_or_default());
        }
    }
    output.line(faint("# pak's own rules"));
    output.line(DEFAULT_RULES.trim_end());
    Ok(Status::OK)
}
