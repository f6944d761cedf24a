//! Settings: the shape of `pak.toml` and where each value came from.

mod file;

pub use file::{Config, EnvironmentConfig, PackageConfig, ProjectConfig, TargetConfig};
