//! The walk itself: hands members to the visitor, goes down into archives, and collects what was refused.

use std::io::{self, Read};

use super::names::{self, Collision, Seen};
use super::source::{Budget, Source, exceeded};
use super::{Format, Member, MemberKind, ar, cpio, format_of, rpm, single, tar, zip};
use crate::report::{Notice, NoticeKind};

/// Notices of one walk; a hostile archive must not drown the report.
const MOST_NOTICES: usize = 200;
/// Enough of a file to know its format.
const HEAD: u64 = 512;

/// Everything one walk carries along.
pub(super) struct Walker<'w> {
    pub(super) budget: &'w Budget,
    pub(super) notices: Notices,
    visit: &'w mut dyn FnMut(&Member<'_>),
}

/// One archive on the way.
pub(super) struct Place<'p> {
    /// Its own name.
    pub(super) name: &'p str,
    /// How deep it is.
    pub(super) depth: u32,
    /// Whether it is (part of) a system's root folder, where links to absolute paths and devices are normal.
    pub(super) system: bool,
    /// Whether it is a static library.
    pub(super) library: bool,
    /// The names so far.
    pub(super) seen: Seen,
}

/// One member, before its bytes are read.
pub(super) struct Entry<'e> {
    /// Its name as the archive has it.
    pub(super) name: &'e [u8],
    /// What it is.
    pub(super) kind: MemberKind<'e>,
    /// Its mode.
    pub(super) mode: Option<u32>,
    /// Its size.
    pub(super) size: u64,
}

impl<'p> Place<'p> {
    /// An archive named `name`.
    pub(super) fn new(name: &'p str, depth: u32) -> Self {
        let lower = name.to_ascii_lowercase();
        let system = lower.contains("blobs/sha256/")
            || lower.ends_with("layer.tar")
            || [".deb!/data.tar", ".rpm", ".cpio"].iter().any(|part| lower.contains(part));
        let library = [".a", ".lib", ".rlib"].iter().any(|ending| lower.ends_with(ending));
        Self { name, depth, system, library, seen: Seen::default() }
    }
}

