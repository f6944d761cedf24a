//! The process's log: one JSON object (or one line of text) for each thing that happened, on standard error.

use pak_model::{Problem, Result, code};
use tracing_subscriber::EnvFilter;

use crate::settings::Settings;

/// Starts it, as `PAK_LOG_LEVEL` and `PAK_LOG_FORMAT` say. Statements of the database are left out: they would drown the rest.
pub fn start(settings: &Settings) -> Result<()> {
    let level = settings.env.get("PAK_LOG_LEVEL").unwrap_or("INFO").to_ascii_lowercase();
    if !["error", "warn", "info", "debug", "trace"].contains(&level.as_str()) {
        return Err(Problem::new(
            code::server::SETTINGS,
            format!("PAK_LOG_LEVEL is `{level}`, where ERROR, WARN, INFO, DEBUG or TRACE belongs."),
        ));
    }
    let filter = EnvFilter::new(format!("warn,pak_server={level}"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match settings.env.get("PAK_LOG_FORMAT").unwrap_or("json") {
        "text" => builder.with_ansi(false).try_init(),
        "json" => builder.json().flatten_event(true).with_current_span(false).try_init(),
        other => {
            return Err(Problem::new(
                code::server::SETTINGS,
                format!("PAK_LOG_FORMAT is `{other}`, where `json` or `text` belongs."),
            ));
        }
    };
    // Started before in this process, by a test: that one counts.
    let _ = started;
    Ok(())
}
