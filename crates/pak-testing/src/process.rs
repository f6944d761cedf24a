//! Child processes that never outlive the test: a group of their own, ended together. Used by servers and clients.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use camino::Utf8Path;

/// A child and everything it starts. Dropping it ends them all.
pub(crate) struct Group {
    child: Child,
}

impl Group {
    /// Starts the command as the leader of a new process group.
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        Ok(Self { child: command.spawn()? })
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Waits for the end, at most `limit`.
    pub(crate) fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let begun = Instant::now();
        while begun.elapsed() < limit {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            sleep(Duration::from_millis(10));
        }
        None
    }

    /// Ends them all. The leader is gone afterwards; the others are dying.
    pub(crate) fn end(&mut self) {
        // The group outlives its leader where a grandchild does; both ends are asked for, and either may be gone already.
        #[cfg(unix)]
        if let Ok(pid) = i32::try_from(self.child.id())
            && let Some(pid) = rustix::process::Pid::from_raw(pid)
        {
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

/// A command for a program that runs until it is ended. On Unix a shell stands between: it reads from a pipe that this
/// process holds, and ends the group when the pipe closes, so that nothing stays even when the test itself is killed.
pub(crate) fn lasting(program: &Utf8Path) -> Command {
    if cfg!(unix) {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", r#"{ "$@"; kill -9 0; } & read -r _; kill -9 0"#, "sh", program.as_str()]);
        command
    } else {
        Command::new(program)
    }
}
