//! A project in a temporary folder.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::env::Env;
use pak_model::{Package, Problem};
use pak_project::{Config, Detection, Project, config, detect};

/// A tree of files that goes away with the test.
pub(crate) struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    /// Files by path; a path that ends in `/` is an empty folder.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self { folder: tempfile::Builder::new().prefix("tree").tempdir().unwrap() };
        std::fs::create_dir(tree.root()).unwrap();
        for (path, text) in files {
            tree.write(path, text);
        }
        tree
    }

    /// The project's root; its name is `greeting`.
    pub(crate) fn root(&self) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join("greeting")
    }

    /// The user's configuration folder.
    pub(crate) fn user(&self) -> Utf8PathBuf {
        self.root().with_file_name("user")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let file = self.root().join(path);
        std::fs::create_dir_all(if path.ends_with('/') { &file } else { file.parent().unwrap() }).unwrap();
        if !path.ends_with('/') {
            std::fs::write(file, text).unwrap();
        }
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root().join(path)).unwrap()
    }

    /// The project with `pak.toml` as it lies there, without variables.
    pub(crate) fn detect(&self) -> Result<Detection, Problem> {
        let loaded = config::load(&self.root(), &Env::default(), None)?;
        detect(&self.root(), &loaded.config)
    }

    pub(crate) fn open(&self, variables: &[(&str, &str)]) -> Result<Project, Problem> {
        Project::open(&self.root(), &env(variables), Some(&self.user()))
    }
}

pub(crate) fn env(variables: &[(&str, &str)]) -> Env {
    Env::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

/// A package on one line: `id (ecosystem) name version in folder -> needs  ! withheld`.
pub(crate) fn line(package: &Package) -> String {
    let mut line = format!("{} ({}) {} in {}", package.id, package.ecosystem, package.label(), package.directory);
    if !package.depends_on.is_empty() {
        line = format!("{line} -> {}", package.depends_on.join(", "));
    }
    if let Some(reason) = &package.withheld {
        line = format!("{line} ! {reason}");
    }
    line
}

/// Packages and notes as text, for snapshots.
pub(crate) fn shown(detection: &Detection) -> String {
    let packages = detection.packages.iter().map(line);
    let notes = detection.notes.iter().map(|note| format!("note {}: {}", note.path, note.reason));
    packages.chain(notes).collect::<Vec<_>>().join("\n")
}

/// The settings of nothing.
pub(crate) fn no_settings() -> Config {
    Config::default()
}
