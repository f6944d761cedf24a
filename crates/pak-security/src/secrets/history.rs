//! The history of a git repository: every file content that a branch, a tag or a stash reaches, looked at once.
//!
//! Objects are read through the `git` program in the order of its packs, where it is fastest, by one reader per processor. The
//! repository's own settings are kept from running anything, and git from fetching anything.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};

use super::files::Profile;
use super::{Options, stream};
use crate::report::{Finding, Notice, NoticeKind};

/// Contents beyond this are named, not read.
const LARGEST: u64 = 64 << 20;
/// Objects beyond this number are not looked at.
const MOST_OBJECTS: usize = 20_000_000;

/// Which part of the history.
#[derive(Debug, Clone, Default)]
pub struct Range {
    /// Only contents that commits since then brought in: whatever `git log --since` takes.
    pub since: Option<String>,
}

/// An object's name: 20 bytes, or 32 in repositories of SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Id {
    bytes: [u8; 32],
    length: u8,
}

impl Id {
    fn hex(&self) -> String {
        hex::encode(self.bytes.get(..usize::from(self.length)).unwrap_or_default())
    }
}

/// What one reader found.
type Part = Result<(Vec<(Id, Finding)>, Vec<Notice>)>;

/// Scans the history of the repository at `root`. Findings name the path, and the oldest commit that holds them.
pub fn scan(root: &Utf8Path, range: &Range, options: &Options) -> Result<(Vec<Finding>, Vec<Notice>)> {
    let git = Git { root: root.to_owned() };
    let mut commits: HashMap<Id, String> = HashMap::new();
    let mut paths: HashMap<Id, String> = HashMap::new();
    match &range.since {
        None => git.reachable(&mut paths)?,
        Some(since) => git.changes(Some(since), &mut |id, path, commit| {
            commits.insert(id, commit.to_owned());
            paths.entry(id).or_insert_with(|| path.to_owned());
        })?,
    }
    paths.retain(|_, path| !Profile::of(path).skipped && !options.exclude.is_match(path.as_str()));
    let mut notices = Vec::new();
    let wanted = git.in_pack_order(&paths, &mut notices)?;
    let readers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = wanted.len().div_ceil(readers).max(1);
    let read: Vec<Part> = std::thread::scope(|scope| {
        let parts = wanted.chunks(share).map(|part| scope.spawn(|| git.read(part, &paths, options)));
        let parts: Vec<_> = parts.collect();
        let joined = parts.into_iter().map(|part| part.join().unwrap_or_else(|_| Err(broken("a reader ended early"))));
        joined.collect()
    });
    let mut found = Vec::new();
    for part in read {
        let (of_part, about) = part?;
        found.extend(of_part);
        notices.extend(about);
    }
    if range.since.is_none() && !found.is_empty() {
        let asked: HashSet<Id> = found.iter().map(|(id, _)| *id).collect();
        // Newest first, so that the oldest commit is the last one noted.
        git.changes(None, &mut |id, _, commit| {
            if asked.contains(&id) {
                commits.insert(id, commit.to_owned());
            }
        })?;
    }
    let mut findings: Vec<Finding> = found
        .into_iter()
        .map(|(id, finding)| {
            let commit = commits.get(&id).cloned();
            let message = match &commit {
                Some(commit) => format!("{} It is in the history: commit {commit}.", finding.message),
                None => finding.message,
            };
            Finding { message, commit, ..finding }
        })
        .collect();
    // One secret in many versions of one file is one finding: that of the oldest version met.
    findings.sort_by(|one, other| {
        (&one.path, &one.fingerprint, one.line).cmp(&(&other.path, &other.fingerprint, other.line))
    });
    findings.dedup_by(|one, other| one.path == other.path && one.fingerprint == other.fingerprint);
    Ok((findings, notices))
}

struct Git {
    root: Utf8PathBuf,
}

