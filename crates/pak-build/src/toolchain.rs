//! The one place that starts other programs: arguments as a list, never a shell; no credentials in their environment.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use pak_model::env::Env;
use pak_model::{Problem, Result, code};

/// A program to run.
pub struct Tool<'a> {
    program: &'a str,
    command: Command,
    install: &'a str,
    allowed: Result<()>,
    limit: Option<Duration>,
    stop: Option<&'a dyn Fn() -> bool>,
    input: Option<&'a str>,
}

impl<'a> Tool<'a> {
    /// `install` says how to get the program, for the message when it is missing.
    pub fn new(program: &'a str, install: &'a str, env: &Env) -> Self {
        let mut command = Command::new(program);
        // Tools write for people; messages in another language help nobody who searches for them.
        command.env_clear().envs(env.for_programs()).env("LC_ALL", "C.UTF-8");
        Self { program, command, install, allowed: env.may_run(program), limit: None, stop: None, input: None }
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

    /// Gives it a line to read: a passphrase, which must not stand among the arguments.
    pub fn input(mut self, text: &'a str) -> Self {
        self.input = Some(text);
        self
    }

    /// Ends the program, and on Unix everything it started, when it takes longer.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Ends the program when this says so; asked many times a second.
    pub fn stop_when(mut self, stop: &'a dyn Fn() -> bool) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Runs it to its end. A program that is missing, fails or is ended is a problem that holds the end of what it printed.
    pub fn run(mut self) -> Result<Output> {
        self.allowed.clone()?;
        let program = self.program;
        let broken = |error: &io::Error| {
            Problem::new(code::build::TOOL_FAILED, format!("`{program}` could not be started.")).cause(error)
        };
        // Files, not pipes: a grandchild that keeps a pipe open would make us wait for it.
        let (mut stdout, mut stderr) = (tempfile::tempfile(), tempfile::tempfile());
        let (Ok(out), Ok(err)) = (&mut stdout, &mut stderr) else {
            return Err(Problem::new(code::build::IO, "There is no room for temporary files."));
        };
        let shared = |file: &File| file.try_clone().map(Stdio::from).map_err(|error| broken(&error));
        let stdin = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        self.command.stdin(stdin).stdout(shared(out)?).stderr(shared(err)?);
        if self.is_bounded() {
            lead_a_group(&mut self.command);
        }
        let mut child = self.command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                Problem::new(code::build::TOOL_MISSING, format!("`{program}` is needed and was not found."))
                    .next(self.install.to_owned())
            }
            _ => broken(&error),
        })?;
        if let (Some(text), Some(mut stdin)) = (self.input, child.stdin.take()) {
            // A program that ends without reading it tells why by itself.
            let _ = writeln!(stdin, "{text}");
        }
        let (status, ended) = self.wait(child).map_err(|error| broken(&error))?;
        let read = |file| content(file).map_err(|error| broken(&error));
        let output = Output { status, stdout: read(out)?, stderr: read(err)? };
        let why = match ended {
            None if status.success() => return Ok(output),
            None => format!("`{program}` failed ({status})."),
            Some(why) => format!("`{program}` {why}."),
        };
        let said = [&output.stderr, &output.stdout].map(|printed| plain(&String::from_utf8_lossy(printed)));
        let told = said.iter().find(|text| !text.trim().is_empty()).map(|text| tail(text)).unwrap_or_default();
        Err(Problem::new(code::build::TOOL_FAILED, why).said(told))
    }

    fn is_bounded(&self) -> bool {
        self.limit.is_some() || self.stop.is_some()
    }

    /// How it ended, and why we ended it where we did.
    fn wait(&self, mut child: Child) -> io::Result<(ExitStatus, Option<String>)> {
        if !self.is_bounded() {
            return Ok((child.wait()?, None));
        }
        let begun = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok((status, None));
            }
            let why = match self.limit {
                Some(limit) if begun.elapsed() >= limit => {
                    format!("took longer than {} seconds and was ended", limit.as_secs_f32())
                }
                _ if self.stop.is_some_and(|stop| stop()) => "was ended because the run was stopped".to_owned(),
                _ => {
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(50));
                    continue;
                }
            };
            end(&mut child);
            return Ok((child.wait()?, Some(why)));
        }
    }
}

/// What was written to a file from its beginning.
fn content(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// On Unix a program that may have to be ended leads a process group, so that what it starts ends with it. Windows has no
/// such group without unsafe code: there the program alone is ended.
fn lead_a_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // Gone already is as good.
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
}

/// A text without the sequences that set colours; some tools write nothing else to one of their outputs.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        plain + part.split_once(|end: char| end.is_ascii_alphabetic()).map_or("", |(_, rest)| rest)
    })
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
    fn colours_are_taken_out() {
        assert_eq!(plain("a\u{1b}[1;31mred\u{1b}[0m\u{1b}[mb"), "aredb");
        assert_eq!(plain("\u{1b}[0"), "");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_ended_with_what_it_started() {
        let env = Env::new([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        let begun = Instant::now();
        let hanging = || Tool::new("sh", "", &env).args(["-c", "echo begun; sleep 60 & sleep 60"]);
        let problem = hanging().time_limit(Duration::from_millis(200)).run().unwrap_err();
        assert!(problem.message().contains("took longer than 0.2 seconds"), "{}", problem.message());
        assert_eq!(problem.causes(), ["begun"]);
        let problem = hanging().stop_when(&|| true).run().unwrap_err();
        assert!(problem.message().contains("was stopped"), "{}", problem.message());
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[cfg(unix)]
    #[test]
    fn a_program_sees_the_captured_environment_without_credentials_and_nothing_else() {
        let env = Env::new(
            [("PATH", "/usr/bin:/bin"), ("SEEN", "yes"), ("X_TOKEN", "x")]
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let printed = Tool::new("env", "", &env).run().unwrap().stdout;
        let mut lines: Vec<String> = String::from_utf8(printed).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        assert_eq!(lines, ["LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin", "SEEN=yes"]);
    }

    #[test]
    fn a_program_that_may_not_run_is_not_even_looked_for() {
        let env = Env::default().without_programs("this is a test");
        let problem = Tool::new("no-such-program", "", &env).run().unwrap_err();
        assert_eq!(problem.code(), code::build::PROGRAMS_REFUSED);
    }
}