impl<'w> Walker<'w> {
    pub(super) fn new(budget: &'w Budget, visit: &'w mut dyn FnMut(&Member<'_>)) -> Self {
        Self { budget, notices: Notices::default(), visit }
    }

    /// Walks one archive; what goes wrong in it is a notice.
    pub(super) fn archive(&mut self, name: &str, format: Format, source: Source<'_>, depth: u32) {
        if depth > self.budget.limits.depth {
            return self.notices.too_large(name, "is nested deeper than the limit");
        }
        let mut place = Place::new(name, depth);
        let mut source = source;
        let done = match format {
            Format::Tar => tar::walk(self, &mut place, &mut source),
            Format::Ar => ar::walk(self, &mut place, &mut source),
            Format::Cpio => cpio::walk(self, &mut place, &mut source),
            Format::Rpm => rpm::walk(self, &place, &mut source),
            Format::Gzip | Format::Xz | Format::Bzip2 | Format::Zstd => single::walk(self, &place, format, source),
            Format::Zip => match source {
                Source::Slice(bytes) => zip::walk(self, &mut place, bytes),
                Source::Stream { .. } => {
                    self.notices.too_large(name, "is a zip too large to be held");
                    Ok(())
                }
            },
            Format::SevenZip | Format::Rar => {
                self.notices.unreadable(name, "is an archive of a kind that pak does not unpack (7-Zip, RAR)");
                Ok(())
            }
        };
        if let Err(error) = done {
            self.notices.broken(name, &error);
        }
    }

    /// Takes one member from `source`, which stands at its first byte, hands it over and goes down into it. An error is the
    /// source's: nothing more can be read from it.
    pub(super) fn member(
        &mut self,
        place: &mut Place<'_>,
        entry: &Entry<'_>,
        source: &mut Source<'_>,
    ) -> io::Result<()> {
        self.budget.member()?;
        let name = names::read(entry.name);
        let path = format!("{}!/{}", place.name, name.shown);
        self.judge(place, entry, &name, &path);
        let found = |bytes, size| Member { path: &path, kind: entry.kind, mode: entry.mode, size, bytes };
        if entry.kind != MemberKind::File {
            source.skip(entry.size)?;
            (self.visit)(&found(&[], 0));
            return Ok(());
        }
        let small = entry.size <= self.budget.limits.member_bytes;
        if small || matches!(source, Source::Slice(_)) {
            let bytes = source.take_bytes(entry.size)?;
            (self.visit)(&found(if small { &bytes } else { &[] }, entry.size));
            match format_of(&path, &bytes) {
                Some(format) => self.archive(&path, format, Source::Slice(&bytes), place.depth + 1),
                None if !small => self.notices.too_large(&path, "is larger than the limit for one member"),
                None => {}
            }
            return self.budget.check();
        }
        (self.visit)(&found(&[], entry.size));
        let mut rest = source.by_ref().take(entry.size);
        let mut head = Vec::new();
        rest.by_ref().take(HEAD).read_to_end(&mut head)?;
        match format_of(&path, &head) {
            Some(format) => {
                let mut reader = head.as_slice().chain(&mut rest);
                let inner = Source::Stream { reader: &mut reader, length: Some(entry.size) };
                self.archive(&path, format, inner, place.depth + 1);
            }
            None => self.notices.too_large(&path, "is larger than the limit for one member"),
        }
        let rest = rest.limit();
        source.skip(rest)
    }

    /// A member that is too large to be handed over with its bytes.
    pub(super) fn passed_over(&mut self, place: &mut Place<'_>, entry: &Entry<'_>) -> io::Result<()> {
        self.budget.member()?;
        let name = names::read(entry.name);
        let path = format!("{}!/{}", place.name, name.shown);
        self.judge(place, entry, &name, &path);
        (self.visit)(&Member { path: &path, kind: entry.kind, mode: entry.mode, size: entry.size, bytes: &[] });
        self.notices.too_large(&path, "is larger than the limit for one member");
        Ok(())
    }

    /// What is wrong with a member's name or kind.
    fn judge(&mut self, place: &mut Place<'_>, entry: &Entry<'_>, name: &names::Name, path: &str) {
        if let Some(trouble) = name.trouble {
            // The folder itself, `./`, is a member of many tars.
            if !(entry.kind == MemberKind::Directory && name.shown.trim_matches(['.', '/']).is_empty()) {
                self.notices.hostile(path, trouble);
            }
        }
        if entry.kind == MemberKind::Directory {
            return;
        }
        match place.seen.add(&name.shown) {
            // Static libraries repeat names: linkers know members by their place.
            _ if place.library => {}
            Some(Collision::Same) => self.notices.hostile(path, "is in the archive more than once"),
            // Header files of systems differ by case only.
            Some(Collision::Alike(earlier)) if !place.system => {
                let message = format!("is the same name as {earlier} where case or Unicode form do not count");
                self.notices.hostile(path, &message);
            }
            Some(Collision::Alike(_)) | None => {}
        }
        match entry.kind {
            MemberKind::Symlink { to }
                if names::leads_out(&name.shown, to) && !(place.system && to.starts_with('/')) =>
            {
                self.notices.hostile(path, "is a link that leads out of the archive");
            }
            MemberKind::Hardlink { to } if names::read(to.as_bytes()).trouble.is_some() => {
                self.notices.hostile(path, "is a link that leads out of the archive");
            }
            MemberKind::Device if !place.system => self.notices.hostile(path, "is a device, a socket or a pipe"),
            _ => {}
        }
    }
}

/// The notices of one walk, bounded.
#[derive(Default)]
pub(super) struct Notices {
    list: Vec<Notice>,
    dropped: u64,
}

impl Notices {
    /// Something that tries to do harm, or that two programs read as two things.
    pub(super) fn hostile(&mut self, path: &str, what: &str) {
        self.add(
            NoticeKind::Hostile,
            path,
            what,
            "Build the archive again from a clean tree, and find out how this came in.",
        );
    }

    /// Something that cannot be understood.
    pub(super) fn unreadable(&mut self, path: &str, what: &str) {
        self.add(
            NoticeKind::Unreadable,
            path,
            what,
            "What it holds was not looked at: look yourself, or leave it out.",
        );
    }

    /// Something beyond the limits.
    pub(super) fn too_large(&mut self, path: &str, what: &str) {
        self.add(
            NoticeKind::TooLarge,
            path,
            what,
            "What it holds was not looked at: look yourself, or raise the limit.",
        );
    }

    /// An archive that could not be read to its end.
    pub(super) fn broken(&mut self, path: &str, error: &io::Error) {
        match exceeded(error) {
            Some(limit) => self.too_large(path, &limit.to_string()),
            None if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.unreadable(path, "ends early; the rest is missing");
            }
            None => self.unreadable(path, &format!("is damaged ({error}); the rest was not read")),
        }
    }

    fn add(&mut self, kind: NoticeKind, path: &str, what: &str, remedy: &str) {
        if self.list.len() >= MOST_NOTICES {
            self.dropped += 1;
            return;
        }
        let notice =
            Notice { kind, path: Some(path.to_owned()), message: format!("{path} {what}."), remedy: remedy.to_owned() };
        if self.list.last() != Some(&notice) {
            self.list.push(notice);
        }
    }

    /// All of them; the last one says how many were left out.
    pub(super) fn into_list(mut self) -> Vec<Notice> {
        if self.dropped > 0 {
            self.list.push(Notice {
                kind: NoticeKind::Hostile,
                path: None,
                message: format!("{} more oddities of the same archive are not listed.", self.dropped),
                remedy: "Build the archive again from a clean tree.".to_owned(),
            });
        }
        self.list
    }
}
