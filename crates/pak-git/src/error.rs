//! What can be wrong with bytes that claim to be git's.

use std::fmt;

use crate::object::ObjectId;

/// Why something could not be read or made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Bytes that are not what git writes.
    Broken(&'static str),
    /// More than the reader may hold.
    TooLarge(&'static str),
    /// An object that others name is not there.
    Missing(ObjectId),
    /// A path that cannot be written, and why.
    Path(String, &'static str),
    /// What the other side said before it gave up.
    Remote(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(what) => write!(f, "{what} cannot be read"),
            Self::TooLarge(what) => write!(f, "{what} is too large"),
            Self::Missing(id) => write!(f, "object {id} is missing"),
            Self::Path(path, why) => write!(f, "`{path}` {why}"),
            Self::Remote(said) => f.write_str(said),
        }
    }
}

impl std::error::Error for Error {}
