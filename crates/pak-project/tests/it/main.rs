//! Tests of the crate through its public face, on trees built in temporary folders.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod detection;
mod files;
mod init;
mod maven;
mod maven_versions;
mod settings;
mod tree;
