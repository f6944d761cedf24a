//! The project: its packages, found in manifests, and its settings, layered and explained.
//!
//! `detect.rs` walks the tree once and asks each reader in `manifest/`; `config/` reads `pak.toml` and every layer above and
//! below it; `project.rs` joins the two into what the engine works with.

pub mod config;
pub mod project;

pub use config::{Config, PackageConfig, TargetConfig};
pub use project::Project;
