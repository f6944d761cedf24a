//! The project: its packages, found in manifests, and its settings, layered and explained.
//!
//! `detect.rs` walks the tree once and asks each reader in `manifest/`; `config/` reads `pak.toml` and every layer above and
//! below it; `project.rs` joins the two into what the engine works with.

pub mod config;
pub mod detect;
mod identity;
pub mod init;
mod manifest;
mod order;
mod places;
pub mod pom;
pub mod project;
mod tree;
pub mod version_scheme;
mod versions;
mod walk;
mod workspace;

pub use config::{Config, Loaded, PackageConfig, PlatformConfig, TargetConfig};
pub use detect::{Detection, Note, detect};
pub use project::{Project, find_root};
