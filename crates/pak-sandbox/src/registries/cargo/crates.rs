//! The crates held: one document per crate with the lines of its index file and when they changed.

use std::io;

use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::registries::Shared;

/// A crate with its versions.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Crate {
    name: String,
    description: Option<String>,
    versions: Vec<Held>,
}

/// A version.
#[derive(Debug, Serialize, Deserialize)]
struct Held {
    /// Its line of the index, `yanked` left false.
    line: Value,
    published_ms: i64,
    /// When it was yanked, if it is.
    yanked_ms: Option<i64>,
}

impl Crate {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), description: None, versions: Vec::new() }
    }

    /// The form of a name in which crates.io compares names.
    pub(super) fn key(name: &str) -> String {
        format!("cargo/crates/{}", name.to_lowercase().replace('-', "_"))
    }

    /// Where a crate's document is kept.
    pub(super) fn document(name: &str) -> String {
        format!("{}/crate.json", Self::key(name))
    }

    pub(super) fn load(shared: &Shared, name: &str) -> io::Result<Option<Self>> {
        let bytes = shared.store.read(&Self::document(name))?;
        Ok(bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose()?)
    }

    pub(super) fn save(&self, shared: &Shared) -> io::Result<()> {
        shared.store.write(&Self::document(&self.name), &serde_json::to_vec(self)?)
    }

    pub(super) fn all(shared: &Shared) -> io::Result<Vec<Self>> {
        let names = shared.store.list("cargo/crates")?;
        let loaded = names.iter().map(|name| Self::load(shared, name)).collect::<io::Result<Vec<_>>>()?;
        Ok(loaded.into_iter().flatten().collect())
    }

    /// The exact name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where the `.crate` of a version is kept.
    pub(super) fn file(&self, version: &str) -> String {
        format!("{}/{version}.crate", Self::key(&self.name))
    }

    /// Whether a version is taken; build metadata does not tell versions apart.
    pub(super) fn has(&self, version: &Version) -> bool {
        let same = |held: &Version| held.cmp_precedence(version).is_eq();
        self.versions.iter().any(|held| Version::parse(held.version()).is_ok_and(|held| same(&held)))
    }

    /// Adds a version.
    pub(super) fn add(&mut self, line: Value, description: Option<&str>) {
        self.description = description.map(str::to_owned);
        self.versions.push(Held { line, published_ms: now(), yanked_ms: None });
    }

    /// Yanks a version or takes the yank back; whether there is such a version.
    pub(super) fn set_yanked(&mut self, version: &str, yanked: bool) -> bool {
        let Some(held) = self.versions.iter_mut().find(|held| held.version() == version) else { return false };
        held.yanked_ms = yanked.then(|| held.yanked_ms.unwrap_or_else(now));
        true
    }

    /// The path of its file in the index.
    pub(super) fn index_path(&self) -> String {
        let name = self.name.to_lowercase();
        let part = |from: usize, to: usize| name.get(from..to).unwrap_or_default();
        match name.len() {
            1 | 2 => format!("{}/{name}", name.len()),
            3 => format!("3/{}/{name}", part(0, 1)),
            _ => format!("{}/{}/{name}", part(0, 2), part(2, 4)),
        }
    }

    /// Its file in the index: a line per version that has become visible.
    pub(super) fn index(&self, shared: &Shared) -> String {
        let visible = self.versions.iter().filter(|held| shared.is_visible(held.published_ms));
        visible.flat_map(|held| [held.shown(shared).to_string(), "\n".to_owned()]).collect()
    }

    /// The `crate` object of the web API.
    pub(super) fn about(&self, shared: &Shared) -> Value {
        let versions = self.versions(shared);
        let newest = versions.first().and_then(|version| version["num"].as_str()).unwrap_or_default();
        json!({"id": self.name, "name": self.name, "description": self.description, "max_version": newest, "newest_version": newest,
            "downloads": 0, "recent_downloads": 0})
    }

    /// The `versions` of the web API, newest first.
    pub(super) fn versions(&self, shared: &Shared) -> Vec<Value> {
        let visible = self.versions.iter().rev().filter(|held| shared.is_visible(held.published_ms));
        visible
            .map(|held| {
                json!({"num": held.version(), "yanked": held.yanked_ms.is_some(), "checksum": held.line["cksum"], "downloads": 0})
            })
            .collect()
    }
}

impl Held {
    fn version(&self) -> &str {
        self.line["vers"].as_str().unwrap_or_default()
    }

    fn shown(&self, shared: &Shared) -> Value {
        let mut line = self.line.clone();
        line["yanked"] = self.yanked_ms.is_some_and(|time| shared.is_visible(time)).into();
        for dependency in line["deps"].as_array_mut().into_iter().flatten() {
            let name = dependency["package"].as_str().or(dependency["name"].as_str()).unwrap_or_default();
            let held = shared.store.has(&format!("{}/crate.json", Crate::key(name)));
            if dependency["registry"].is_null() && !held {
                dependency["registry"] = tame_index::CRATES_IO_INDEX.into();
            }
        }
        line
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
