//! Reading: which commit a branch is at, and the objects of a commit. Version 2 of the protocol, and the one before it.

use std::collections::BTreeMap;

use pak_git::pack::{self, Limits, Objects};
use pak_git::packet::{self, Packet, Packets};
use pak_git::{Error, ObjectId};
use pak_model::{Problem, Result, code};

use super::address::Remote;
use super::greeting::Greeting;
use super::link::{LIMIT, Link};
use super::problem;
use crate::call::Call;

/// What a repository of files may hold at one commit, its folders above all. The pack itself is bounded by the link.
const LIMITS: Limits = Limits { objects: 2_000_000, bytes: 256 << 20 };
/// The same for a commit with everything in it.
const WHOLE: Limits = Limits { objects: 500_000, bytes: 512 << 20 };
/// The most bytes of its pack.
const WHOLE_PACK: u64 = 128 << 20;
const AGENT: &str = concat!("agent=pak/", env!("CARGO_PKG_VERSION"));
const BRANCHES: &str = "refs/heads/";

/// How much of a commit is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// The commit and its folders; its files too where the server cannot leave them out.
    Folders,
    /// The commit, its folders and its files.
    Whole,
    /// The object alone.
    Alone,
}

/// A conversation with the service that hands objects out.
pub(super) struct Reading<'a> {
    pub(super) remote: &'a Remote,
    pub(super) call: &'a Call,
    pub(super) link: Link,
    pub(super) greeting: Greeting,
}

/// Refs as far as they were asked for.
#[derive(Default)]
struct Refs {
    /// Where HEAD leads, with or without a commit there.
    head: Option<String>,
    /// The commit HEAD is at.
    head_commit: Option<ObjectId>,
    named: BTreeMap<String, ObjectId>,
}

impl Reading<'_> {
    /// The branch and its commit: of the name given, or the repository's own. No commit: the repository is empty.
    /// `None`: it has branches, and not this one.
    pub(super) async fn branch(&mut self, wanted: Option<&str>) -> Result<Option<(String, Option<ObjectId>)>> {
        let name = wanted.map(|branch| format!("{BRANCHES}{branch}"));
        let refs = self.refs(name.as_deref()).await?;
        if let Some(id) = name.as_ref().and_then(|name| refs.named.get(name)) {
            return Ok(wanted.map(|branch| (branch.to_owned(), Some(*id))));
        }
        let head = refs.head.as_deref().and_then(|head| head.strip_prefix(BRANCHES));
        match (wanted, refs.head_commit, head) {
            (None, Some(commit), Some(head)) => return Ok(Some((head.to_owned(), Some(commit)))),
            (None, Some(_), None) => return Err(self.no_default("does not say which branch is its own")),
            (Some(_), Some(_), _) => return Ok(None),
            (_, None, _) => {}
        }
        // HEAD leads nowhere: an empty repository, or one whose HEAD was never set right.
        let all = self.refs(Some(BRANCHES)).await?;
        // Somebody may have pushed the first commit since the first question.
        let meant = wanted.or(head);
        if let Some(id) = meant.and_then(|branch| all.named.get(&format!("{BRANCHES}{branch}"))) {
            return Ok(meant.map(|branch| (branch.to_owned(), Some(*id))));
        }
        match (all.named.keys().any(|name| name.starts_with(BRANCHES)), wanted) {
            (false, _) => Ok(Some((wanted.or(head).unwrap_or("main").to_owned(), None))),
            (true, Some(_)) => Ok(None),
            (true, None) => Err(self.no_default("has a default branch that is not there")),
        }
    }

    /// What a branch, a tag, a whole name of a ref (`refs/…`) or an object's own name stands for; the repository's own
    /// branch where nothing is named. `None`: there is no such thing.
    pub(super) async fn named(&mut self, reference: Option<&str>) -> Result<Option<ObjectId>> {
        let Some(reference) = reference else { return Ok(self.branch(None).await?.and_then(|(_, commit)| commit)) };
        if let Ok(id) = reference.parse() {
            return Ok(Some(id));
        }
        let names = if reference.starts_with("refs/") {
            vec![reference.to_owned()]
        } else {
            [BRANCHES, "refs/tags/"].map(|place| format!("{place}{reference}")).to_vec()
        };
        for name in names {
            if let Some(id) = self.refs(Some(&name)).await?.named.get(&name) {
                return Ok(Some(*id));
            }
        }
        Ok(None)
    }

    fn no_default(&self, what: &str) -> Problem {
        let shown = self.remote.shown();
        Problem::new(code::git::BRANCH_UNKNOWN, format!("{shown} {what}."))
            .about("url", shown)
            .next("Set the target's branch.")
    }

    /// HEAD and the refs that begin with a prefix.
    async fn refs(&mut self, prefix: Option<&str>) -> Result<Refs> {
        if !self.greeting.v2 {
            let refs = self.greeting.refs.clone();
            let head_commit = refs.get("HEAD").copied();
            return Ok(Refs { head: self.greeting.head().map(str::to_owned), head_commit, named: refs });
        }
        let mut lines = vec!["symrefs\n".to_owned(), "ref-prefix HEAD\n".to_owned()];
        if self.greeting.lists("ls-refs", "unborn") {
            lines.push("unborn\n".to_owned());
        }
        lines.extend(prefix.map(|prefix| format!("ref-prefix {prefix}\n")));
        let question = self.command("ls-refs", &lines);
        let answer = self.link.ask(self.remote, self.call, question, LIMIT, false).await?;
        read_refs(&answer).map_err(|error| problem::broken(self.remote, &error))
    }

    fn command(&self, name: &str, arguments: &[String]) -> Vec<u8> {
        let mut out = Vec::new();
        packet::write(&mut out, format!("command={name}\n"));
        packet::write(&mut out, AGENT);
        if self.greeting.has("object-format") {
            packet::write(&mut out, "object-format=sha1\n");
        }
        out.extend_from_slice(packet::DELIMITER);
        for argument in arguments {
            packet::write(&mut out, argument);
        }
        out.extend_from_slice(packet::FLUSH);
        out
    }

    /// Whether the server can leave files out and hand them out one by one afterwards.
    pub(super) fn can_leave_files_out(&self) -> bool {
        let any = || self.greeting.has("allow-reachable-sha1-in-want") || self.greeting.has("allow-any-sha1-in-want");
        if self.greeting.v2 { self.greeting.lists("fetch", "filter") } else { self.greeting.has("filter") && any() }
    }

    /// A commit without those before it, or any other object alone. Ends the conversation.
    pub(super) async fn objects(mut self, want: ObjectId, extent: Extent) -> Result<Objects> {
        let mut options = Vec::new();
        if extent != Extent::Alone && (self.greeting.v2 || self.greeting.has("shallow")) {
            options.push("deepen 1\n".to_owned());
        }
        if extent == Extent::Folders && self.can_leave_files_out() {
            options.push("filter blob:none\n".to_owned());
        }
        let question =
            if self.greeting.v2 { self.question_v2(want, options) } else { self.question_v0(want, &options) };
        let (limit, limits) = if extent == Extent::Whole { (WHOLE_PACK, WHOLE) } else { (LIMIT, LIMITS) };
        let answer = self.link.ask(self.remote, self.call, question, limit, true).await?;
        let (v2, banded) = (self.greeting.v2, self.greeting.has("side-band-64k"));
        let read = tokio::task::spawn_blocking(move || {
            let pack = if v2 { pack_v2(&answer)? } else { pack_v0(&answer, banded)? };
            drop(answer);
            pack::read(&pack, limits, |_| None)
        });
        let read = read.await.unwrap_or(Err(Error::Broken("a pack")));
        read.map_err(|error| problem::broken(self.remote, &error))
    }

    fn question_v2(&self, want: ObjectId, options: Vec<String>) -> Vec<u8> {
        let mut lines = vec!["no-progress\n".to_owned(), "ofs-delta\n".to_owned(), format!("want {want}\n")];
        lines.extend(options);
        lines.push("done\n".to_owned());
        self.command("fetch", &lines)
    }

    fn question_v0(&self, want: ObjectId, options: &[String]) -> Vec<u8> {
        let filters = options.iter().any(|line| line.starts_with("filter"));
        let known = ["ofs-delta", "no-progress", "side-band-64k"].into_iter().chain(filters.then_some("filter"));
        let capabilities: Vec<_> = known.filter(|word| self.greeting.has(word)).collect();
        let mut out = Vec::new();
        packet::write(&mut out, format!("want {want} {} {AGENT}\n", capabilities.join(" ")));
        for option in options {
            packet::write(&mut out, option);
        }
        out.extend_from_slice(packet::FLUSH);
        packet::write(&mut out, "done\n");
        out
    }
}

