//! Reads a journal back: cuts a torn last line, stops at a damaged one, refuses what a newer version wrote.

use std::fs::OpenOptions;

use camino::Utf8Path;
use pak_model::event::{Body, EVENT_SCHEMA, Event, Fact};
use pak_model::{Problem, Result, code};

use super::line::{self, Bad};
use crate::state::write_whole;

/// A journal as read.
#[derive(Debug, Clone)]
pub struct Journal {
    /// Its facts, in order.
    pub events: Vec<Event>,
    /// How many bytes of it are whole lines; anything after is a torn line of a killed process.
    pub whole: u64,
}

/// Reads a journal. A torn tail is left out (and cut off by the next writer); nothing is changed here.
pub fn read(path: &Utf8Path) -> Result<Journal> {
    let bytes = std::fs::read(path).map_err(|error| {
        Problem::new(code::deploy::JOURNAL_DAMAGED, format!("{path} cannot be read.")).about("file", path).cause(&error)
    })?;
    let mut events: Vec<Event> = Vec::new();
    let mut at = 0usize;
    let mut number = 0u32;
    while let Some(length) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n')) {
        number += 1;
        let event = match line::decode(bytes.get(at..at + length).unwrap_or_default()) {
            Ok(event) => event,
            // A damaged line with nothing behind it is a write that the crash cut in the middle of the disk's work.
            Err(Bad::Damaged) if at + length + 1 == bytes.len() => break,
            Err(Bad::Damaged) => {
                return Err(Problem::new(
                    code::deploy::JOURNAL_DAMAGED,
                    format!("Line {number} of {path} is damaged."),
                )
                .about("file", path));
            }
            Err(Bad::Unknown(why)) => {
                return Err(Problem::new(
                    code::deploy::JOURNAL_NEWER,
                    format!("Line {number} of {path} is of a form this version of pak does not know."),
                )
                .about("file", path)
                .said(why));
            }
        };
        check(&event, events.last(), path, number)?;
        events.push(event);
        at += length + 1;
    }
    Ok(Journal { events, whole: at as u64 })
}

fn check(event: &Event, before: Option<&Event>, path: &Utf8Path, number: u32) -> Result<()> {
    if let Body::Fact(Fact::RunPlanned { schema, pak, .. }) = &event.body
        && *schema > EVENT_SCHEMA
    {
        return Err(Problem::new(
            code::deploy::JOURNAL_NEWER,
            format!("{path} was written by pak {pak}, whose journals this version does not know."),
        )
        .about("file", path));
    }
    let expected = before.map_or(1, |before| before.seq + 1);
    if event.seq != expected {
        return Err(Problem::new(
            code::deploy::JOURNAL_DAMAGED,
            format!("Line {number} of {path} is number {}, where {expected} belongs: lines are missing.", event.seq),
        )
        .about("file", path));
    }
    Ok(())
}

/// Writes a journal of facts that were kept elsewhere, after the same checks as when it is read.
pub(crate) fn restore(path: &Utf8Path, events: &[Event]) -> Result<()> {
    let mut lines = Vec::new();
    for event in events {
        let line = line::encode(event).map_err(|error| {
            Problem::new(code::deploy::JOURNAL_WRITE, format!("{path} cannot be written.")).cause(&error)
        })?;
        lines.extend(line);
    }
    write_whole(path, &lines)?;
    read(path).map(drop)
}

