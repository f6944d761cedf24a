//! Signing: checksums, signatures and statements about artifacts, made and verified.
//!
//! Each kind of signature has a module that makes it and one function that verifies it; `verify` finds out which kind it has
//! before it. Nothing here prints; keyless signing alone uses the network, through `pak_http::Client`.

pub mod checksums;
pub mod detached;
pub mod dsse;
pub mod key;
pub mod minisign;
pub mod openpgp;
pub mod package;
pub mod provenance;
mod rsa;
pub mod sigstore;
pub mod ssh;
pub mod statement;
pub mod verify;

pub use verify::{Content, Kind, Verified};
