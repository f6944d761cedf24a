//! Embedded registries for rehearsals and tests: real HTTP servers on loopback that real clients can install from.
//!
//! `serve.rs` accepts connections and applies injected faults; each file of `registries/` is one registry's protocol;
//! `store.rs` keeps what they hold as plain files that survive the process; `upstream.rs` sends reads of other packages on.

pub mod access;
pub mod faults;
pub mod identity;
pub mod occupancy;
pub mod registries;
pub mod serve;
mod sigstore;
pub mod store;
pub mod transfer;
pub mod upstream;

pub use faults::{Fault, Kind};
pub use serve::{Options, Sandbox};
pub use upstream::Upstream;
