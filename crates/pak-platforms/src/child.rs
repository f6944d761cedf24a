//! Asks a program that answers soon, and waits no longer. Called where credentials come from programs.

use std::io::{self, Read as _, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Between two looks at whether it ended.
const PAUSE: Duration = Duration::from_millis(10);

/// Starts a program, gives it a line to read, and hands back how it ended and what it printed, up to `longest` bytes. One that
/// takes longer than `patience` is killed: `TimedOut`.
pub fn ask(
    command: &mut Command,
    line: Option<&str>,
    patience: Duration,
    longest: u64,
) -> io::Result<(ExitStatus, String)> {
    let input = if line.is_some() { Stdio::piped() } else { Stdio::null() };
    let mut child = command.stdin(input).stdout(Stdio::piped()).spawn()?;
    if let (Some(mut input), Some(line)) = (child.stdin.take(), line) {
        // A program that ends without reading answers all the same.
        let _ = writeln!(input, "{line}");
    }
    let output = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        output.map(|output| output.take(longest).read_to_string(&mut text));
        text
    });
    let status = wait(&mut child, patience)?;
    Ok((status, reader.join().unwrap_or_default()))
}

fn wait(child: &mut Child, patience: Duration) -> io::Result<ExitStatus> {
    let until = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() > until {
            child.kill()?;
            child.wait()?;
            return Err(io::ErrorKind::TimedOut.into());
        }
        std::thread::sleep(PAUSE);
    }
}
