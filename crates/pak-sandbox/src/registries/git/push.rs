//! Taking objects in: commands, a pack, and a report on each command.

use std::io;

use pak_git::pack::{self, Limits, Objects};
use pak_git::packet::{self, Packet, Packets};
use pak_git::{Error, ObjectId};

use super::repository::{Refs, Repository};
use super::walk;

const LIMITS: Limits = Limits { objects: 1_000_000, bytes: 1 << 30 };
const CAPABILITIES: &str =
    "report-status delete-refs side-band-64k quiet ofs-delta object-format=sha1 agent=pak-sandbox";

/// Every ref, the first with what the server can do.
pub(super) fn greeting(refs: &Refs) -> Vec<u8> {
    let mut out = Vec::new();
    let mut capabilities = format!("\0{CAPABILITIES}");
    for (name, id) in refs.iter() {
        packet::write(&mut out, format!("{id} {name}{capabilities}\n"));
        capabilities.clear();
    }
    if !capabilities.is_empty() {
        packet::write(&mut out, format!("{} capabilities^{{}}{capabilities}\n", ObjectId::ZERO));
    }
    out.extend_from_slice(packet::FLUSH);
    out
}

/// `<old> <new> <ref>`.
struct Command {
    old: ObjectId,
    new: ObjectId,
    name: String,
}

/// Carries a push out.
pub(super) async fn answer(repository: &Repository, question: &[u8]) -> io::Result<Vec<u8>> {
    let mut packets = Packets::new(question);
    let (commands, banded) = commands(&mut packets).map_err(|error| invalid(&error))?;
    if commands.is_empty() {
        // A client that asks whether it may push before it sends much.
        return Ok(Vec::new());
    }
    let _held = repository.lock().await;
    let mut report = Vec::new();
    match unpack(repository, packets.rest()) {
        Ok(objects) => {
            packet::write(&mut report, "unpack ok\n");
            for (name, refusal) in carry_out(repository, &commands, &objects)? {
                match refusal {
                    None => packet::write(&mut report, format!("ok {name}\n")),
                    Some(why) => packet::write(&mut report, format!("ng {name} {why}\n")),
                }
            }
        }
        Err(error) => {
            packet::write(&mut report, format!("unpack {error}\n"));
            for command in &commands {
                packet::write(&mut report, format!("ng {} unpacker error\n", command.name));
            }
        }
    }
    report.extend_from_slice(packet::FLUSH);
    if !banded {
        return Ok(report);
    }
    let mut out = Vec::new();
    packet::write_band(&mut out, 1, &report);
    out.extend_from_slice(packet::FLUSH);
    Ok(out)
}

fn invalid(error: &Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}

fn commands(packets: &mut Packets<'_>) -> Result<(Vec<Command>, bool), Error> {
    let (mut commands, mut banded) = (Vec::new(), false);
    for packet in packets {
        let Packet::Data(data) = packet? else { break };
        let line = packet::text(data);
        let (line, capabilities) = line.split_once('\0').unwrap_or((&line, ""));
        banded |= capabilities.split(' ').any(|word| word == "side-band-64k");
        if line.starts_with("shallow ") {
            continue;
        }
        let mut words = line.splitn(3, ' ');
        let (Some(old), Some(new), Some(name)) = (words.next(), words.next(), words.next()) else {
            return Err(Error::Broken("a command"));
        };
        commands.push(Command { old: old.parse()?, new: new.parse()?, name: name.to_owned() });
    }
    Ok((commands, banded))
}

/// Deletions come without a pack. Deltas may lean on what is here.
fn unpack(repository: &Repository, pack: &[u8]) -> Result<Objects, Error> {
    if pack.is_empty() { Ok(Objects::new()) } else { pack::read(pack, LIMITS, |id| repository.object(id)) }
}

/// Moves what may be moved; why not for the rest. Objects are kept before the first ref is.
fn carry_out(
    repository: &Repository,
    commands: &[Command],
    objects: &Objects,
) -> io::Result<Vec<(String, Option<&'static str>)>> {
    let mut refs = repository.refs()?;
    let mut judged = Vec::with_capacity(commands.len());
    for command in commands {
        let refusal = judge(repository, command, &refs, objects);
        if refusal.is_none() {
            refs.set(&command.name, command.new);
        }
        judged.push((command.name.clone(), refusal));
    }
    if judged.iter().any(|(_, refusal)| refusal.is_none()) {
        for object in objects.values() {
            repository.keep(object)?;
        }
        repository.write_refs(&refs)?;
    }
    Ok(judged)
}

fn judge(repository: &Repository, command: &Command, refs: &Refs, objects: &Objects) -> Option<&'static str> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
    let name = &command.name;
    if !name.starts_with("refs/") || name.split('/').any(str::is_empty) || name.contains("..") || name.contains(odd) {
        return Some("funny refname");
    }
    if refs.get(name).unwrap_or(ObjectId::ZERO) != command.old {
        return Some("fetch first");
    }
    if command.new == ObjectId::ZERO {
        return if refs.head == *name { Some("deletion of the current branch prohibited") } else { None };
    }
    let inside = |parent: &str, child: &str| child.strip_prefix(parent).is_some_and(|rest| rest.starts_with('/'));
    if refs.named.keys().any(|other| inside(other, name) || inside(name, other)) {
        return Some("a ref of that folder exists");
    }
    let find = |id: &ObjectId| objects.get(id).cloned().or_else(|| repository.object(id));
    if walk::is_whole(command.new, refs, &find) { None } else { Some("missing necessary objects") }
}
