//! Git over ssh: the services run on the other side of a child process, which is talked to through pipes.

use std::process::Stdio;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use pak_git::{Error, packet};
use pak_model::{Problem, Recovery, Result, code};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::address::Remote;
use super::link::{LIMIT, Service};
use super::{problem, ssh_command};
use crate::call::Call;

/// How long nothing may come: signing in, and the hooks of a push.
const PATIENCE: Duration = Duration::from_mins(2);
/// How much of what ssh prints for people is kept.
const MESSAGES: usize = 8 << 10;

/// A conversation over ssh. Dropping it ends the child.
pub(super) struct Link {
    child: Child,
    input: Option<ChildStdin>,
    output: ChildStdout,
    messages: JoinHandle<String>,
    service: Service,
    /// For fault points: `ssh git-receive-pack /path`.
    point: String,
    /// For messages.
    shown: String,
}

impl Link {
    /// Starts ssh and hears the greeting.
    pub(super) async fn open(remote: &Remote, path: &str, call: &Call, service: Service) -> Result<(Self, Bytes)> {
        call.check_cancelled()?;
        call.http().allows_connection(&remote.url, service == Service::Receive)?;
        let command = ssh_command::command(call.env(), remote, path, service)?;
        call.env().may_run(&command.program)?;
        // The user's own arguments may hold what is not for logs.
        let shown = format!("{} {} {}", command.program, remote.shown(), service.name());
        let failed = || Problem::new(code::git::SSH_FAILED, format!("`{}` could not be started.", command.program));
        let mut child = Command::new(&command.program)
            .args(&command.arguments)
            .env_clear()
            .envs(call.env().for_sign_in())
            .env("GIT_PROTOCOL", "version=2")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed().cause(&error))?;
        let (input, Some(output), Some(errors)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
            return Err(failed());
        };
        let point = format!("ssh {} {path}", service.name());
        let mut link = Self { child, input, output, messages: tokio::spawn(hear(errors)), service, point, shown };
        match message(&mut link.output).await {
            Ok(greeting) => Ok((link, greeting)),
            Err(error) => Err(link.failure(remote, call, &error).await),
        }
    }

    /// Writes a question while the answer is read: the other side may speak before it has heard everything.
    pub(super) async fn ask(
        &mut self,
        remote: &Remote,
        call: &Call,
        question: Vec<u8>,
        limit: u64,
        last: bool,
    ) -> Result<Bytes> {
        call.http().pass(&format!("{} before", self.point));
        let input = &mut self.input;
        let write = async {
            let length = question.len() as u64;
            if let Some(pipe) = input {
                // What went wrong is told by the answer, or by its absence.
                let written =
                    timeout(PATIENCE + Duration::from_secs(length / (16 << 10)), pipe.write_all(&question)).await;
                if matches!(written, Ok(Ok(()))) && pipe.flush().await.is_ok() {
                    call.http().observer().progress(length);
                }
            }
            if last {
                input.take();
            }
        };
        let output = &mut self.output;
        let read = async { if last { everything(output, limit).await } else { message(output).await } };
        let ((), answer) = tokio::join!(write, read);
        call.http().pass(&format!("{} answered", self.point));
        match answer {
            Ok(answer) if !answer.is_empty() => Ok(answer),
            Ok(_) => Err(self.failure(remote, call, &Failure::Ended).await),
            Err(error) => Err(self.failure(remote, call, &error).await),
        }
    }

    /// Why the conversation broke off, by what ssh printed.
    async fn failure(&mut self, remote: &Remote, call: &Call, failure: &Failure) -> Problem {
        if let Failure::Broken(error) = failure
            && self.service == Service::Upload
        {
            return problem::broken(remote, error);
        }
        let asked = self.input.is_none();
        self.input.take();
        if timeout(Duration::from_secs(5), self.child.wait()).await.is_err() {
            let _ = self.child.start_kill();
        }
        let said = timeout(Duration::from_secs(2), &mut self.messages).await;
        let said = said.ok().and_then(std::result::Result::ok).unwrap_or_default();
        let problem = if asked && self.service == Service::Receive {
            problem::answer_lost(remote)
        } else {
            refusal(remote, call, failure, &said, &self.shown)
        };
        let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.take(10).fold(problem, |problem, line| problem.said(line.chars().take(300).collect::<String>()))
    }
}

/// A refusal by the words that OpenSSH and the large hosts use.
fn refusal(remote: &Remote, call: &Call, failure: &Failure, said: &str, line: &str) -> Problem {
    let shown = remote.shown();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["Permission denied", "Too many authentication failures", "access rights"]) && !says(&["not found"]) {
        return Problem::new(code::git::SSH_REFUSED, format!("{shown} does not accept any ssh key that was offered."))
            .about("url", shown)
            .recovery(Recovery::AskUser);
    }
    if says(&["not found", "does not exist", "does not appear to be a git repository", "no such repository"])
        && !says(&["command not found", "Host key"])
    {
        return problem::unknown(remote, call.credential().is_some());
    }
    let message = match failure {
        Failure::Late => format!("{shown} did not answer in time over ssh."),
        _ => format!("The ssh connection to {shown} ended before git answered."),
    };
    let problem = Problem::new(code::git::SSH_FAILED, message).about("url", shown).about("command", line);
    if says(&["Host key verification failed"]) {
        return problem
            .next("Connect to the host once by hand, compare its key, and accept it; pak never accepts one unseen.");
    }
    problem
}

/// How a conversation can break off.
enum Failure {
    Late,
    Ended,
    Broken(Error),
}

/// Reads packets up to a flush.
async fn message(pipe: &mut ChildStdout) -> std::result::Result<Bytes, Failure> {
    let mut read = BytesMut::new();
    loop {
        let mut digits = [0; 4];
        exactly(pipe, &mut digits).await?;
        read.extend_from_slice(&digits);
        match packet::header(digits).map_err(Failure::Broken)? {
            Err(packet::Packet::Flush) => return Ok(read.freeze()),
            Err(_) => {}
            Ok(length) => {
                let begin = read.len();
                if (begin + length) as u64 > LIMIT {
                    return Err(Failure::Broken(Error::TooLarge("the answer")));
                }
                read.resize(begin + length, 0);
                exactly(pipe, read.get_mut(begin..).unwrap_or_default()).await?;
            }
        }
    }
}

async fn exactly(pipe: &mut ChildStdout, into: &mut [u8]) -> std::result::Result<(), Failure> {
    match timeout(PATIENCE, pipe.read_exact(into)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(_)) => Err(Failure::Ended),
        Err(_) => Err(Failure::Late),
    }
}

/// Reads to the end.
async fn everything(pipe: &mut ChildStdout, limit: u64) -> std::result::Result<Bytes, Failure> {
    let mut read = BytesMut::new();
    loop {
        match timeout(PATIENCE, pipe.read_buf(&mut read)).await {
            Ok(Ok(0)) => return Ok(read.freeze()),
            Ok(Ok(_)) if read.len() as u64 > limit => return Err(Failure::Broken(Error::TooLarge("the answer"))),
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return Err(Failure::Ended),
            Err(_) => return Err(Failure::Late),
        }
    }
}

/// Keeps the beginning of what ssh prints, and reads the rest so that it is never held up.
async fn hear(mut errors: ChildStderr) -> String {
    let mut kept = Vec::new();
    let mut chunk = [0; 1024];
    while let Ok(length @ 1..) = errors.read(&mut chunk).await {
        let room = MESSAGES.saturating_sub(kept.len());
        kept.extend(chunk.iter().take(length.min(room)));
    }
    String::from_utf8_lossy(&kept).into_owned()
}
