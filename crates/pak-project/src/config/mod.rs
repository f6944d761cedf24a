//! Settings: the shape of `pak.toml`, the layers above and below it, and where each value came from.

mod edit;
mod explain;
mod file;
mod layers;
mod leaves;
mod legacy_conf;
mod platform;
mod schema;
mod validate;
mod variables;

pub(crate) use edit::replace;
pub use edit::{add, set, unset};
pub use file::{Config, EnvironmentConfig, PackageConfig, ProjectConfig, Signer, TargetConfig};
pub(crate) use layers::folder_name;
pub use layers::{CONF_FILE, Layer, LayerValue, Loaded, PRODUCTION, PROJECT_FILE, SANDBOX, USER_FILE, load};
pub use legacy_conf::KEYS as CONF_KEYS;
pub use platform::PlatformConfig;
pub(crate) use schema::nearest;
pub use schema::schema;
pub use variables::variable_of;
