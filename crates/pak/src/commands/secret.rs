//! Secrets that people hand over: asked for on a terminal or piped in, never given as arguments.

use std::io::Read as _;

use pak_model::{Problem, Result, Secret, code};

/// No token is longer; a whole file given by mistake is.
const LONGEST: u64 = 64 << 10;

/// Asks a person, without showing what is typed.
pub(crate) fn asked(question: &str) -> Result<Secret> {
    let text = inquire::Password::new(question).without_confirmation().prompt();
    checked(text.map_err(|error| unreadable(&error))?, "the command")
}

/// Reads standard input to its end: one line. `command` is what it is piped into.
pub(crate) fn piped(command: &str) -> Result<Secret> {
    let mut text = String::new();
    std::io::stdin().take(LONGEST + 1).read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    checked(text, command)
}

fn checked(text: String, command: &str) -> Result<Secret> {
    let secret = Secret::new(text);
    let usable = !secret.is_empty() && secret.expose().len() as u64 <= LONGEST;
    if usable && !secret.expose().contains(['\n', '\0']) {
        return Ok(secret);
    }
    Err(Problem::new(code::config::USAGE, "There is no secret on standard input, or more than one line of it.")
        .next(format!("Pipe it in (`{command} < file`), or run this in a terminal to be asked.")))
}

fn unreadable(error: &(dyn std::error::Error + 'static)) -> Problem {
    Problem::new(code::config::USAGE, "The secret could not be read.").cause(error)
}