impl Git {
    /// A git command that runs nothing of the repository's own making and fetches nothing.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .args(["-C", self.root.as_str(), "--no-pager", "--no-replace-objects"])
            .args(["-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "-c", "core.quotePath=false"])
            .args(["-c", "log.mailmap=false", "-c", "diff.external=", "-c", "core.hooksPath=/dev/null"])
            .args(arguments)
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .stderr(Stdio::null())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        command
    }

    fn start(&self, arguments: &[&str]) -> Result<(Child, BufReader<ChildStdout>)> {
        let started = self.command(arguments).spawn();
        let mut child = started.map_err(|error| broken("git cannot be started").cause(&error))?;
        let out = child.stdout.take().ok_or_else(|| broken("git has no output"))?;
        Ok((child, BufReader::with_capacity(1 << 16, out)))
    }

    fn lines(&self, arguments: &[&str], each: &mut dyn FnMut(&[u8])) -> Result<()> {
        let (mut child, mut out) = self.start(arguments)?;
        let mut line = Vec::new();
        loop {
            line.clear();
            let read =
                out.read_until(b'\n', &mut line).map_err(|error| broken("git stopped speaking").cause(&error))?;
            if read == 0 {
                break;
            }
            each(line.strip_suffix(b"\n").unwrap_or(&line));
        }
        let ended = child.wait().map_err(|error| broken("git cannot be waited for").cause(&error))?;
        if ended.success() {
            Ok(())
        } else {
            Err(broken(&format!("{} is no git repository that git can read", self.root)))
        }
    }

    /// Every object that a ref reaches, with the path it was met at.
    fn reachable(&self, paths: &mut HashMap<Id, String>) -> Result<()> {
        self.lines(&["rev-list", "--objects", "--all", "--reflog"], &mut |line| {
            if let Some((id, path)) = split(line)
                && !path.is_empty()
                && paths.len() < MOST_OBJECTS
            {
                paths.insert(id, String::from_utf8_lossy(path).into_owned());
            }
        })
    }

    /// Every content that a commit brought in: its id, path and commit, the newest commit first.
    fn changes(&self, since: Option<&str>, each: &mut dyn FnMut(Id, &str, &str)) -> Result<()> {
        let since = since.map(|since| format!("--since={since}"));
        let mut arguments =
            vec!["log", "--all", "-m", "--raw", "--no-abbrev", "--no-renames", "--no-show-signature", "--format=%H"];
        arguments.extend(since.as_deref());
        let mut commit = String::new();
        self.lines(&arguments, &mut |line| {
            if line.first() != Some(&b':') {
                if parse(line).is_some() {
                    commit = String::from_utf8_lossy(line).into_owned();
                }
                return;
            }
            // `:100644 100644 OLD NEW M<TAB>path`
            let mut parts = line.splitn(2, |byte| *byte == b'\t');
            let ids = parts.next().and_then(|head| head.split(|byte| *byte == b' ').nth(3)).and_then(parse);
            if let (Some(id), Some(path)) = (ids, parts.next()) {
                each(id, &String::from_utf8_lossy(path), &commit);
            }
        })
    }

    /// The file contents among the objects, in the order in which the packs hold them.
    fn in_pack_order(&self, paths: &HashMap<Id, String>, notices: &mut Vec<Notice>) -> Result<Vec<Id>> {
        let mut wanted = Vec::new();
        let format = "--batch-check=%(objectname) %(objecttype) %(objectsize)";
        self.lines(&["cat-file", "--batch-all-objects", "--unordered", format], &mut |line| {
            let Some((id, rest)) = split(line) else { return };
            let Some(size) = rest.strip_prefix(b"blob ") else { return };
            let Some(path) = paths.get(&id) else { return };
            let size = std::str::from_utf8(size).ok().and_then(|size| size.parse::<u64>().ok()).unwrap_or(0);
            if size > LARGEST {
                notices.push(too_large(path, size));
            } else if size > 0 {
                wanted.push(id);
            }
        })?;
        Ok(wanted)
    }

    /// Reads contents one after the other and scans each.
    fn read(&self, part: &[Id], paths: &HashMap<Id, String>, options: &Options) -> Part {
        let mut command = self.command(&["cat-file", "--batch", "--buffer"]);
        let mut child =
            command.stdin(Stdio::piped()).spawn().map_err(|error| broken("git cannot be started").cause(&error))?;
        let (Some(mut input), Some(out)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(broken("git has no input or output"));
        };
        let mut out = BufReader::with_capacity(1 << 18, out);
        let (mut findings, mut notices) = (Vec::new(), Vec::new());
        let done = std::thread::scope(|scope| -> Result<()> {
            // Asked for by a thread of its own: git answers while it is still being asked.
            scope.spawn(move || {
                let mut asked = Vec::with_capacity(1 << 16);
                for id in part {
                    asked.extend_from_slice(id.hex().as_bytes());
                    asked.push(b'\n');
                    if asked.len() >= 1 << 15 {
                        if input.write_all(&asked).is_err() {
                            return;
                        }
                        asked.clear();
                    }
                }
                // A git that ended early is noticed where its answers are read.
                let _ = input.write_all(&asked);
            });
            let answered = answers(&mut out, part, &mut |id, bytes| {
                let Some(path) = paths.get(&id) else { return };
                let (of_file, about) = stream::scan_opened(path, bytes, &Profile::of(path), options);
                findings.extend(of_file.into_iter().map(|finding| (id, finding)));
                notices.extend(about);
            });
            if answered.is_err() {
                // Nobody reads its answers any more; without this it and the thread that asks would wait for each other.
                let _ = child.kill();
            }
            answered
        });
        let _ = child.wait();
        done.map(|()| (findings, notices))
    }
}

/// Reads git's answers: a line with the size, the content, an end of line.
fn answers(out: &mut dyn BufRead, part: &[Id], each: &mut dyn FnMut(Id, &[u8])) -> Result<()> {
    let (mut head, mut bytes) = (Vec::new(), Vec::new());
    for id in part {
        head.clear();
        let failed = |error: std::io::Error| broken("git stopped speaking").cause(&error);
        out.read_until(b'\n', &mut head).map_err(failed)?;
        let line = head.trim_ascii_end();
        if line.ends_with(b" missing") {
            continue;
        }
        let size = line.rsplit(|byte| *byte == b' ').next().and_then(|size| std::str::from_utf8(size).ok());
        let size = size.and_then(|size| size.parse::<u64>().ok()).filter(|size| *size <= LARGEST);
        let size = size.ok_or_else(|| broken("git's answer is not understood"))?;
        bytes.clear();
        out.take(size + 1).read_to_end(&mut bytes).map_err(failed)?;
        bytes.pop();
        each(*id, &bytes);
    }
    Ok(())
}

fn parse(text: &[u8]) -> Option<Id> {
    let length = text.len() / 2;
    let mut bytes = [0; 32];
    if !matches!(length, 20 | 32) {
        return None;
    }
    hex::decode_to_slice(text, bytes.get_mut(..length)?).ok()?;
    Some(Id { bytes, length: u8::try_from(length).ok()? })
}

/// The id that a line begins with, and what follows after a space.
fn split(line: &[u8]) -> Option<(Id, &[u8])> {
    let space = memchr::memchr(b' ', line)?;
    Some((parse(line.get(..space)?)?, line.get(space + 1..)?))
}

fn broken(what: &str) -> Problem {
    Problem::new(code::security::HISTORY_UNREADABLE, format!("The history cannot be read: {what}."))
}

fn too_large(path: &str, size: u64) -> Notice {
    Notice {
        kind: NoticeKind::TooLarge,
        path: Some(path.to_owned()),
        message: format!("{path} of the history has {} MiB; it was not looked at.", size >> 20),
        remedy: "Look at that version by itself: `git show`.".to_owned(),
    }
}
