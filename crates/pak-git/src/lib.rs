//! Git's objects, packs and packet lines: bytes in, bytes out, nothing read or sent.
//!
//! The client in `pak-platforms/src/protocol/git/` and the embedded server in `pak-sandbox/src/registries/git/` put transports around
//! it. Everything read here comes from the other side of a connection: sizes are bounded and nothing panics.

mod commit;
mod delta;
mod edit;
mod error;
mod object;
pub mod pack;
pub mod packet;
mod tree;

pub use commit::{Commit, Person};
pub use edit::{Change, Content, Edited, Found, edit, find};
pub use error::Error;
pub use object::{Kind, Object, ObjectId};
pub use tree::{Entry, Mode, Tree};
