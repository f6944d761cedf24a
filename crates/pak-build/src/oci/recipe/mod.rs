//! A Dockerfile interpreted without a daemon, as far as no container has to run: files are copied, settings are written.
//!
//! `parse.rs` reads it, `words.rs` fills variables in, `context.rs` finds files, `stage.rs` carries one platform's instructions out,
//! `base.rs` begins from an image of the project.

mod base;
mod context;
mod copy;
mod parse;
mod stage;
mod words;

use camino::Utf8Path;
use pak_model::{Problem, Result, code};
use serde_json::{Map, Value, json};

use super::assemble::{INDEX, Layout, MANIFEST};
use crate::request::BuildRequest;
use context::Context;
use stage::{Platform, Workshop};

/// Builds a recipe into a layout folder.
pub(super) fn build(request: &BuildRequest, file: &Utf8Path, folder: &Utf8Path) -> Result<()> {
    let text = std::fs::read_to_string(file).map_err(|error| super::io(file, &error))?;
    let instructions = parse::parse(file, &text)?;
    let platforms = platforms(&request.image.platforms)?;
    let mut workshop = Workshop {
        request,
        file,
        context: Context::open(&request.directory(), file)?,
        layout: Layout::create(folder)?,
        mtime: request.source_date_epoch.and_then(|epoch| u64::try_from(epoch).ok()).unwrap_or(0),
        // Without a time that is the sources' own there is none: a clock would make two builds differ.
        created: request.source_date_epoch.and_then(created),
        layers: std::collections::HashMap::new(),
    };
    let mut made = Vec::new();
    for platform in &platforms {
        made.push(stage::build(&mut workshop, &instructions, platform)?);
    }
    let mut descriptors = Vec::new();
    for (image, platform) in made.iter().zip(&platforms) {
        let mut descriptor = workshop.layout.document(MANIFEST, &image.manifest)?;
        descriptor["platform"] = platform.describe();
        descriptors.push(descriptor);
    }
    let top = match (descriptors.as_slice(), made.first()) {
        ([one], _) => one.clone(),
        (_, Some(first)) => {
            let mut index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": descriptors});
            // GHCR reads the description of an image for several platforms from the index alone.
            index["annotations"] = first.manifest["annotations"].clone();
            workshop.layout.document(INDEX, &index)?
        }
        _ => return Err(Problem::new(code::build::RECIPE_INVALID, format!("{file} names no image to build."))),
    };
    let tag = request.package.version.as_deref().map(|version| version.replace('+', "_"));
    workshop.layout.finish(top, tag.as_deref())
}

fn platforms(named: &[String]) -> Result<Vec<Platform>> {
    if named.is_empty() {
        return Ok(vec![Platform::of_this_machine()]);
    }
    let mut found: Vec<Platform> = Vec::new();
    for name in named {
        let platform = Platform::parse(name)?;
        if !found.contains(&platform) {
            found.push(platform);
        }
    }
    Ok(found)
}

fn created(epoch: i64) -> Option<String> {
    jiff::Timestamp::from_second(epoch).ok().map(|time| time.to_string())
}

/// The folders a path lies in, outermost first.
pub(super) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| path.get(..at).unwrap_or_default()).filter(|folder| !folder.is_empty())
}

/// Annotations of an image: its own labels of the registries' vocabulary, and its version.
fn annotations(
    labels: Option<&Map<String, Value>>,
    version: Option<&str>,
    created: Option<&str>,
) -> Map<String, Value> {
    const VOCABULARY: &str = "org.opencontainers.image.";
    let mut found = Map::new();
    for (name, value) in labels.into_iter().flatten().filter(|(name, _)| name.starts_with(VOCABULARY)) {
        found.insert(name.clone(), value.clone());
    }
    for (name, value) in [("version", version), ("created", created)] {
        if let Some(value) = value {
            found.entry(format!("{VOCABULARY}{name}")).or_insert_with(|| Value::String(value.to_owned()));
        }
    }
    found
}
