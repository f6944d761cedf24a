//! Pushing: one branch, a pack of new objects, and the server's report.

use pak_git::packet::{self, Packet, Packets};
use pak_git::{Error, Object, ObjectId, pack};
use pak_model::{Problem, Result, code};

use super::address::Remote;
use super::link::{LIMIT, Link, Service};
use super::problem;
use crate::call::Call;

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The branch is at this commit now (at none, if it was taken away).
    Done(ObjectId),
    /// Nothing was to be changed, and nothing was sent.
    Unchanged,
    /// The branch is not where it was when it was read, and was left alone. Read it again, then commit again.
    Moved(String),
    /// The repository lacks what the commit builds on: a fork that lags behind. Nothing was changed.
    Incomplete(String),
}

/// A branch to be moved.
#[derive(Clone, Copy)]
pub(super) struct Update<'a> {
    pub(super) branch: &'a str,
    pub(super) old: ObjectId,
    pub(super) new: ObjectId,
}

/// Moves a branch.
pub(super) async fn push(remote: &Remote, call: &Call, update: Update<'_>, objects: &[Object]) -> Result<Pushed> {
    call.http().allows_connection(&remote.url, true)?;
    let name = format!("refs/heads/{}", update.branch);
    let (mut link, greeting) = Link::open(remote, call, Service::Receive).await?;
    let deletes = update.new == ObjectId::ZERO;
    let now = greeting.refs.get(&name).copied().unwrap_or(ObjectId::ZERO);
    if now == update.new {
        return Ok(if deletes { Pushed::Unchanged } else { Pushed::Done(now) });
    }
    if now != update.old {
        return Ok(Pushed::Moved(format!("{} is at {now} now", update.branch)));
    }
    if !greeting.has("report-status") || (deletes && !greeting.has("delete-refs")) {
        let cannot = Error::Remote("it does not report on pushes, or takes no branch away".to_owned());
        return Err(problem::broken(remote, &cannot));
    }
    let banded = greeting.has("side-band-64k");
    let mut words = vec!["report-status", concat!("agent=pak/", env!("CARGO_PKG_VERSION"))];
    words.extend(banded.then_some("side-band-64k"));
    words.extend(greeting.has("object-format").then_some("object-format=sha1"));
    words.extend(deletes.then_some("delete-refs"));
    let mut question = Vec::new();
    packet::write(&mut question, format!("{} {} {name}\0 {}", update.old, update.new, words.join(" ")));
    question.extend_from_slice(packet::FLUSH);
    if !deletes {
        let pack = pack::write(objects.iter()).map_err(|error| {
            Problem::new(code::git::TOO_LARGE, format!("The commit for {} could not be packed.", remote.shown()))
                .cause(&error)
        })?;
        question.extend_from_slice(&pack);
    }
    let answer = link.ask(remote, call, question, LIMIT, true).await?;
    match report(&answer, banded, &name) {
        Ok(Report { refusal: None, .. }) => Ok(Pushed::Done(update.new)),
        Ok(Report { refusal: Some(reason), messages }) => judge(remote, update.branch, &reason, &messages),
        // The server gave up with a word of its own, and so may have done so after the work.
        Err(error) => Err(problem::answer_lost(remote).cause(&error)),
    }
}

/// What the server says became of the branch.
#[derive(Debug, PartialEq, Eq)]
struct Report {
    /// Why it was not moved.
    refusal: Option<String>,
    /// What its hooks printed.
    messages: String,
}

/// `unpack ok` or `unpack <why>`, then `ok <ref>` or `ng <ref> <why>`.
fn report(answer: &[u8], banded: bool, name: &str) -> Result<Report, Error> {
    let (data, messages) = if banded {
        let bands = packet::bands(&mut Packets::new(answer))?;
        (bands.data, bands.messages)
    } else {
        (answer.to_vec(), String::new())
    };
    let (mut unpacked, mut moved) = (None, None);
    for packet in Packets::new(&data) {
        let Packet::Data(line) = packet? else { break };
        let line = packet::text(line);
        if let Some(said) = line.strip_prefix("unpack ") {
            unpacked = Some(said.to_owned());
        } else if line.strip_prefix("ok ") == Some(name) {
            moved = Some(None);
        } else if let Some(said) = line.strip_prefix("ng ").and_then(|rest| rest.strip_prefix(name)) {
            moved = Some(Some(said.trim().to_owned()));
        }
    }
    match (unpacked.as_deref(), moved) {
        (Some("ok"), Some(refusal)) => Ok(Report { refusal, messages }),
        (Some(why), _) if why != "ok" => Ok(Report { refusal: Some(format!("unpack {why}")), messages }),
        _ => Err(Error::Broken("a report on the push")),
    }
}

