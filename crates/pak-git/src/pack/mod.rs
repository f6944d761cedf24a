//! Packs: many objects in one stream.

mod read;
mod write;

pub use read::{Limits, Objects, read};
pub use write::write;

/// The kinds of entries that are no objects of their own.
const OFFSET_DELTA: u8 = 6;
const NAMED_DELTA: u8 = 7;

#[cfg(test)]
mod tests;
