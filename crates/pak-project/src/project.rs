//! A project as the engine works with it.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::env::Env;
use pak_model::{Ecosystem, Package, Problem, Result, code};

use crate::config::{self, Config, Loaded, PROJECT_FILE, folder_name};
use crate::detect::{Note, detect, unknown_package};

/// A project: where it is, what it publishes, how it is set.
#[derive(Debug, Clone)]
pub struct Project {
    /// The root folder, absolute.
    pub root: Utf8PathBuf,
    /// The name in journals and messages.
    pub name: String,
    /// Every package found or configured, withheld ones included, in a stable order.
    pub packages: Vec<Package>,
    /// The effective settings. `production`, where the project names no environment, holds the default platform of every
    /// ecosystem found; `sandbox` holds production's targets, unless it has targets of its own.
    pub config: Config,
    /// What looked like a package and is none.
    pub notes: Vec<Note>,
    /// The settings with their origins.
    pub loaded: Loaded,
}

impl Project {
    /// Reads settings and packages of the project at `root`.
    pub fn open(root: &Utf8Path, env: &Env, user_config_dir: Option<&Utf8Path>) -> Result<Self> {
        let root = root.canonicalize_utf8().map_err(|error| {
            let code = if error.kind() == std::io::ErrorKind::InvalidData {
                code::project::NOT_UTF8
            } else {
                code::project::UNREADABLE
            };
            Problem::new(code, format!("{root} cannot be opened as a project.")).about("folder", root).cause(&error)
        })?;
        let loaded = config::load(&root, env, user_config_dir)?;
        let detection = detect(&root, &loaded.config)?;
        let holds = |ecosystem: &Ecosystem| {
            detection.packages.iter().any(|package| package.ecosystem == *ecosystem && package.withheld.is_none())
        };
        let ecosystems: Vec<Ecosystem> = Ecosystem::ALL.iter().copied().filter(holds).collect();
        let loaded = loaded.with_ecosystems(&ecosystems)?;
        let config = loaded.config.clone();
        known_packages(&config, &detection.packages)?;
        let name = config.project.name.clone().unwrap_or_else(|| folder_name(&root).to_owned());
        Ok(Self { root, name, packages: detection.packages, config, notes: detection.notes, loaded })
    }

    /// The package of an id.
    pub fn package(&self, id: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.id == id)
    }
}

/// Targets name packages by id; a misspelt one would silently not be published.
fn known_packages(config: &Config, packages: &[Package]) -> Result<()> {
    let known: Vec<String> = packages.iter().map(|package| package.id.clone()).collect();
    for (environment, targets) in &config.environments {
        for (target, settings) in targets {
            if let Some(id) = settings.packages.iter().flatten().find(|id| !known.contains(id)) {
                return Err(unknown_package(
                    id,
                    &format!("`packages` of [environments.{environment}.{target}]"),
                    &known,
                ));
            }
        }
    }
    Ok(())
}

/// The project's root for a command that starts in `start`: the nearest folder upwards with a `pak.toml`, else `start`.
pub fn find_root(start: &Utf8Path) -> Utf8PathBuf {
    start.ancestors().find(|folder| folder.join(PROJECT_FILE).is_file()).unwrap_or(start).to_owned()
}