/// `<id> <name> [symref-target:<name>]`, the id `unborn` where there is no commit yet.
fn read_refs(answer: &[u8]) -> Result<Refs, Error> {
    let mut found = Refs::default();
    for packet in Packets::new(answer) {
        let Packet::Data(data) = packet? else { break };
        let line = packet::text(data);
        if let Some(said) = line.strip_prefix("ERR ") {
            return Err(Error::Remote(said.to_owned()));
        }
        let mut words = line.split(' ');
        let (Some(id), Some(name)) = (words.next(), words.next()) else { return Err(Error::Broken("a ref")) };
        let id = if id == "unborn" { None } else { Some(id.parse()?) };
        if name == "HEAD" {
            found.head = words.find_map(|word| word.strip_prefix("symref-target:")).map(str::to_owned);
            found.head_commit = id;
        } else if let Some(id) = id {
            found.named.insert(name.to_owned(), id);
        }
    }
    Ok(found)
}

/// Sections, the last one `packfile` with side bands in it.
fn pack_v2(answer: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(packet::bands(&mut after_line(answer, "packfile")?)?.data)
}

/// `shallow` lines and a flush where the history was cut, `NAK`, then the pack.
fn pack_v0(answer: &[u8], banded: bool) -> Result<Vec<u8>, Error> {
    let mut packets = after_line(answer, "NAK")?;
    if banded { Ok(packet::bands(&mut packets)?.data) } else { Ok(packets.rest().to_vec()) }
}

/// The packets behind the line that announces the pack.
fn after_line<'a>(answer: &'a [u8], wanted: &str) -> Result<Packets<'a>, Error> {
    let mut packets = Packets::new(answer);
    while let Some(packet) = packets.next() {
        let Packet::Data(data) = packet? else { continue };
        let line = packet::text(data);
        if let Some(said) = line.strip_prefix("ERR ") {
            return Err(Error::Remote(said.to_owned()));
        }
        if line == wanted {
            return Ok(packets);
        }
    }
    Err(Error::Broken("an answer without a pack"))
}
