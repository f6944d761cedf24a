//! A project as the engine works with it.

use camino::Utf8PathBuf;
use pak_model::Package;

use crate::config::Config;

/// A project: where it is, what it publishes, how it is set.
#[derive(Debug, Clone)]
pub struct Project {
    /// The root folder, absolute.
    pub root: Utf8PathBuf,
    /// The name in journals and messages.
    pub name: String,
    /// Every package found or configured, withheld ones included, in a stable order.
    pub packages: Vec<Package>,
    /// The effective settings.
    pub config: Config,
}
