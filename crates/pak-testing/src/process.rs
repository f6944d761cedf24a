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

    /// The memory that the group holds, in bytes, but for shells; none where there is no `/proc`.
    pub(crate) fn memory(&self) -> Option<u64> {
        let group = self.child.id().to_string();
        let folders = std::fs::read_dir("/proc").ok()?.filter_map(Result::ok).map(|entry| entry.path());
        let statuses = folders.filter_map(|folder| {
            let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
            // The name, in parentheses, may hold anything; state, parent and group come after it.
            let (name, fields) = stat.rsplit_once(')')?;
            let ours = fields.split(' ').nth(3) == Some(&group) && !name.ends_with("(sh");
            ours.then(|| std::fs::read_to_string(folder.join("status")).ok())?
        });
        let kilobytes = statuses.filter_map(|status| {
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()
        });
        Some(kilobytes.sum::<u64>() * 1024)
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
