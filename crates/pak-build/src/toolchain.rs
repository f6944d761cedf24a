//! The one place that starts other programs: arguments as a list, never a shell; no credentials in their environment.

use std::io;
use std::process::{Command, Output};

use camino::Utf8Path;
use pak_model::env::Env;
use pak_model::{Problem, Result, code};

/// A program to run.
pub struct Tool<'a> {
    program: &'a str,
    command: Command,
    install: &'a str,
}

impl<'a> Tool<'a> {
    /// `install` says how to get the program, for the message when it is missing.
    pub fn new(program: &'a str, install: &'a str, env: &Env) -> Self {
        let mut command = Command::new(program);
        for name in credentials(env) {
            command.env_remove(name);
        }
        // Tools write for people; messages in another language help nobody who searches for them.
        command.env("LC_ALL", "C.UTF-8");
        Self { program, command, install }
    }

    /// Adds arguments.
    pub fn args<S: AsRef<std::ffi::OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets the folder it runs in.
    pub fn directory(mut self, directory: &Utf8Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes a variable.
    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs it to its end. A program that is missing or fails is a problem that holds the end of what it printed.
    pub fn run(mut self) -> Result<Output> {
        let program = self.program;
        self.command.stdin(std::process::Stdio::null());
        let output = self.command.output().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Problem::new(
                code::build::TOOL_MISSING,
                format!("`{program}` is needed for the build and was not found."),
            )
            .next(self.install.to_owned()),
            _ => Problem::new(code::build::TOOL_FAILED, format!("`{program}` could not be started.")).cause(&error),
        })?;
        if output.status.success() {
            return Ok(output);
        }
        let printed = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
        Err(Problem::new(code::build::TOOL_FAILED, format!("`{program}` failed ({}).", output.status))
            .said(tail(&String::from_utf8_lossy(printed))))
    }
}

/// Variables that hold publishing credentials: a build script has no business with them.
fn credentials(env: &Env) -> Vec<String> {
    const MARKS: &[&str] = &["TOKEN", "PASSWORD", "SECRET", "API_KEY", "_OTP", "CREDENTIAL"];
    env.with_prefix("")
        .map(|(name, _)| name.to_owned())
        .filter(|name| MARKS.iter().any(|mark| name.to_ascii_uppercase().contains(mark)))
        .collect()
}

/// The last lines of an output, where the error is.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_do_not_see_credentials() {
        let names = ["NPM_TOKEN", "PATH", "PAK_PYPI_PASSWORD", "HOME"];
        let env = Env::new(names.iter().map(|name| ((*name).to_owned(), "x".to_owned())));
        assert_eq!(credentials(&env), ["NPM_TOKEN", "PAK_PYPI_PASSWORD"]);
    }
}