/// What a refusal means. Servers word it freely; these are the words of git itself and of the large hosts.
fn judge(remote: &Remote, branch: &str, reason: &str, messages: &str) -> Result<Pushed> {
    let lower = reason.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&["declined", "protected", "prohibited", "denied", "not allowed to", "checked out"]) {
        return Err(problem::declined(remote, branch, reason, messages));
    }
    if says(&[
        "fetch first",
        "non-fast-forward",
        "stale info",
        "cannot lock ref",
        "failed to lock",
        "failed to update ref",
        "already exists",
        "incorrect old value",
    ]) {
        return Ok(Pushed::Moved(reason.to_owned()));
    }
    if says(&["missing necessary objects", "unpack", "shallow update"]) {
        return Ok(Pushed::Incomplete(reason.to_owned()));
    }
    Err(problem::declined(remote, branch, reason, messages))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "refs/heads/main";

    fn answer(lines: &[&str], banded: bool) -> Vec<u8> {
        let mut inner = Vec::new();
        for line in lines {
            packet::write(&mut inner, line);
        }
        inner.extend_from_slice(packet::FLUSH);
        if !banded {
            return inner;
        }
        let mut outer = Vec::new();
        packet::write_band(&mut outer, 2, b"checking\n");
        packet::write_band(&mut outer, 1, &inner);
        outer.extend_from_slice(packet::FLUSH);
        outer
    }

    #[test]
    fn reports_are_read_in_both_forms() {
        for banded in [false, true] {
            let messages = if banded { "checking\n" } else { "" }.to_owned();
            let good = answer(&["unpack ok\n", "ok refs/heads/main\n"], banded);
            assert_eq!(report(&good, banded, NAME), Ok(Report { refusal: None, messages: messages.clone() }));
            let bad = answer(&["unpack ok\n", "ng refs/heads/main fetch first\n"], banded);
            assert_eq!(report(&bad, banded, NAME), Ok(Report { refusal: Some("fetch first".into()), messages }));
        }
        let bad = answer(&["unpack index-pack abnormal exit\n", "ng refs/heads/main unpacker error\n"], false);
        assert_eq!(report(&bad, false, NAME).unwrap().refusal.as_deref(), Some("unpack index-pack abnormal exit"));
    }

    #[test]
    fn a_report_that_does_not_speak_of_the_branch_is_none() {
        for lines in [&["unpack ok\n"][..], &["ok refs/heads/main\n"], &["unpack ok\n", "ok refs/heads/mainly\n"], &[]]
        {
            assert!(report(&answer(lines, true), true, NAME).is_err(), "{lines:?}");
        }
        assert!(report(b"", true, NAME).is_err());
    }

    #[test]
    fn refusals_mean_what_servers_mean_by_them() {
        let remote = Remote::parse("https://example.org/acme/tap").unwrap();
        let judge = |reason: &str| judge(&remote, "main", reason, "remote: GH006: no\n");
        for moved in ["fetch first", "non-fast-forward", "cannot lock ref 'refs/heads/main': is at a but expected b"] {
            assert!(matches!(judge(moved), Ok(Pushed::Moved(_))), "{moved}");
        }
        for incomplete in ["missing necessary objects", "unpack index-pack abnormal exit", "unpacker error"] {
            assert!(matches!(judge(incomplete), Ok(Pushed::Incomplete(_))), "{incomplete}");
        }
        for declined in ["pre-receive hook declined", "protected branch hook declined", "deletion prohibited", "what"] {
            let problem = judge(declined).unwrap_err();
            assert_eq!(problem.code(), code::git::DECLINED, "{declined}");
            assert_eq!(problem.causes(), [declined, "remote: GH006: no"]);
        }
    }
}
