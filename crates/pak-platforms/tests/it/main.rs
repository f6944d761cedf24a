//! Integration tests of the drivers: the shared conformance suite on the sandbox, real servers, real clients.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test ends by panicking and reports to people"
)]

mod cargo;
mod central_protocol;
mod conformance;
mod fixtures;
mod forge;
mod generic_protocol;
mod generic_real;
mod git;
mod hosts;
mod maven_real;
mod npm_client;
mod npm_protocol;
mod npm_real;
mod oci_client;
mod oci_protocol;
mod oci_real;
mod pypi_client;
mod pypi_real;
mod tap_proposal;
mod tap_real;
