//! What a command may need: the captured environment, the folders, the output. Made once; nothing is read that is not asked for.

use camino::{Utf8Path, Utf8PathBuf};
use etcetera::base_strategy::{BaseStrategy as _, choose_base_strategy};
use pak_deploy::CredentialStore;
use pak_model::env::Env;
use pak_model::{Problem, Result, code};
use pak_platforms::Sources;

use crate::output::Output;

/// The surroundings of a command.
pub(crate) struct Context {
    /// The captured environment.
    pub(crate) env: Env,
    /// Where results and progress go.
    pub(crate) output: Output,
    /// The folder the command was started in.
    pub(crate) directory: Utf8PathBuf,
}

impl Context {
    #[expect(clippy::disallowed_methods, reason = "this is the place that resolves the folder once")]
    pub(crate) fn new(env: Env, output: Output) -> Result<Self> {
        let unreadable = |text: String| Problem::new(code::project::UNREADABLE, text);
        let directory = std::env::current_dir()
            .map_err(|error| unreadable("The current folder cannot be read.".to_owned()).cause(&error))?;
        let directory = Utf8PathBuf::from_path_buf(directory).map_err(|path| {
            Problem::new(code::project::NOT_UTF8, format!("{} is not a UTF-8 path.", path.display()))
        })?;
        Ok(Self { env, output, directory })
    }

    /// The user's configuration: `PAK_CONFIG_DIR`.
    pub(crate) fn config_folder(&self) -> Result<Utf8PathBuf> {
        self.folder("PAK_CONFIG_DIR", Base::config_dir)
    }

    /// Kept data: `PAK_DATA_DIR`.
    pub(crate) fn data_folder(&self) -> Result<Utf8PathBuf> {
        self.folder("PAK_DATA_DIR", Base::data_dir)
    }

    /// Journals, locks, artifacts: `PAK_STATE_DIR`.
    pub(crate) fn state_folder(&self) -> Result<Utf8PathBuf> {
        self.folder("PAK_STATE_DIR", |base| base.state_dir().unwrap_or_else(|| base.data_dir().join("state")))
    }

    fn folder(&self, variable: &str, default: impl Fn(&Base) -> std::path::PathBuf) -> Result<Utf8PathBuf> {
        if let Some(path) = self.env.get(variable) {
            return Ok(self.directory.join(path));
        }
        let unknown = |text: &str| {
            Problem::new(code::deploy::STATE_UNUSABLE, text.to_owned()).next(format!("Set {variable} to a folder."))
        };
        let base = choose_base_strategy().map_err(|error| unknown("The home folder is not known.").cause(&error))?;
        let folder =
            Utf8PathBuf::from_path_buf(default(&base)).map_err(|_| unknown("The home folder's path is not UTF-8."))?;
        Ok(folder.join("pak"))
    }

    /// The same surroundings under the settings that hold here: variables, and below them `pak.conf`.
    pub(crate) fn configured(&self) -> Result<Self> {
        let root = pak_project::find_root(&self.directory);
        Ok(self.with_env(pak_project::config::load(&root, &self.env, Some(&self.config_folder()?))?.variables))
    }

    /// The same surroundings with other variables.
    pub(crate) fn with_env(&self, env: Env) -> Self {
        Self { env, output: self.output.clone(), directory: self.directory.clone() }
    }

    /// The credential store.
    pub(crate) fn credentials(&self) -> Result<CredentialStore> {
        CredentialStore::open(&self.config_folder()?)
    }

    /// Where the ecosystems keep theirs.
    pub(crate) fn sources(&self, project: Option<&Utf8Path>) -> Sources {
        Sources {
            env: self.env.clone(),
            home: self.env.home().map(Utf8PathBuf::from),
            project: project.map(Utf8Path::to_owned),
            target: None,
        }
    }

    /// A path as the user wrote it, made absolute.
    pub(crate) fn path(&self, given: Option<&Utf8Path>) -> Utf8PathBuf {
        match given {
            Some(path) if path != "." => self.directory.join(path),
            _ => self.directory.clone(),
        }
    }

    /// Runs something that talks to the network. Commands that do not need it never pay for it.
    #[expect(clippy::unused_self, reason = "a command asks its context for everything it needs")]
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| {
                Problem::new(code::deploy::STATE_UNUSABLE, "The system gives no threads for network work.")
                    .cause(&error)
            })?
            .block_on(future)
    }
}

#[cfg(windows)]
type Base = etcetera::base_strategy::Windows;
#[cfg(not(windows))]
type Base = etcetera::base_strategy::Xdg;
