//! Where an archive's bytes come from: memory, or a stream that is unpacked meanwhile and counted against the limits.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, Read};

use super::Limits;

/// Below this a stream may grow as it likes: a file of a few zeros is no bomb.
const RATIO_FROM: u64 = 8 << 20;
/// What is reserved before the first byte came, whatever a header promises.
const RESERVE: u64 = 1 << 20;

/// What has been used up, shared by all the nested archives of one walk.
pub(super) struct Budget {
    pub(super) limits: Limits,
    unpacked: Cell<u64>,
    members: Cell<u64>,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { limits: *limits, unpacked: Cell::new(0), members: Cell::new(0) }
    }

    /// Whether one more member may be looked at.
    pub(super) fn member(&self) -> io::Result<()> {
        self.members.set(self.members.get() + 1);
        if self.members.get() > self.limits.members { Err(Exceeded::Members.into()) } else { Ok(()) }
    }

    fn unpacked(&self, count: u64) -> io::Result<()> {
        self.unpacked.set(self.unpacked.get() + count);
        if self.unpacked.get() > self.limits.total_bytes { Err(Exceeded::Total.into()) } else { Ok(()) }
    }

    /// An error once nothing more may be looked at.
    pub(super) fn check(&self) -> io::Result<()> {
        if self.unpacked.get() > self.limits.total_bytes {
            return Err(Exceeded::Total.into());
        }
        if self.members.get() > self.limits.members { Err(Exceeded::Members.into()) } else { Ok(()) }
    }
}

/// A limit that stops a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exceeded {
    /// Too many members.
    Members,
    /// Too much unpacked in all.
    Total,
    /// One stream grows too much.
    Ratio,
}

impl std::fmt::Display for Exceeded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Members => "holds more members than the limit",
            Self::Total => "unpacks to more than the limit",
            Self::Ratio => "grows beyond measure when unpacked",
        })
    }
}

impl std::error::Error for Exceeded {}

impl From<Exceeded> for io::Error {
    fn from(exceeded: Exceeded) -> Self {
        Self::other(exceeded)
    }
}

/// The limit that an error stands for, if it does.
pub(super) fn exceeded(error: &io::Error) -> Option<Exceeded> {
    error.get_ref()?.downcast_ref::<Exceeded>().copied()
}

/// A decoder whose output is counted.
pub(super) struct Meter<'b, R> {
    inner: R,
    budget: &'b Budget,
    produced: u64,
    most: u64,
}

impl<'b, R: Read> Meter<'b, R> {
    /// Counts what `inner` makes of `packed` bytes (none: not known, then only the total counts).
    pub(super) fn new(inner: R, budget: &'b Budget, packed: Option<u64>) -> Self {
        let most = packed.map_or(u64::MAX, |packed| packed.saturating_mul(budget.limits.ratio).max(RATIO_FROM));
        Self { inner, budget, produced: 0, most }
    }
}

impl<R: Read> Read for Meter<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.produced += count as u64;
        self.budget.unpacked(count as u64)?;
        if self.produced > self.most { Err(Exceeded::Ratio.into()) } else { Ok(count) }
    }
}

/// The bytes of one archive.
pub(super) enum Source<'a> {
    /// All in memory: parts of it cost nothing.
    Slice(&'a [u8]),
    /// Read once, from front to back.
    Stream {
        /// The bytes.
        reader: &'a mut dyn Read,
        /// How many there are, if that is known.
        length: Option<u64>,
    },
}

impl<'a> Source<'a> {
    /// How many bytes there are, if that is known.
    pub(super) fn length(&self) -> Option<u64> {
        match self {
            Self::Slice(bytes) => Some(bytes.len() as u64),
            Self::Stream { length, .. } => *length,
        }
    }

    /// The next `size` bytes; an error where there are fewer.
    pub(super) fn take_bytes(&mut self, size: u64) -> io::Result<Cow<'a, [u8]>> {
        match self {
            Self::Slice(bytes) => {
                let size = usize::try_from(size).map_err(|_| io::ErrorKind::UnexpectedEof)?;
                let (taken, rest) = bytes.split_at_checked(size).ok_or(io::ErrorKind::UnexpectedEof)?;
                *bytes = rest;
                Ok(Cow::Borrowed(taken))
            }
            Self::Stream { reader, .. } => {
                let mut taken = Vec::with_capacity(usize::try_from(size.min(RESERVE)).unwrap_or(0));
                reader.by_ref().take(size).read_to_end(&mut taken)?;
                if (taken.len() as u64) < size {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(Cow::Owned(taken))
            }
        }
    }

    /// Passes over `size` bytes; an error where there are fewer.
    pub(super) fn skip(&mut self, size: u64) -> io::Result<()> {
        if let Self::Slice(_) = self {
            return self.take_bytes(size).map(|_| ());
        }
        let passed = io::copy(&mut self.by_ref().take(size), &mut io::sink())?;
        if passed < size { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// Fills the block as far as there are bytes; how many there were.
    pub(super) fn fill(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.read(rest) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Slice(bytes) => bytes.read(buffer),
            Self::Stream { reader, .. } => reader.read(buffer),
        }
    }
}
