//! Archives as a bounded stream of members. Every byte is taken as hostile: what is odd becomes a notice, and the walk goes on
//! where it can. Every scanner reads archives through [`walk`].
//!
//! Nothing is ever written to disk, so a member's path is a label and no more: never join it to a folder.

mod ar;
mod cpio;
mod format;
mod names;
mod rpm;
mod single;
mod source;
mod tar;
mod walker;
mod zip;

pub use format::{Format, format_of};
pub(crate) use names::leads_out;

use std::io::Read;

use crate::report::Notice;
use source::{Budget, Source};
use walker::Walker;

/// How much of an archive is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Archives within archives.
    pub depth: u32,
    /// Members in all.
    pub members: u64,
    /// The size of one member that is held in memory; the bytes of larger ones are passed over.
    pub member_bytes: u64,
    /// What is unpacked in all.
    pub total_bytes: u64,
    /// How many times larger than its compressed form a stream may be, once it is past the first mebibytes.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 8, members: 200_000, member_bytes: 64 << 20, total_bytes: 4 << 30, ratio: 1000 }
    }
}

/// One member of an archive.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// Where it is, below the name given to [`walk`]: `a.tgz!/package/x`. A label only: it may hold `..`.
    pub path: &'a str,
    /// What it is.
    pub kind: MemberKind<'a>,
    /// Its Unix mode, where the archive has one.
    pub mode: Option<u32>,
    /// Its size, as far as known; larger than `bytes` where its bytes were passed over.
    pub size: u64,
    /// What it holds; empty for all but files, and for files beyond the limits (a notice says so).
    pub bytes: &'a [u8],
}

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind<'a> {
    /// A file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link.
    Symlink {
        /// Where to, as the archive says.
        to: &'a str,
    },
    /// Another name of an earlier member.
    Hardlink {
        /// Of which member.
        to: &'a str,
    },
    /// A device, a socket or a pipe.
    Device,
}

/// Visits every member of `bytes` (an archive named `name`), archives within archives too, in order; an archive within is
/// visited itself before its members. Returns what was refused or looks hostile.
pub fn walk(name: &str, bytes: &[u8], limits: &Limits, visit: &mut dyn FnMut(&Member<'_>)) -> Vec<Notice> {
    let budget = Budget::new(limits);
    let mut walker = Walker::new(&budget, visit);
    match format_of(name, bytes) {
        Some(format) => walker.archive(name, format, Source::Slice(bytes), 0),
        None => walker.notices.unreadable(name, "is no archive that pak can read"),
    }
    walker.notices.into_list()
}

/// The same for an archive that is too large to be held: read once, from front to back. Zip archives cannot be read so.
pub fn walk_stream(
    name: &str,
    reader: &mut dyn Read,
    limits: &Limits,
    visit: &mut dyn FnMut(&Member<'_>),
) -> std::io::Result<Vec<Notice>> {
    let mut head = Vec::with_capacity(HEAD);
    (&mut *reader).take(HEAD as u64).read_to_end(&mut head)?;
    let budget = Budget::new(limits);
    let mut walker = Walker::new(&budget, visit);
    match format_of(name, &head) {
        Some(format) => {
            let mut whole = head.as_slice().chain(reader);
            walker.archive(name, format, Source::Stream { reader: &mut whole, length: None }, 0);
        }
        None => walker.notices.unreadable(name, "is no archive that pak can read"),
    }
    Ok(walker.notices.into_list())
}

/// Enough of an archive to know its format.
const HEAD: usize = 512;
