//! The state folder: journals, locks and artifacts, outside every checkout, where no pull request can write.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Digests, Problem, Result, code};
use uuid::Uuid;

/// `PAK_STATE_DIR`, or the platform's state folder with `pak` inside.
#[derive(Debug, Clone)]
pub struct StateFolder {
    root: Utf8PathBuf,
}

impl StateFolder {
    /// At a path; made when first written to.
    pub fn new(root: impl Into<Utf8PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// `projects/<name>-<hash of the root's path>`: two checkouts of one project do not share runs.
    pub fn project(&self, root: &Utf8Path, name: &str) -> Utf8PathBuf {
        let canonical = root.canonicalize_utf8().unwrap_or_else(|_| root.to_owned());
        let hash = Digests::of(canonical.as_str().as_bytes()).sha256.unwrap_or_default();
        let short = hash.get(..12).unwrap_or_default();
        self.root.join("projects").join(format!("{}-{short}", file_name(name)))
    }

    /// The folder of an environment, made and writable.
    pub fn environment(&self, root: &Utf8Path, name: &str, environment: &str) -> Result<Utf8PathBuf> {
        let folder = self.project(root, name).join(file_name(environment));
        make(&folder.join("runs"))?;
        Ok(folder)
    }
}

/// The folder of one run.
#[derive(Debug, Clone)]
pub struct RunFolder {
    /// The run's id.
    pub id: Uuid,
    /// The folder.
    pub path: Utf8PathBuf,
}

impl RunFolder {
    /// Makes the folder of a new run.
    pub fn create(environment: &Utf8Path) -> Result<Self> {
        let run = Self::of(environment, Uuid::now_v7());
        make(&run.path)?;
        Ok(run)
    }

    /// Where a run's folder is, whether or not it exists.
    pub(crate) fn of(environment: &Utf8Path, id: Uuid) -> Self {
        Self { id, path: environment.join("runs").join(id.to_string()) }
    }

    /// Opens the folder of a run that exists.
    pub fn open(environment: &Utf8Path, id: Uuid) -> Option<Self> {
        Some(Self::of(environment, id)).filter(|run| run.journal().is_file())
    }

    /// Every run of an environment, oldest first: ids of version 7 sort by time.
    pub fn list(environment: &Utf8Path) -> Vec<Self> {
        let Ok(entries) = environment.join("runs").read_dir_utf8() else { return Vec::new() };
        let mut runs: Vec<Self> = entries
            .flatten()
            .filter_map(|entry| Self::open(environment, Uuid::parse_str(entry.file_name()).ok()?))
            .collect();
        runs.sort_by_key(|run| run.id);
        runs
    }

    /// The journal.
    pub fn journal(&self) -> Utf8PathBuf {
        self.path.join("journal.jsonl")
    }

    /// The plan.
    pub fn plan(&self) -> Utf8PathBuf {
        self.path.join("plan.json")
    }

    /// The releases: what each step sends.
    pub fn releases(&self) -> Utf8PathBuf {
        self.path.join("releases.json")
    }

    /// What scanning found.
    pub fn scan(&self) -> Utf8PathBuf {
        self.path.join("scan.json")
    }

    /// Where the run's artifacts are built.
    pub fn artifacts(&self) -> Utf8PathBuf {
        self.path.join("artifacts")
    }

    /// A file whose presence asks the run to stop.
    pub fn cancel_request(&self) -> Utf8PathBuf {
        self.path.join("cancel")
    }
}

/// Makes a folder and its parents.
pub(crate) fn make(folder: &Utf8Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| unusable(folder, &error))
}

/// Writes a file whole: to a temporary name, to the disk, then renamed.
pub(crate) fn write_whole(path: &Utf8Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write as _;
    let folder = path.parent().unwrap_or(path);
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_data()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| unusable(path, &error))
}

pub(crate) fn unusable(path: &Utf8Path, error: &std::io::Error) -> Problem {
    Problem::new(code::deploy::STATE_UNUSABLE, format!("{path} cannot be written.")).about("file", path).cause(error)
}

/// A name as one ordinary file name.
fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
    let text: String = name.chars().map(safe).take(60).collect();
    if text.is_empty() { "project".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_folders_are_ordinary_names_and_differ_by_checkout() {
        let state = StateFolder::new("/s");
        let a = state.project(Utf8Path::new("/a"), "../evil name");
        assert!(a.as_str().starts_with("/s/projects/---evil-name-"), "{a}");
        assert_ne!(a, state.project(Utf8Path::new("/b"), "../evil name"));
    }
}
