//! The journal: facts as checksummed lines, on disk before what they announce, read back after any crash.

mod line;
mod lock;
mod mirror;
mod reader;
mod writer;

pub use lock::RunLock;
pub use mirror::Mirror;
pub(crate) use mirror::is_broken;
pub(crate) use reader::restore;
pub use reader::{Journal, read};
pub use writer::Writer;
