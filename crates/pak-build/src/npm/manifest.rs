//! `package.json` as far as packing needs it, with npm's leniency in how fields may be written.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};
use serde_json::Value;

/// A package's manifest.
#[derive(Debug, Clone)]
pub(super) struct Manifest {
    pub(super) value: Value,
}

impl Manifest {
    /// Reads `package.json` of a folder.
    pub(super) fn read(folder: &Utf8Path) -> Result<Self> {
        let path = folder.join("package.json");
        let bytes = std::fs::read(&path).map_err(|error| {
            Problem::new(code::project::UNREADABLE, format!("{path} cannot be read."))
                .about("file", &path)
                .cause(&error)
        })?;
        Self::parse(&bytes, &path)
    }

    /// Parses a manifest; `path` is for messages.
    pub(super) fn parse(bytes: &[u8], path: &Utf8Path) -> Result<Self> {
        // Editors on Windows leave a byte order mark, which npm passes over.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let value: Value = serde_json::from_slice(bytes).map_err(|error| {
            Problem::new(code::project::MANIFEST_INVALID, format!("{path} is not JSON."))
                .about("file", path)
                .cause(&error)
        })?;
        if !value.is_object() {
            let message = format!("{path} does not hold an object.");
            return Err(Problem::new(code::project::MANIFEST_INVALID, message).about("file", path));
        }
        Ok(Self { value })
    }

    /// A text field that must be there.
    pub(super) fn required(&self, field: &str, path: &Utf8Path) -> Result<&str> {
        let text = self.text(field).map(str::trim).filter(|text| !text.is_empty());
        text.ok_or_else(|| {
            Problem::new(code::project::MANIFEST_INCOMPLETE, format!("{path} has no `{field}`.")).about("file", path)
        })
    }

    /// A text field.
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.value.get(field)?.as_str().filter(|text| !text.is_empty())
    }

    /// The `files` list; an empty one means "nothing but what is always in".
    pub(super) fn files(&self) -> Option<Vec<&str>> {
        Some(self.value.get("files")?.as_array()?.iter().filter_map(Value::as_str).collect())
    }

    /// The files of programs, as plain paths.
    pub(super) fn bins(&self) -> Vec<String> {
        let paths: Vec<&str> = match self.value.get("bin") {
            Some(Value::String(path)) => vec![path],
            Some(Value::Array(paths)) => paths.iter().filter_map(Value::as_str).collect(),
            Some(Value::Object(map)) => map.values().filter_map(Value::as_str).collect(),
            _ => return self.bin_folder(),
        };
        paths.into_iter().map(plain).filter(|path| !path.is_empty()).collect()
    }

    /// Without `bin`, everything in `directories.bin` is a program: a prefix, marked by its slash.
    fn bin_folder(&self) -> Vec<String> {
        let folder = self.value.get("directories").and_then(|folders| folders.get("bin")).and_then(Value::as_str);
        folder.map(plain).filter(|folder| !folder.is_empty()).map(|folder| format!("{folder}/")).into_iter().collect()
    }

    /// Names of dependencies of a kind.
    pub(super) fn dependencies(&self, kind: &str) -> Vec<&str> {
        self.value.get(kind).and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str()).collect()
    }

    /// Names of dependencies that travel inside the tarball.
    pub(super) fn bundled(&self) -> Vec<&str> {
        let list = self.value.get("bundleDependencies").or_else(|| self.value.get("bundledDependencies"));
        match list {
            Some(Value::Bool(true)) => self.dependencies("dependencies"),
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            Some(Value::Object(names)) => names.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Globs of workspace members.
    pub(super) fn workspaces(&self) -> Vec<&str> {
        let list = match self.value.get("workspaces") {
            Some(Value::Array(list)) => Some(list),
            Some(Value::Object(object)) => object.get("packages").and_then(Value::as_array),
            _ => None,
        };
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

/// A path inside the package without `.`, `..` and a leading slash.
pub(super) fn plain(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// The name of a package's tarball.
pub(super) fn tarball_name(name: &str, version: &str) -> Utf8PathBuf {
    format!("{}-{version}.tgz", name.strip_prefix('@').unwrap_or(name).replace(['/', '\\'], "-")).into()
}
