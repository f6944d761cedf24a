//! Handing objects out: version 2 of the protocol, which every git of the last years speaks.

use std::collections::HashSet;
use std::io;

use pak_git::packet::{self, Packet, Packets};
use pak_git::{Error, ObjectId, pack};

use super::repository::Repository;
use super::walk::{self, Scope};

/// What is said first.
pub(super) fn greeting(v2: bool) -> Vec<u8> {
    let mut out = Vec::new();
    if !v2 {
        packet::write(&mut out, "ERR this server speaks version 2 of the protocol; git 2.18 or later is needed\n");
        return out;
    }
    for line in
        ["version 2\n", "agent=pak-sandbox\n", "ls-refs=unborn\n", "fetch=shallow filter\n", "object-format=sha1\n"]
    {
        packet::write(&mut out, line);
    }
    out.extend_from_slice(packet::FLUSH);
    out
}

/// Answers a question. What cannot be answered is told in git's own form.
pub(super) fn answer(repository: &Repository, question: &[u8]) -> io::Result<Vec<u8>> {
    let answered = match Question::parse(question) {
        Ok(question) if question.command == "ls-refs" => list(repository, &question.arguments)?,
        Ok(question) if question.command == "fetch" => fetch(repository, &question.arguments)?,
        Ok(_) => Err(Error::Broken("the command")),
        Err(error) => Err(error),
    };
    Ok(answered.unwrap_or_else(|error| {
        let mut out = Vec::new();
        packet::write(&mut out, format!("ERR {error}\n"));
        out
    }))
}

/// `command=…`, capabilities, a delimiter, arguments.
struct Question {
    command: String,
    arguments: Vec<String>,
}

impl Question {
    fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut question = Self { command: String::new(), arguments: Vec::new() };
        let mut begun = false;
        for packet in Packets::new(bytes) {
            match packet? {
                Packet::Data(data) if begun => question.arguments.push(packet::text(data)),
                Packet::Data(data) => {
                    if let Some(command) = packet::text(data).strip_prefix("command=") {
                        command.clone_into(&mut question.command);
                    }
                }
                Packet::Delimiter => begun = true,
                Packet::Flush | Packet::End => break,
            }
        }
        Ok(question)
    }
}

type Answered = io::Result<Result<Vec<u8>, Error>>;

/// The refs that begin with one of the prefixes.
fn list(repository: &Repository, arguments: &[String]) -> Answered {
    let says = |word: &str| arguments.iter().any(|argument| argument == word);
    let prefixes: Vec<&str> = arguments.iter().filter_map(|argument| argument.strip_prefix("ref-prefix ")).collect();
    let wanted = |name: &str| prefixes.is_empty() || prefixes.iter().any(|prefix| name.starts_with(prefix));
    let refs = repository.refs()?;
    let mut out = Vec::new();
    if wanted("HEAD") {
        let target = if says("symrefs") { format!(" symref-target:{}", refs.head) } else { String::new() };
        match refs.get(&refs.head) {
            Some(id) => packet::write(&mut out, format!("{id} HEAD{target}\n")),
            None if says("unborn") => packet::write(&mut out, format!("unborn HEAD{target}\n")),
            None => {}
        }
    }
    for (name, id) in refs.iter().filter(|(name, _)| wanted(name)) {
        packet::write(&mut out, format!("{id} {name}\n"));
    }
    out.extend_from_slice(packet::FLUSH);
    Ok(Ok(out))
}

/// What a client wants and what it has.
#[derive(Default)]
struct Wish {
    wants: Vec<ObjectId>,
    haves: Vec<ObjectId>,
    scope: Scope,
    /// Commits whose parents the client lacks: where its history was cut.
    cut: HashSet<ObjectId>,
    done: bool,
}

