//! What the crate does as a whole, against files, archives and the corpus.

#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected must fail")]

mod archive;
mod corpus;
mod inventory;
mod reports;
mod versions;
