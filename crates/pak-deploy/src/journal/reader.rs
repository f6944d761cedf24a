//! Reads a journal back: cuts a torn last line, stops at a damaged one, refuses what a newer version wrote.

use std::fs::OpenOptions;

use camino::Utf8Path;
use pak_model::event::{Body, EVENT_SCHEMA, Event, Fact};
use pak_model::{Problem, Result, code};

use super::line::{self, Bad};

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

/// Cuts a torn tail, so that what is appended begins on a line of its own.
pub(super) fn cut_tail(path: &Utf8Path, whole: u64) -> std::io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    if file.metadata()?.len() > whole {
        file.set_len(whole)?;
        file.sync_all()?;
    }
    Ok(())
}
