//! One file per word of the way. `build`, `scan` and `sign` work on packages; `publish`, `stage` and `verify` on uploads.

pub(crate) mod attest;
pub mod build;
pub mod publish;
pub mod scan;
pub mod sign;
pub mod stage;
pub mod verify;
