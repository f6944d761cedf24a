//! Any Maven repository that takes files by PUT: Nexus, Artifactory, Gitea, Reposilite, a plain web server with WebDAV.
//!
//! `central_rules.rs` is what Maven Central checks beyond that.

#![allow(dead_code, reason = "the parts come before the driver that uses them")]

pub(crate) mod central_rules;
pub(crate) mod component;
mod layout;
mod metadata;
#[cfg(test)]
mod sample;
mod version;
