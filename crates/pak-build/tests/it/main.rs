//! Integration tests of the builds: our own packers against the ecosystems' tools.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test ends by panicking and reports to people"
)]

mod cargo_package;
mod generic;
mod maven;
mod npm_fidelity;
mod oci_archive;
mod oci_recipe;
mod python_native;
