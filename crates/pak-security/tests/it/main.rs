//! What the crate does as a whole, against files, archives and the corpus.

#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected must fail")]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so, one that measures says what")]

mod advisories;
mod archive;
mod artifact;
mod corpus;
mod inventory;
mod inventory_archives;
mod inventory_hostile;
mod licences;
mod pipelines;
mod reports;
mod secrets;
mod versions;
