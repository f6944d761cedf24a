//! The words of the domain: packages, artifacts, releases, plans, events, journal facts, findings and error codes.
//!
//! This crate does no input or output. Every other crate depends on it, and nothing here depends on them.

pub mod artifact;
pub mod code;
pub mod coordinates;
pub mod digest;
pub mod env;
pub mod event;
pub mod fault;
pub mod finding;
pub mod maven;
pub mod package;
pub mod placeholder;
pub mod plan;
pub mod problem;
pub mod python;
pub mod release;
pub mod secret;
pub mod security;
pub mod upload;
pub mod xml;

pub use artifact::{Artifact, ArtifactKind, Details};
pub use code::Code;
pub use coordinates::Coordinates;
pub use digest::{Digests, Hasher};
pub use finding::{Finding, Severity};
pub use package::{Ecosystem, Package};
pub use problem::{Effect, Problem, Recovery, Result};
pub use release::Release;
pub use secret::{Credential, Secret};
pub use upload::{Presence, Receipt, Role, Standing, Upload};
