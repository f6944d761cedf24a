//! The one place that prints. Standard output carries results, standard error everything else.
//!
//! Colours appear on terminals only. Symbols (`✓`, `📦`) stay in pipes, so that what is promised can be searched for; they become
//! plain words (`[ok]`) under `NO_COLOR`, `--plain`, or a locale that is not UTF-8.

mod diagnostic;
pub(crate) mod human;
mod json;
pub(crate) mod plan;
pub(crate) mod progress;
mod reporter;
pub(crate) mod table;

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::{AutoStream, ColorChoice};
use pak_model::env::Env;
use pak_model::{Problem, code};
use serde::Serialize;

pub(crate) use reporter::Reporter;

use crate::cli::Global;
use crate::exit::Status;

/// Where everything is printed. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Output(Arc<Inner>);

struct Inner {
    global: Global,
    terminal: bool,
    broken: AtomicBool,
}

impl Output {
    pub(crate) fn new(global: &Global, env: &Env) -> Self {
        let terminal = std::io::stderr().is_terminal() && env.get("TERM") != Some("dumb") && env.get("CI").is_none();
        Self(Arc::new(Inner {
            global: Global { plain: global.plain || env.get("NO_COLOR").is_some() || !is_utf8(env), ..global.clone() },
            terminal,
            broken: AtomicBool::new(false),
        }))
    }

    /// Whether results are JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.0.global.json
    }

    /// Whether words stand for symbols.
    pub(crate) fn is_plain(&self) -> bool {
        self.0.global.plain
    }

    /// Whether a live board may be drawn on standard error.
    pub(crate) fn is_live(&self) -> bool {
        self.0.terminal && !self.0.global.json && !self.0.global.quiet && !self.0.global.plain
    }

    /// Whether a person is there to answer a question.
    pub(crate) fn can_ask(&self) -> bool {
        self.0.terminal && !self.0.global.json && std::io::stdin().is_terminal()
    }

    /// Whether standard output could not be written (a full disk; a closed pipe is no failure).
    pub(crate) fn is_broken(&self) -> bool {
        self.0.broken.load(Ordering::Relaxed)
    }

    /// A symbol, or its plain words.
    pub(crate) fn mark(&self, mark: human::Mark) -> &'static str {
        mark.text(self.0.global.plain)
    }

    /// A result line for people. Nothing under `--json`.
    pub(crate) fn line(&self, text: impl AsRef<str>) {
        if !self.0.global.json {
            self.result(text.as_ref());
        }
    }

    /// A result as JSON, whole. Nothing without `--json`.
    pub(crate) fn json(&self, value: &impl Serialize) {
        if self.0.global.json {
            self.result(&json::document(value));
        }
    }

    /// One line of a JSON stream. Nothing without `--json`.
    pub(crate) fn json_line(&self, value: &impl Serialize) {
        if self.0.global.json {
            self.result(&json::line(value));
        }
    }

    /// Text that is a result in every mode: a completion script, a schema.
    pub(crate) fn raw(&self, text: &str) {
        self.result(text.trim_end_matches('\n'));
    }

    /// A line about how it goes. Nothing under `--quiet`.
    pub(crate) fn progress(&self, text: impl AsRef<str>) {
        if !self.0.global.quiet && !self.0.global.json {
            self.aside(text.as_ref());
        }
    }

    /// A hint that is shown even under `--json`.
    pub(crate) fn note(&self, text: &str) {
        if !self.0.global.quiet {
            self.aside(&format!("note: {text}"));
        }
    }

    /// A problem: for people on standard error, under `--json` on standard output.
    pub(crate) fn problem(&self, problem: &Problem) {
        if self.0.global.json {
            self.result(&json::line(&json::Failure { error: problem.report() }));
        } else {
            self.aside(diagnostic::render(problem, self.0.global.plain).trim_end());
        }
    }

    fn result(&self, text: &str) {
        let mut stream = AutoStream::new(std::io::stdout().lock(), self.colour());
        if let Err(error) = writeln!(stream, "{text}").and_then(|()| stream.flush())
            && error.kind() != ErrorKind::BrokenPipe
        {
            self.0.broken.store(true, Ordering::Relaxed);
        }
    }

    fn aside(&self, text: &str) {
        let mut stream = AutoStream::new(std::io::stderr().lock(), self.colour());
        // There is nowhere left to report a failure of standard error to.
        let _ = writeln!(stream, "{text}");
    }

    fn colour(&self) -> ColorChoice {
        if self.0.global.plain { ColorChoice::Never } else { ColorChoice::Auto }
    }
}

/// Shows what the argument parser says: help and version are results, everything else is a usage error.
pub(crate) fn usage(error: &clap::Error, arguments: &[std::ffi::OsString], env: &Env) -> Status {
    let global = Global {
        json: arguments.iter().any(|argument| argument == "--json"),
        plain: arguments.iter().any(|argument| argument == "--plain"),
        quiet: false,
    };
    let output = Output::new(&global, env);
    if !error.use_stderr() {
        output.raw(&error.render().ansi().to_string());
        return Status::OK;
    }
    if output.is_json() {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        output.problem(&Problem::new(code::config::USAGE, message).said(text));
    } else {
        output.aside(error.render().ansi().to_string().trim_end());
    }
    Status::from(code::config::USAGE.exit)
}

/// Whether the locale is UTF-8. One that is not set at all (a container) is taken for it, as every system's default is today.
fn is_utf8(env: &Env) -> bool {
    let Some(locale) = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env.get(name)) else { return true };
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_locale_that_says_otherwise_is_not_utf8() {
        let env = |pairs: &[(&str, &str)]| Env::new(pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())));
        assert!(is_utf8(&env(&[])));
        assert!(is_utf8(&env(&[("LANG", "de_DE.UTF-8")])));
        assert!(is_utf8(&env(&[("LANG", "C"), ("LC_ALL", "C.utf8")])));
        assert!(!is_utf8(&env(&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")])));
    }
}
