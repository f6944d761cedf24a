//! `PUT /api/v1/crates/new`: takes cargo's frame apart and checks what crates.io checks, in its words.

use std::io::Read as _;

use axum::body::{Body, Bytes};
use axum::extract::State;
use flate2::read::GzDecoder;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use semver::{Version, VersionReq};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::Digest as _;

use super::answer::{Answer, Refusal, say};
use super::crates::Crate;
use super::{CATEGORIES, may_write};
use crate::registries::Shared;

const MOST_BYTES: usize = 10 << 20;
const MOST_JSON: usize = 1 << 20;
const MOST_UNPACKED: u64 = 512 << 20;

/// What cargo tells of a crate.
#[derive(Deserialize)]
struct Metadata {
    name: String,
    vers: String,
    #[serde(default)]
    deps: Vec<Dependency>,
    #[serde(default)]
    features: Map<String, Value>,
    description: Option<String>,
    license: Option<String>,
    license_file: Option<String>,
    #[serde(default)]
    categories: Vec<String>,
    links: Option<String>,
    rust_version: Option<String>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    version_req: String,
    #[serde(default)]
    features: Vec<String>,
    #[serde(default)]
    optional: bool,
    #[serde(default = "yes")]
    default_features: bool,
    target: Option<String>,
    kind: Option<String>,
    registry: Option<String>,
    explicit_name_in_toml: Option<String>,
}

fn yes() -> bool {
    true
}

pub(super) async fn publish(State(shared): State<Shared>, headers: HeaderMap, body: Body) -> Answer {
    let body = Limited::new(body, MOST_JSON + MOST_BYTES + 8).collect().await;
    may_write(&shared, &headers)?;
    let body = body.map_err(|error| {
        if error.is::<http_body_util::LengthLimitError>() {
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("max upload size is: {MOST_BYTES}"))
        } else {
            Refusal::bad("the request body ended early")
        }
    })?;
    let (json, file) = unframe(&body.to_bytes())?;
    let metadata: Metadata =
        serde_json::from_slice(&json).map_err(|error| Refusal::bad(format!("invalid upload request: {error}")))?;
    let version = check(&metadata)?;
    let digest = hex::encode(sha2::Sha256::digest(&file));
    let (name, written) = (metadata.name.clone(), metadata.vers.clone());
    let contents = file.clone();
    let unpacked = tokio::task::spawn_blocking(move || unpack(&contents, &name, &written)).await;
    unpacked.map_err(|_| Refusal::bad("failed to read the tarball"))??;

    let _held = shared.store.lock(&Crate::key(&metadata.name)).await;
    let mut held = Crate::load(&shared, &metadata.name)?.unwrap_or_else(|| Crate::new(&metadata.name));
    if held.name() != metadata.name {
        return Err(Refusal::bad(format!("crate was previously named `{}`", held.name())));
    }
    if held.has(&version) {
        return Err(Refusal::bad(format!("crate version `{}` is already uploaded", metadata.vers)));
    }
    shared.store.write(&held.file(&metadata.vers), &file)?;
    let unknown: Vec<&String> =
        metadata.categories.iter().filter(|category| !CATEGORIES.contains(&category.as_str())).collect();
    let answer = json!({
        "crate": {"id": metadata.name, "name": metadata.name, "max_version": metadata.vers},
        "warnings": {"invalid_categories": unknown, "invalid_badges": [], "other": []},
    });
    held.add(line(&metadata, &digest), metadata.description.as_deref());
    held.save(&shared)?;
    Ok(say(&answer))
}

/// Length and JSON, length and file, and nothing after them.
fn unframe(body: &Bytes) -> Result<(Bytes, Bytes), Refusal> {
    let part = |from: usize, what: &str| {
        let wrong = || Refusal::bad(format!("invalid {what} length for remaining payload: {} bytes", body.len()));
        let length: [u8; 4] = body.get(from..from + 4).and_then(|raw| raw.try_into().ok()).ok_or_else(wrong)?;
        let (start, length) = (from + 4, u32::from_le_bytes(length) as usize);
        if start + length > body.len() {
            return Err(wrong());
        }
        Ok(body.slice(start..start + length))
    };
    let json = part(0, "metadata")?;
    if json.len() > MOST_JSON {
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "JSON metadata blob too large"));
    }
    let file = part(4 + json.len(), "tarball")?;
    if file.len() > MOST_BYTES {
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("max upload size is: {MOST_BYTES}")));
    }
    if 8 + json.len() + file.len() != body.len() {
        return Err(Refusal::bad(format!("invalid tarball length for remaining payload: {}", file.len())));
    }
    Ok((json, file))
}

/// The rules for what cargo tells; gives the version.
fn check(metadata: &Metadata) -> Result<Version, Refusal> {
    let name = &metadata.name;
    let good = name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if !good {
        return Err(Refusal::bad(format!("invalid crate name `{name}`")));
    }
    if ["std", "core", "alloc", "test", "proc_macro", "nul", "con"]
        .contains(&name.to_lowercase().replace('-', "_").as_str())
    {
        return Err(Refusal::bad("cannot upload a crate with a reserved name"));
    }
    let version = Version::parse(&metadata.vers)
        .map_err(|_| Refusal::bad(format!("\"{}\" is an invalid semver version", metadata.vers)))?;
    let empty = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    let mut missing = Vec::new();
    if empty(&metadata.description) {
        missing.push("description");
    }
    if empty(&metadata.license) && empty(&metadata.license_file) {
        missing.push("license");
    }
    if !missing.is_empty() {
        return Err(Refusal::bad(format!("missing or empty metadata fields: {}", missing.join(", "))));
    }
    for dependency in &metadata.deps {
        let requirement = &dependency.version_req;
        if requirement == "*" {
            return Err(Refusal::bad(format!(
                "wildcard (`*`) dependency constraints are not allowed on crates.io. Crate with this problem: `{}`",
                dependency.name
            )));
        }
        VersionReq::parse(requirement)
            .map_err(|_| Refusal::bad(format!("\"{requirement}\" is an invalid version requirement")))?;
    }
    Ok(version)
}

