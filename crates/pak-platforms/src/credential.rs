//! Sources of credentials that are not `pak`'s own: the ecosystem's variables and files.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::env::Env;
use pak_model::{Credential, Problem, Result, code};

/// Where drivers may look. A captured environment and folders, so that tests (and the server) can give others.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The captured environment.
    pub env: Env,
    /// The user's home folder.
    pub home: Option<Utf8PathBuf>,
    /// The project's root, for `.npmrc`, `.cargo/config.toml` and the like.
    pub project: Option<Utf8PathBuf>,
    /// The target's name, by which some tools keep accounts (Maven's server ids).
    pub target: Option<String>,
}

/// A credential and where it is from.
#[derive(Debug, Clone)]
pub struct Found {
    /// The credential.
    pub credential: Credential,
    /// In words: "variable NPM_TOKEN", "~/.npmrc".
    pub origin: String,
}

impl Sources {
    /// Nothing at all: for tests.
    pub fn empty() -> Self {
        Self { env: Env::default(), home: None, project: None, target: None }
    }

    /// The same for a target of this name.
    pub fn for_target(&self, name: &str) -> Self {
        Self { target: Some(name.to_owned()), ..self.clone() }
    }

    /// A file below the home folder.
    pub fn home_file(&self, name: &str) -> Option<Utf8PathBuf> {
        self.home.as_ref().map(|home| home.join(name))
    }

    /// A file of the project.
    pub fn project_file(&self, name: &str) -> Option<Utf8PathBuf> {
        self.project.as_ref().map(|project| project.join(name))
    }

    /// Reads a configuration file; `None` where there is none. A file that is there but cannot be read is an error:
    /// passing over it would publish with another credential than the user expects.
    pub fn read(&self, path: &Utf8Path) -> Result<Option<String>> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                Ok(None)
            }
            Err(error) => Err(Problem::new(code::config::FILE_UNREADABLE, format!("{path} cannot be read."))
                .about("file", path)
                .cause(&error)),
        }
    }

    /// The first of several variables that is set, as a token.
    pub fn token_from_env(&self, names: &[String]) -> Option<Found> {
        names.iter().find_map(|name| {
            let token = self.env.get(name)?;
            Some(Found {
                credential: Credential::Token(pak_model::Secret::new(token)),
                origin: format!("variable {name}"),
            })
        })
    }
}
