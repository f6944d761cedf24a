//! The engine against the embedded registries: real drivers, real requests, injected faults.

#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected must fail")]

mod attest;
mod converge;
mod failures;
mod mirror;
mod portal;
mod programs;
mod rehearse;
mod rollback;
mod sign;
mod stage;
mod trust;