impl Wish {
    fn parse(arguments: &[String]) -> Result<Self, Error> {
        let mut wish = Self::default();
        for argument in arguments {
            match argument.split_once(' ').unwrap_or((argument, "")) {
                ("want", id) => wish.wants.push(id.parse()?),
                ("have", id) => wish.haves.push(id.parse()?),
                ("shallow", id) => {
                    wish.cut.insert(id.parse()?);
                }
                ("deepen", depth) => {
                    let depth = depth.parse().ok().filter(|depth| *depth > 0).ok_or(Error::Broken("the depth"))?;
                    wish.scope.depth = Some(depth);
                }
                ("filter", "blob:none") => wish.scope.without_files = true,
                ("filter" | "deepen-since" | "deepen-not" | "deepen-relative", _) => {
                    return Err(Error::Remote(format!("the sandbox does not know `{argument}`")));
                }
                ("done", _) => wish.done = true,
                // thin-pack, ofs-delta, no-progress, include-tag: whole objects are right for every client.
                _ => {}
            }
        }
        Ok(wish)
    }
}

fn fetch(repository: &Repository, arguments: &[String]) -> Answered {
    let wish = match Wish::parse(arguments) {
        Ok(wish) => wish,
        Err(error) => return Ok(Err(error)),
    };
    let find = |id: &ObjectId| repository.object(id);
    let mut out = Vec::new();
    let common: Vec<ObjectId> = wish.haves.iter().copied().filter(|id| find(id).is_some()).collect();
    if !wish.done {
        packet::write(&mut out, "acknowledgments\n");
        for id in &common {
            packet::write(&mut out, format!("ACK {id}\n"));
        }
        if common.is_empty() {
            packet::write(&mut out, "NAK\n");
            out.extend_from_slice(packet::FLUSH);
            return Ok(Ok(out));
        }
        packet::write(&mut out, "ready\n");
        out.extend_from_slice(packet::DELIMITER);
    }
    match objects(&wish, &common, &find) {
        Ok(walked) => {
            if let Some(lines) = shallow(&wish, &walked) {
                out.extend_from_slice(&lines);
            }
            packet::write(&mut out, "packfile\n");
            packet::write_band(&mut out, 1, &pack::write(walked.objects.iter())?);
            out.extend_from_slice(packet::FLUSH);
            Ok(Ok(out))
        }
        Err(error) => Ok(Err(error)),
    }
}

/// What the client lacks. It has everything that its own commits lead to, up to where its history was cut.
fn objects(wish: &Wish, common: &[ObjectId], find: walk::Find<'_>) -> Result<walk::Walked, Error> {
    let theirs = Scope::default();
    let has: HashSet<ObjectId> = if wish.cut.is_empty() {
        walk::walk(common, &HashSet::new(), &theirs, find)?.ids.into_iter().collect()
    } else {
        // Commits one by one: what is behind a cut is not there.
        let mut has = HashSet::new();
        let mut waiting = common.to_vec();
        while let Some(id) = waiting.pop() {
            let Some(commit) = find(&id).and_then(|object| pak_git::Commit::parse(&object.data).ok()) else { continue };
            if has.insert(id) {
                has.extend(walk::walk(&[commit.tree], &HashSet::new(), &theirs, find)?.ids);
                if !wish.cut.contains(&id) {
                    waiting.extend(commit.parents);
                }
            }
        }
        has
    };
    walk::walk(&wish.wants, &has, &wish.scope, find)
}

/// Where the client's history is cut now, and where no longer.
fn shallow(wish: &Wish, walked: &walk::Walked) -> Option<Vec<u8>> {
    wish.scope.depth?;
    let mut out = Vec::new();
    packet::write(&mut out, "shallow-info\n");
    for id in walked.boundary.difference(&wish.cut) {
        packet::write(&mut out, format!("shallow {id}\n"));
    }
    for id in wish.cut.intersection(&walked.commits).filter(|id| !walked.boundary.contains(id)) {
        packet::write(&mut out, format!("unshallow {id}\n"));
    }
    out.extend_from_slice(packet::DELIMITER);
    Some(out)
}
