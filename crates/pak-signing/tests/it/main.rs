//! Signing against others: their programs verify ours, ours verifies theirs.

#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected must fail")]

mod dsse;
mod flips;
mod minisign;
mod openpgp;
mod package;
mod sigstore;
mod ssh;
mod tool;
