//! Git repositories without a git program: reads the tip of a branch and puts a few files into it with one commit, or reads a
//! commit with everything in it.
//!
//! Used by the platforms that are repositories ("taps", "buckets"). Start at [`Remote`]: [`Remote::tip`], then [`Remote::commit`].
//! HTTP goes through the call's client; ssh is a child process that the call's policy is asked about first.

mod address;
mod fetch;
mod greeting;
mod http;
mod link;
mod problem;
mod push;
mod remote;
mod snapshot;
mod ssh;
mod ssh_command;
mod tip;

pub use address::Remote;
pub use pak_git::{Change, Content, Entry, Kind, Mode, ObjectId, Person as Author};
pub use push::Pushed;
pub use remote::NewCommit;
pub use snapshot::{Item, Snapshot};
pub use tip::Tip;
