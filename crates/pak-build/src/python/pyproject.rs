//! `pyproject.toml` as far as a build needs it: which backend, with which requirements, and the tables a backend reads.

use camino::Utf8Path;
use pak_model::{Problem, Result, code};
use toml::{Table, Value};

/// The build's side of a `pyproject.toml`. A folder without one is built by setuptools, as pip and build do it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pyproject {
    /// The backend: `flit_core.buildapi`, `pkg:object`.
    pub backend: String,
    /// What it needs installed.
    pub requires: Vec<String>,
    /// Folders of the project that the backend is in.
    pub backend_path: Vec<String>,
    /// The whole file.
    pub table: Table,
}

impl Pyproject {
    /// Reads a package folder's file.
    pub(super) fn read(folder: &Utf8Path) -> Result<Self> {
        let path = folder.join("pyproject.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(Problem::new(code::project::UNREADABLE, format!("{path} cannot be read.")).cause(&error));
            }
        };
        Self::parse(&text).map_err(|why| {
            Problem::new(code::project::MANIFEST_INVALID, format!("{path} cannot be used: {why}.")).about("file", &path)
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
        let system = table.get("build-system").and_then(Value::as_table);
        let strings = |key: &str| -> Result<Option<Vec<String>>, String> {
            let Some(value) = system.and_then(|system| system.get(key)) else { return Ok(None) };
            string_list(value).map(Some).ok_or_else(|| format!("`build-system.{key}` must be a list of strings"))
        };
        let requires = strings("requires")?;
        let backend = system.and_then(|system| system.get("build-backend")).and_then(Value::as_str);
        Ok(match (backend, requires) {
            (Some(backend), Some(requires)) => Self {
                backend: backend.to_owned(),
                requires,
                backend_path: strings("backend-path")?.unwrap_or_default(),
                table,
            },
            (Some(_), None) => return Err("`build-system.requires` is missing".to_owned()),
            // What the standard prescribes for projects that name no backend.
            (None, requires) => Self {
                backend: "setuptools.build_meta:__legacy__".to_owned(),
                requires: requires.unwrap_or_else(|| vec!["setuptools >= 40.8.0".to_owned()]),
                backend_path: Vec::new(),
                table,
            },
        })
    }
}

/// A list whose every element is a string.
pub(super) fn string_list(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|value| value.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_without_a_backend_are_built_by_setuptools() {
        let bare = Pyproject::parse("").unwrap();
        assert_eq!(bare.backend, "setuptools.build_meta:__legacy__");
        let some = Pyproject::parse("[build-system]\nrequires = ['setuptools', 'cython']\n").unwrap();
        assert_eq!(some.requires, ["setuptools", "cython"]);
        assert!(Pyproject::parse("[build-system]\nbuild-backend = 'x'\n").is_err());
        assert!(Pyproject::parse("[build-system]\nrequires = [1]\n").is_err());
    }
}
