//! Asks a program of the user's choice for a token (`aws ecr get-login-password`). Called for platforms whose definition in
//! the user's own settings names one; a project cannot.

use std::process::Command;
use std::time::Duration;

use pak_model::env::Env;
use pak_model::{Credential, Problem, Result, Secret, code};
use pak_platforms::{Found, child};

/// How long it may take; some ask the user to sign in.
const PATIENCE: Duration = Duration::from_mins(2);
/// No token is longer.
const LONGEST: u64 = 64 << 10;

/// Runs the command, without a shell, and takes what it prints.
pub(crate) fn run(command: &[String], env: &Env) -> Result<Found> {
    let shown = command.join(" ");
    let failed =
        |what: &str| Problem::new(code::config::TOKEN_COMMAND, format!("`{shown}` {what}.")).about("command", &shown);
    let Some((program, arguments)) = command.split_first() else { return Err(failed("is empty")) };
    env.may_run(program)?;
    let mut asked = Command::new(program);
    asked.args(arguments).env_clear().envs(env.for_sign_in());
    let (status, text) = child::ask(&mut asked, None, PATIENCE, LONGEST).map_err(|error| {
        let late = error.kind() == std::io::ErrorKind::TimedOut;
        failed(if late { "did not end in time" } else { "could not be started" }).cause(&error)
    })?;
    if !status.success() {
        return Err(failed(&format!("failed ({status}); what it said stands above")));
    }
    let token = text.trim();
    if token.is_empty() || token.contains(char::is_control) {
        return Err(failed("did not print a token on one line"));
    }
    Ok(Found { credential: Credential::Token(Secret::new(token)), origin: format!("command `{program}`") })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn ask(words: &[&str]) -> Result<Found> {
        let env = Env::new([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        run(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), &env)
    }

    #[test]
    fn one_line_is_a_token_and_nothing_else_is() {
        let found = ask(&["printf", "t0ken\n"]).unwrap();
        assert_eq!(
            (found.credential, found.origin.as_str()),
            (Credential::Token(Secret::new("t0ken")), "command `printf`")
        );
        for words in [&["printf", "a\nb"][..], &["true"], &["false"], &["no-such-program-anywhere"]] {
            assert_eq!(ask(words).unwrap_err().code(), code::config::TOKEN_COMMAND, "{words:?}");
        }
        // No shell looks at it.
        assert!(ask(&["echo $HOME"]).is_err());
        let refused = run(&["printf".to_owned(), "t".to_owned()], &Env::default().without_programs("this is a test"));
        assert_eq!(refused.unwrap_err().code(), code::build::PROGRAMS_REFUSED);
    }
}
