//! Reads what an image consists of: manifests in the order they must be sent, blobs, platforms.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pak_model::artifact::{ImageBlob, ImageDetails, ImageManifest};
use pak_model::{Hasher, Result};
use serde_json::Value;

use super::invalid;
use super::source::Source;

/// How deep indexes may name indexes.
const DEPTH: usize = 4;
/// More manifests than any image has.
const MANIFESTS: usize = 1000;
/// The annotations that name an image inside a layout: the specification's and containerd's.
const NAMES: [&str; 2] = ["org.opencontainers.image.ref.name", "io.containerd.image.name"];

/// Reads the image of a source. Where it holds several, the one tagged with the package's version is meant.
pub(super) fn image(source: &Source, version: Option<&str>) -> Result<ImageDetails> {
    let top = choose(source, version)?;
    let mut walk = Walk {
        source,
        details: ImageDetails {
            digest: text(top, "digest").to_owned(),
            manifests: Vec::new(),
            blobs: Vec::new(),
            platforms: Vec::new(),
            runnable: false,
        },
        seen: HashSet::new(),
    };
    walk.manifest(top, 0)?;
    Ok(walk.details)
}

fn choose<'a>(source: &'a Source, version: Option<&str>) -> Result<&'a Value> {
    let entries = source.index["manifests"].as_array().map(Vec::as_slice).unwrap_or_default();
    if let [one] = entries {
        return Ok(one);
    }
    let names = |entry: &Value| -> Vec<String> {
        NAMES.iter().filter_map(|name| entry["annotations"][*name].as_str().map(str::to_owned)).collect()
    };
    let tagged: Vec<&Value> = entries
        .iter()
        .filter(|entry| {
            names(entry).iter().any(|name| {
                let tag = name.rsplit_once('/').map_or(name.as_str(), |(_, last)| last);
                let tag = tag.rsplit_once(':').map_or(tag, |(_, tag)| tag);
                version.is_some_and(|version| tag == version || tag == version.replace('+', "_"))
            })
        })
        .collect();
    match tagged.as_slice() {
        [one] => Ok(one),
        _ if entries.is_empty() => Err(invalid(&source.path, "no image is in it")),
        _ => {
            let all: Vec<String> = entries.iter().flat_map(names).collect();
            Err(invalid(
                &source.path,
                format!(
                    "{} images are in it ({}), and not exactly one is tagged {}",
                    entries.len(),
                    all.join(", "),
                    version.unwrap_or("with the package's version")
                ),
            )
            .next("Keep the one image that is to be published, or tag it with the package's version."))
        }
    }
}

struct Walk<'a> {
    source: &'a Source,
    details: ImageDetails,
    seen: HashSet<String>,
}

impl Walk<'_> {
    /// Takes a manifest in after everything it names.
    fn manifest(&mut self, descriptor: &Value, depth: usize) -> Result<()> {
        let digest = text(descriptor, "digest").to_owned();
        if !self.seen.insert(digest.clone()) {
            return Ok(());
        }
        if depth > DEPTH || self.seen.len() > MANIFESTS {
            return Err(invalid(&self.source.path, "the index names more manifests than any image has"));
        }
        let content = match descriptor["data"].as_str() {
            Some(data) => embedded(self.source, &digest, data)?,
            None => self.source.document(&digest)?,
        };
        let document: Value = serde_json::from_str(&content)
            .map_err(|error| invalid(&self.source.path, format!("manifest {digest} is not JSON")).cause(&error))?;
        let mut blobs = Vec::new();
        if let Some(children) = document["manifests"].as_array() {
            for child in children {
                self.manifest(child, depth + 1)?;
            }
        } else {
            let layers = document["layers"].as_array().map(Vec::as_slice).unwrap_or_default();
            if !document["config"].is_object() {
                return Err(invalid(
                    &self.source.path,
                    format!("{digest} is neither an image manifest of schema 2 nor an index"),
                ));
            }
            self.config(&document["config"], text(descriptor, "artifactType"))?;
            for blob in std::iter::once(&document["config"]).chain(layers) {
                // Layers with addresses of their own are fetched from there; registries do not store them.
                if blob["urls"].as_array().is_some_and(|urls| !urls.is_empty()) {
                    continue;
                }
                blobs.push(text(blob, "digest").to_owned());
                self.blob(blob)?;
            }
        }
        let media_type = match text(&document, "mediaType") {
            "" => text(descriptor, "mediaType"),
            told => told,
        };
        let manifest = ImageManifest { digest, media_type: media_type.to_owned(), text: content, blobs };
        self.details.manifests.push(manifest);
        Ok(())
    }

    fn blob(&mut self, descriptor: &Value) -> Result<()> {
        let digest = text(descriptor, "digest");
        let stretch = self.source.blob(digest)?;
        if descriptor["size"].as_u64() != Some(stretch.size) {
            return Err(invalid(
                &self.source.path,
                format!("blob {digest} has {} bytes, and its manifest says {}", stretch.size, descriptor["size"]),
            ));
        }
        if self.seen.insert(format!("blob {digest}")) {
            let (path, offset, size) = (stretch.path, stretch.offset, stretch.size);
            self.details.blobs.push(ImageBlob { digest: digest.to_owned(), size, path, offset });
        }
        Ok(())
    }

    /// Reads a configuration for people: platform, and whether there is something to run. Other artifacts have other ones.
    fn config(&mut self, descriptor: &Value, artifact_type: &str) -> Result<()> {
        let image = matches!(
            text(descriptor, "mediaType"),
            super::assemble::CONFIG | "application/vnd.docker.container.image.v1+json"
        );
        if !image || !artifact_type.is_empty() {
            return Ok(());
        }
        let config: Value = serde_json::from_str(&self.source.document(text(descriptor, "digest"))?)
            .map_err(|error| invalid(&self.source.path, "an image configuration is not JSON").cause(&error))?;
        let parts = [text(&config, "os"), text(&config, "architecture"), text(&config, "variant")];
        // Build attestations sit beside images as `unknown/unknown`.
        if !parts.contains(&"unknown") {
            let platform: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            self.details.platforms.push(platform.join("/"));
        }
        let filled = |name: &str| config["config"][name].as_array().is_some_and(|words| !words.is_empty());
        self.details.runnable |= filled("Entrypoint") || filled("Cmd");
        Ok(())
    }
}

fn embedded(source: &Source, digest: &str, data: &str) -> Result<String> {
    let bytes =
        STANDARD.decode(data).map_err(|error| invalid(&source.path, "embedded data is damaged").cause(&error))?;
    let mut hasher = Hasher::sha256_only();
    hasher.update(&bytes);
    if hasher.finish().sha256.as_deref() != digest.strip_prefix("sha256:") {
        return Err(invalid(&source.path, format!("embedded data is not that of {digest}")));
    }
    String::from_utf8(bytes).map_err(|_| invalid(&source.path, format!("document {digest} is not text")))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
