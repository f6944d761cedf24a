//! The command line of `pak`.
//!
//! `cli.rs` is the command tree, `commands/<noun>/<verb>.rs` holds each leaf's arguments and what it does, `output/` is the one
//! place that prints. `context.rs` holds what every command may need; nothing of it is read before it is asked for.

pub mod cli;
#[allow(clippy::unnecessary_wraps, reason = "every leaf's `run` has the same form, also one that cannot fail")]
mod commands;
mod context;
mod embedded;
mod exit;
mod former;
mod os;
mod output;
pub mod reference;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::context::Context;
use crate::output::Output;

/// Parses the arguments, runs the command, shows its problem if it has one.
pub fn main() -> ExitCode {
    let env = os::environment();
    let given: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let (arguments, renamed) = former::modern(given);
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return exit::code(output::usage(&error, &arguments, &env)),
    };
    let output = Output::new(&cli.global, &env);
    if let Some(renamed) = renamed {
        output.note(&renamed);
    }
    let result = Context::new(env, output.clone()).and_then(|context| commands::run(cli.command, &context));
    let status = match result {
        Ok(status) => status,
        Err(problem) => {
            output.problem(&problem);
            exit::Status::from(problem.code().exit)
        }
    };
    exit::code(if output.is_broken() { exit::Status::from(pak_model::code::Exit::Internal) } else { status })
}
