//! Scanning: what is in a tree, an artifact, an image or a bill of materials, and what of it must not be published.
//!
//! The way through this crate: [`tree`] and `archive` give the bytes; `inventory` (components), `secrets`, `advisories`
//! (vulnerabilities), `licences` and `artifact` (what a release should not hold) look at them; everything found becomes one
//! [`Report`]; `policy` decides over each finding; `write` turns the report into the formats other tools read.
//!
//! Nothing here prints, and nothing but `advisories::online` uses the network.

pub mod advisories;
pub mod archive;
pub mod artifact;
pub mod inventory;
pub mod licences;
pub mod names;
pub mod pipelines;
pub mod policy;
pub mod report;
pub mod scan;
pub mod secrets;
pub mod tree;
pub mod versions;
pub mod write;

pub use report::{Component, Finding, Kind, Notice, Report, Severity};