/// Reads the whole archive: every member in its folder, plain files only, one manifest that says the same.
fn unpack(file: &[u8], name: &str, version: &str) -> Result<(), Refusal> {
    let folder = format!("{name}-{version}/");
    let broken = |error: std::io::Error| {
        Refusal::bad(format!("uploaded tarball is malformed or too large when decompressed: {error}"))
    };
    let mut archive = tar::Archive::new(GzDecoder::new(file).take(MOST_UNPACKED));
    let mut manifest = None;
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        if !kind.is_file() && !kind.is_dir() {
            return Err(Refusal::bad(format!("unexpected symlink or hard link found: {path}")));
        }
        let Some(inside) = path.strip_prefix(&folder).filter(|inside| !inside.split('/').any(|part| part == ".."))
        else {
            return Err(Refusal::bad(format!("invalid path found: {path}")));
        };
        if inside.eq_ignore_ascii_case("cargo.toml") {
            if inside != "Cargo.toml" || manifest.is_some() {
                return Err(Refusal::bad(format!(
                    "uploaded tarball has more than one or a misspelled Cargo.toml: {path}"
                )));
            }
            let mut text = String::new();
            entry.read_to_string(&mut text).map_err(broken)?;
            manifest = Some(text);
        } else {
            std::io::copy(&mut entry, &mut std::io::sink()).map_err(broken)?;
        }
    }
    let manifest: toml::Table = manifest
        .ok_or_else(|| Refusal::bad("uploaded tarball is missing a `Cargo.toml` manifest file"))?
        .parse()
        .map_err(|error| Refusal::bad(format!("failed to parse `Cargo.toml` manifest file\n\n{error}")))?;
    let says = |key: &str| manifest.get("package").and_then(|package| package.get(key)).and_then(toml::Value::as_str);
    for (key, told) in [("name", name), ("version", version)] {
        if says(key) != Some(told) {
            return Err(Refusal::bad(format!(
                "metadata {key} `{told}` does not match manifest `{}`",
                says(key).unwrap_or_default()
            )));
        }
    }
    Ok(())
}

/// The line of the index. Features of the newer kinds go into `features2`, which old versions of cargo pass over.
fn line(metadata: &Metadata, digest: &str) -> Value {
    let newer = |values: &Value| {
        let mut values = values.as_array().into_iter().flatten().filter_map(Value::as_str);
        values.any(|value| value.starts_with("dep:") || value.contains("?/"))
    };
    let (features2, features): (Map<_, _>, Map<_, _>) =
        metadata.features.clone().into_iter().partition(|(_, values)| newer(values));
    let dependencies: Vec<Value> = metadata.deps.iter().map(dependency).collect();
    let mut line = json!({
        "name": metadata.name,
        "vers": metadata.vers,
        "deps": dependencies,
        "cksum": digest,
        "features": features,
        "yanked": false,
        "links": metadata.links,
        "rust_version": metadata.rust_version,
        "v": if features2.is_empty() { 1 } else { 2 },
    });
    if !features2.is_empty() {
        line["features2"] = Value::Object(features2);
    }
    line
}

/// In the index the name is the one in the manifest, and the real one is beside it; in the request it is the other way round.
fn dependency(told: &Dependency) -> Value {
    let mut line = json!({
        "name": told.explicit_name_in_toml.as_ref().unwrap_or(&told.name),
        "req": told.version_req,
        "features": told.features,
        "optional": told.optional,
        "default_features": told.default_features,
        "target": told.target,
        "kind": told.kind.as_deref().unwrap_or("normal"),
        "registry": told.registry,
    });
    if told.explicit_name_in_toml.is_some() {
        line["package"] = json!(told.name);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(json: &[u8], file: &[u8]) -> Vec<u8> {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
        [&length(json)[..], json, &length(file), file].concat()
    }

    #[test]
    fn frames_that_lie_about_their_lengths_are_refused() {
        let good = frame(b"{}", b"abc");
        let (json, file) = unframe(&good.clone().into()).unwrap();
        assert_eq!((&json[..], &file[..]), (&b"{}"[..], &b"abc"[..]));
        let mut longer = good.clone();
        longer.push(0);
        for bad in [Vec::new(), vec![1, 0], good[..good.len() - 1].to_vec(), longer, vec![0xff; 9]] {
            assert!(unframe(&bad.into()).is_err());
        }
    }

    #[test]
    fn the_index_line_is_cargos() {
        let metadata: Metadata = serde_json::from_value(json!({
            "name": "a", "vers": "1.0.0", "links": "x", "rust_version": "1.70",
            "features": {"old": ["b/std"], "new": ["dep:b"], "weak": ["b?/std"]},
            "deps": [{"name": "real", "explicit_name_in_toml": "alias", "version_req": "^1", "kind": "dev", "target": "cfg(unix)"}],
        }))
        .unwrap();
        insta::assert_json_snapshot!(line(&metadata, "ab"));
    }
}
