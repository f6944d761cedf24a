//! Packages that are files in a git repository: what Homebrew's taps and Scoop's buckets have in common.
//!
//! A platform says where its file lies and how it is written ([`Format`]); [`Tap`] is the rest of its driver: it commits the
//! file to the branch (`push.rs`) or offers it as a pull request (`proposal.rs`), finds it again, and takes it back.

mod author;
mod check;
mod credentials;
pub mod files;
pub mod format;
pub mod license;
mod lookup;
mod place;
mod proposal;
mod publish;
mod push;
#[cfg(test)]
pub(crate) mod sample;
pub mod template;
mod undo;

use std::sync::Arc;

use pak_model::Upload;

pub use files::{Choice, File};
pub use format::{Format, Subject};
pub use license::License;

use self::place::Place;
use crate::definition::Definition;
use crate::platform::{Platform, platform};
use crate::protocol::memory::Memory;

/// A driver of this family.
pub struct Tap {
    definition: Definition,
    format: &'static dyn Format,
    /// What was at a file's place when it was last looked for.
    seen: Memory<Seen>,
}

/// What is at a file's place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    /// A file, by its blob.
    Blob(String),
    /// No file.
    Nothing,
}

impl Seen {
    fn of(blob: Option<String>) -> Self {
        blob.map_or(Self::Nothing, Self::Blob)
    }
}

/// What uploads to a repository are called where they are offered as pull requests: for a check of the credential without a
/// release.
pub fn offered_name(repository: &str, forge: Option<&str>) -> String {
    let named = place::Place::named(repository);
    let place = place::Place { proposed: true, forge: forge.map(str::to_owned), ..named };
    place.coordinates().name
}

impl Tap {
    /// The driver of a platform with its own kind of file.
    pub fn create(definition: Definition, format: &'static dyn Format) -> Arc<dyn Platform> {
        Arc::new(Self { definition, format, seen: Memory::default() })
    }
}

platform!(Tap, undo: Undo);

/// The branch that holds an upload's file; none where it is the repository's own.
pub fn branch(upload: &Upload) -> Option<String> {
    let place = Place::of_upload(upload);
    if place.proposed { Some(place.proposed_branch()) } else { place.branch }
}
