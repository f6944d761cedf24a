//! A package's stored document and the forms of it that clients are shown.

use pak_model::Digests;
use serde_json::{Map, Value, json};

use super::Refusal;
use crate::registries::Shared;

/// Keys of a version document that the short form keeps: what an installer needs.
const SHORT: &[&str] = &[
    "name",
    "version",
    "deprecated",
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "bundleDependencies",
    "bin",
    "directories",
    "dist",
    "engines",
    "os",
    "cpu",
    "libc",
    "funding",
    "hasInstallScript",
    "_hasShrinkwrap",
];

/// The packument as stored: tarball addresses without host, and `_published` with times in milliseconds beside `time`.
pub(super) struct Document {
    name: String,
    pub(super) value: Value,
}

/// Whether a file of a package is one of its tarballs (its document lies beside them).
pub(super) fn is_tarball(file: &str) -> bool {
    file.strip_suffix(".tgz").is_some()
}

pub(super) fn tarball_key(name: &str, file: &str) -> String {
    format!("npm/{name}/-/{file}")
}

/// Where the attestation of a version is kept.
pub(super) fn attestation_key(name: &str, version: &str) -> String {
    format!("npm/{name}/-/{version}.sigstore.json")
}

/// Where a package's document is kept.
pub(super) fn key(name: &str) -> String {
    // `-` cannot be the second part of a scoped name's folder, so documents and names never collide.
    format!("npm/{name}/-/packument.json")
}

impl Document {
    /// Reads a package's document.
    pub(super) fn load(shared: &Shared, name: &str) -> Result<Option<Self>, Refusal> {
        let Some(bytes) = shared.store.read(&key(name))? else { return Ok(None) };
        let value = serde_json::from_slice(&bytes).map_err(std::io::Error::from)?;
        Ok(Some(Self { name: name.to_owned(), value }))
    }

    /// A package of no versions.
    pub(super) fn new(name: &str) -> Self {
        let now = jiff::Timestamp::now().to_string();
        let value = json!({
            "_id": name, "_rev": "0-0", "name": name, "dist-tags": {}, "versions": {},
            "time": {"created": now, "modified": now}, "maintainers": [{"name": crate::access::USER, "email": ""}],
            "_published": {},
        });
        Self { name: name.to_owned(), value }
    }

    /// Writes it under the next revision.
    pub(super) fn save(&mut self, shared: &Shared) -> Result<(), Refusal> {
        let count: u64 = self.revision().split('-').next().and_then(|count| count.parse().ok()).unwrap_or(0);
        let digest = Digests::of(self.value.to_string().as_bytes()).md5.unwrap_or_default();
        self.value["_rev"] = json!(format!("{}-{digest}", count + 1));
        self.value["time"]["modified"] = json!(jiff::Timestamp::now().to_string());
        shared.store.write(&key(&self.name), self.value.to_string().as_bytes())?;
        Ok(())
    }

    pub(super) fn revision(&self) -> &str {
        self.value["_rev"].as_str().unwrap_or_default()
    }

    /// An object of the document.
    pub(super) fn map(&mut self, field: &str) -> &mut Map<String, Value> {
        let value = &mut self.value[field];
        if !value.is_object() {
            *value = json!({});
        }
        #[expect(clippy::expect_used, reason = "made an object two lines above")]
        value.as_object_mut().expect("an object")
    }

    pub(super) fn has(&self, version: &str) -> bool {
        self.value["versions"].get(version).is_some()
    }

    /// Whether the number was used, also by a version that is gone.
    pub(super) fn is_used(&self, version: &str) -> bool {
        self.has(version) || self.value["time"].get(version).is_some()
    }

    /// Whether readers see a version yet.
    pub(super) fn is_visible(&self, shared: &Shared, version: &str) -> bool {
        self.value["_published"].get(version).and_then(Value::as_i64).is_none_or(|time| shared.is_visible(time))
    }

    /// The full form.
    pub(super) fn shown(&self, shared: &Shared) -> Value {
        let mut shown = self.value.clone();
        let Some(document) = shown.as_object_mut() else { return shown };
        document.remove("_published");
        let hidden = |version: &str| !self.is_visible(shared, version);
        if let Some(versions) = document.get_mut("versions").and_then(Value::as_object_mut) {
            versions.retain(|version, _| !hidden(version));
            for version in versions.values_mut() {
                let file = version["dist"]["tarball"].as_str().unwrap_or_default();
                version["dist"]["tarball"] = json!(format!("{}/npm/{}/-/{file}", shared.base, self.name));
                if let Some(attested) = version["dist"]["attestations"]["url"].as_str() {
                    let url = format!("{}/npm/-/npm/v1/attestations/{attested}", shared.base);
                    version["dist"]["attestations"]["url"] = json!(url);
                }
            }
        }
        if let Some(tags) = document.get_mut("dist-tags").and_then(Value::as_object_mut) {
            tags.retain(|_, version| version.as_str().is_some_and(|version| !hidden(version)));
        }
        if let Some(times) = document.get_mut("time").and_then(Value::as_object_mut) {
            times.retain(|version, _| !hidden(version));
        }
        shown
    }

    /// The form installers ask for.
    pub(super) fn shortened(&self, shared: &Shared) -> Value {
        let full = self.shown(shared);
        let mut versions = Map::new();
        for (number, version) in full["versions"].as_object().into_iter().flatten() {
            let mut short: Map<String, Value> = version
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(key, _)| SHORT.contains(&key.as_str()))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            let has = |script: &&str| version["scripts"].get(*script).is_some();
            if ["preinstall", "install", "postinstall"].iter().any(has) {
                short.insert("hasInstallScript".to_owned(), json!(true));
            }
            versions.insert(number.clone(), Value::Object(short));
        }
        json!({
            "name": self.name, "modified": full["time"]["modified"], "dist-tags": full["dist-tags"], "versions": versions,
        })
    }
}
