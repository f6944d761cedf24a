//! Asks a program of the user's choice for a token (`aws ecr get-login-password`). Called for platforms whose definition in
//! the user's own settings names one; a project cannot.

use std::io::Read as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use pak_model::env::Env;
use pak_model::{Credential, Problem, Result, Secret, code};
use pak_platforms::Found;

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
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(env.with_prefix(""))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed("could not be started").cause(&error))?;
    let output = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        output.map(|output| output.take(LONGEST).read_to_string(&mut text));
        text
    });
    let status = wait(&mut child).map_err(|error| failed("did not end in time").cause(&error))?;
    let text = reader.join().unwrap_or_default();
    if !status.success() {
        return Err(failed(&format!("failed ({status}); what it said stands above")));
    }
    let token = text.trim();
    if token.is_empty() || token.contains(char::is_control) {
        return Err(failed("did not print a token on one line"));
    }
    Ok(Found { credential: Credential::Token(Secret::new(token)), origin: format!("command `{program}`") })
}

fn wait(child: &mut Child) -> std::io::Result<ExitStatus> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() > until {
            child.kill()?;
            child.wait()?;
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
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
    }
}