/// Cuts a torn tail, so that what is appended begins on a line of its own.
pub(super) fn cut_tail(path: &Utf8Path, whole: u64) -> std::io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    if file.metadata()?.len() > whole {
        file.set_len(whole)?;
        file.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use camino::Utf8PathBuf;
    use pak_model::fault::FaultPlan;
    use uuid::Uuid;

    use super::*;
    use crate::events::{Nobody, Sink};
    use crate::journal::Writer;

    struct Folder {
        _keep: tempfile::TempDir,
        path: Utf8PathBuf,
    }

    fn folder() -> Folder {
        let keep = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(keep.path().join("journal.jsonl")).unwrap();
        Folder { _keep: keep, path }
    }

    fn planned(schema: u32) -> Fact {
        Fact::RunPlanned {
            schema,
            pak: "9.9.9".into(),
            project: "p".into(),
            environment: "e".into(),
            plan_digest: "d".into(),
        }
    }

    async fn write(path: &Utf8Path, before: Option<&Journal>, facts: Vec<Fact>) {
        let writer = Writer::open(path, Uuid::nil(), before, FaultPlan::none(), Arc::new(Nobody), None).unwrap();
        for fact in facts {
            writer.append(fact).await.unwrap();
        }
    }

    fn started(step: &str) -> Fact {
        Fact::StepStarted { step: step.to_owned() }
    }

    #[tokio::test]
    async fn a_torn_tail_is_cut_at_any_byte_and_the_journal_goes_on() {
        let full = folder();
        write(&full.path, None, vec![planned(EVENT_SCHEMA), started("a"), started("b")]).await;
        let bytes = std::fs::read(&full.path).unwrap();
        let two_lines = read(&full.path).unwrap().events[..2].to_vec();
        let third = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).unwrap().0 + 1;
        for cut in third..bytes.len() {
            let torn = folder();
            std::fs::write(&torn.path, &bytes[..cut]).unwrap();
            let journal = read(&torn.path).unwrap();
            assert_eq!(journal.events, two_lines, "cut at {cut}");
            write(&torn.path, Some(&journal), vec![started("c")]).await;
            let healed = read(&torn.path).unwrap();
            assert_eq!(healed.events.len(), 3);
            assert_eq!(healed.events[2].body, Body::Fact(started("c")));
        }
    }

    #[tokio::test]
    async fn a_damaged_middle_stops_and_is_left_alone() {
        let folder = folder();
        write(&folder.path, None, vec![planned(EVENT_SCHEMA), started("a"), started("b")]).await;
        let mut bytes = std::fs::read(&folder.path).unwrap();
        bytes[40] ^= 1;
        std::fs::write(&folder.path, &bytes).unwrap();
        let problem = read(&folder.path).unwrap_err();
        assert_eq!(problem.code(), code::deploy::JOURNAL_DAMAGED);
        assert!(problem.message().starts_with("Line 1 of "), "{problem}");
        assert_eq!(std::fs::read(&folder.path).unwrap(), bytes);
    }

    #[tokio::test]
    async fn a_missing_line_is_noticed() {
        let folder = folder();
        write(&folder.path, None, vec![planned(EVENT_SCHEMA), started("a"), started("b")]).await;
        let text = std::fs::read_to_string(&folder.path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        std::fs::write(&folder.path, format!("{}\n{}\n", lines[0], lines[2])).unwrap();
        assert_eq!(read(&folder.path).unwrap_err().code(), code::deploy::JOURNAL_DAMAGED);
    }

    #[tokio::test]
    async fn a_journal_of_a_newer_version_is_refused() {
        let newer = folder();
        write(&newer.path, None, vec![planned(EVENT_SCHEMA + 1)]).await;
        let problem = read(&newer.path).unwrap_err();
        assert_eq!(problem.code(), code::deploy::JOURNAL_NEWER);
        assert!(problem.message().contains("9.9.9"), "{problem}");
    }

    #[tokio::test]
    async fn facts_reach_the_sink_in_order_and_only_when_they_are_on_disk() {
        struct Seen(Utf8PathBuf, Mutex<Vec<u64>>);
        impl Sink for Seen {
            fn event(&self, event: &Event) {
                let on_disk = std::fs::read_to_string(&self.0).unwrap();
                assert!(on_disk.contains(&format!("\"seq\":{},", event.seq)));
                self.1.lock().unwrap().push(event.seq);
            }
        }
        let folder = folder();
        let seen = Arc::new(Seen(folder.path.clone(), Mutex::default()));
        let sink: Arc<dyn Sink> = seen.clone();
        let writer = Arc::new(Writer::open(&folder.path, Uuid::nil(), None, FaultPlan::none(), sink, None).unwrap());
        let tasks = (0..50).map(|n| {
            let writer = Arc::clone(&writer);
            tokio::spawn(async move { writer.append(started(&n.to_string())).await.unwrap() })
        });
        futures_util::future::join_all(tasks).await;
        assert_eq!(*seen.1.lock().unwrap(), (1..=50).collect::<Vec<u64>>());
        assert_eq!(read(&folder.path).unwrap().events.len(), 50);
    }
}
