//! `FROM`: nothing, or an image that lies in the project as an OCI layout.

use std::collections::BTreeSet;

use pak_model::{Problem, Result, code};
use serde_json::{Map, Value, json};

use super::super::source::Source;
use super::super::{assemble, inspect, layer, layout, place};
use super::stage::{Platform, Workshop};

/// What a recipe begins with.
#[derive(Default)]
pub(super) struct Base {
    /// The `config` object of the image's configuration.
    pub(super) config: Map<String, Value>,
    pub(super) layers: Vec<Value>,
    pub(super) diff_ids: Vec<Value>,
    pub(super) history: Vec<Value>,
    /// Folders that are there.
    pub(super) folders: BTreeSet<String>,
    /// The annotations that say what the image is built on.
    pub(super) annotations: Map<String, Value>,
}

/// What docker puts into images that begin with nothing.
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// An empty image.
pub(super) fn scratch() -> Base {
    let mut base = Base::default();
    base.config.insert("Env".to_owned(), json!([PATH]));
    base
}

/// An image of the project, for one platform.
pub(super) fn project(workshop: &Workshop<'_>, path: &str, platform: &Platform) -> Result<Base> {
    let folder = place::inside(&workshop.request.project, path)?;
    let source = layout::open(&folder)?;
    let details = inspect::image(&source, None)?;
    for manifest in &details.manifests {
        let document: Value = serde_json::from_str(&manifest.text).unwrap_or_default();
        if !document["config"].is_object() {
            continue;
        }
        let digest = document["config"]["digest"].as_str().unwrap_or_default();
        let config: Value = serde_json::from_str(&source.document(digest)?).unwrap_or_default();
        if platform.is_of(&config) {
            let mut base = take(workshop, &source, &document, &config)?;
            base.annotations = origin(&source, &manifest.digest);
            return Ok(base);
        }
    }
    Err(Problem::new(
        code::build::RECIPE_INVALID,
        format!("{path} has no image for {}; it has {}.", platform.label(), details.platforms.join(", ")),
    )
    .about("file", &folder)
    .next("Name platforms that the base image has, in `platforms` of pak.toml."))
}

fn take(workshop: &Workshop<'_>, source: &Source, manifest: &Value, config: &Value) -> Result<Base> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut base = Base {
        config: config["config"].as_object().cloned().unwrap_or_default(),
        diff_ids: list(&config["rootfs"]["diff_ids"]),
        history: list(&config["history"]),
        ..Base::default()
    };
    for descriptor in list(&manifest["layers"]) {
        let digest = descriptor["digest"].as_str().unwrap_or_default();
        let blob = source.blob(digest)?;
        // Docker's own types name the same bytes; one manifest must not mix both families.
        let media_type = match descriptor["mediaType"].as_str().unwrap_or_default() {
            "application/vnd.docker.image.rootfs.diff.tar.gzip" => assemble::LAYER_GZIP,
            "application/vnd.docker.image.rootfs.diff.tar" => assemble::LAYER_TAR,
            other => other,
        };
        base.folders.extend(layer::folders(&blob, media_type)?);
        workshop.layout.adopt(digest.trim_start_matches("sha256:"), &blob)?;
        base.layers.push(json!({"mediaType": media_type, "digest": digest, "size": blob.size}));
    }
    Ok(base)
}

/// `base.digest`, and `base.name` where the layout says which registry it is from: pushing can then take layers from there.
fn origin(source: &Source, digest: &str) -> Map<String, Value> {
    let mut annotations = Map::new();
    annotations.insert("org.opencontainers.image.base.digest".to_owned(), json!(digest));
    let entry = source.index["manifests"].as_array().and_then(|entries| entries.first());
    let name = entry.and_then(|entry| entry["annotations"]["org.opencontainers.image.ref.name"].as_str());
    if let Some(name) = name.filter(|name| name.contains('/')) {
        annotations.insert("org.opencontainers.image.base.name".to_owned(), json!(name));
    }
    annotations
}
