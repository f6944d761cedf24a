//! The JSON of cargo's publish request, made from the normalised manifest of a `.crate`.
//!
//! One field is left open: a dependency's `registry` is null for crates.io, as in the manifest. In the request null means
//! "the registry this is sent to", so the driver fills it in when it knows the target.

use serde_json::{Map, Value, json};
use toml::Table;

const KINDS: &[(&str, &[&str])] = &[
    ("normal", &["dependencies"]),
    ("dev", &["dev-dependencies", "dev_dependencies"]),
    ("build", &["build-dependencies", "build_dependencies"]),
];

/// The request's JSON, without the readme's text.
pub(super) fn from_manifest(manifest: &Table) -> Result<Value, String> {
    let empty = Table::new();
    let package = table(manifest, "package").ok_or("its Cargo.toml has no [package]")?;
    let string = |key: &str| package.get(key).and_then(toml::Value::as_str);
    let name = string("name").ok_or("its Cargo.toml names no package")?;
    let version = string("version").ok_or("its Cargo.toml gives no version")?;
    semver::Version::parse(version)
        .map_err(|error| format!("version `{version}` is not a SemVer version ({error})"))?;

    let mut dependencies = Vec::new();
    of_kinds(manifest, None, &mut dependencies)?;
    for (target, part) in table(manifest, "target").unwrap_or(&empty) {
        of_kinds(part.as_table().unwrap_or(&empty), Some(target), &mut dependencies)?;
    }
    let features = table(manifest, "features").unwrap_or(&empty);
    Ok(json!({
        "name": name,
        "vers": version,
        "deps": dependencies,
        "features": features.iter().map(|(name, values)| (name.clone(), strings(Some(values)))).collect::<Map<_, _>>(),
        "authors": strings(package.get("authors")),
        "description": string("description"),
        "documentation": string("documentation"),
        "homepage": string("homepage"),
        "readme": null,
        "readme_file": string("readme"),
        "keywords": strings(package.get("keywords")),
        "categories": strings(package.get("categories")),
        "license": string("license"),
        "license_file": string("license-file"),
        "repository": string("repository"),
        "badges": manifest.get("badges").and_then(|badges| serde_json::to_value(badges).ok()).unwrap_or_else(|| json!({})),
        "links": string("links"),
        "rust_version": string("rust-version"),
    }))
}

/// The manifest's `publish`: the registries it allows; `false` allows none.
pub(super) fn publish_to(manifest: &Table) -> Option<Vec<String>> {
    match table(manifest, "package")?.get("publish")? {
        toml::Value::Boolean(false) => Some(Vec::new()),
        toml::Value::Array(names) => Some(names.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect()),
        _ => None,
    }
}

/// A text of the JSON, or nothing.
pub(super) fn text<'a>(publish: &'a Value, key: &str) -> &'a str {
    publish.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn of_kinds(part: &Table, target: Option<&str>, dependencies: &mut Vec<Value>) -> Result<(), String> {
    for (kind, sections) in KINDS {
        for (name, value) in sections.iter().filter_map(|section| table(part, section)).flatten() {
            dependencies.push(dependency(name, value, kind, target)?);
        }
    }
    Ok(())
}

fn dependency(name: &str, value: &toml::Value, kind: &str, target: Option<&str>) -> Result<Value, String> {
    let empty = Table::new();
    let (written, detail) = match value {
        toml::Value::String(version) => (version.as_str(), &empty),
        toml::Value::Table(table) => (table.get("version").and_then(toml::Value::as_str).unwrap_or("*"), table),
        _ => return Err(format!("dependency `{name}` is neither a version nor a table")),
    };
    // The request carries the requirement in full: `1.2` is `^1.2`.
    let requirement = semver::VersionReq::parse(written).map_err(|error| {
        format!("dependency `{name}` has requirement `{written}`, which cannot be parsed ({error})")
    })?;
    let flag = |names: &[&str]| names.iter().find_map(|name| detail.get(*name)?.as_bool());
    let real = detail.get("package").and_then(toml::Value::as_str);
    let mut made = json!({
        "name": real.unwrap_or(name),
        "version_req": requirement.to_string(),
        "features": strings(detail.get("features")),
        "optional": flag(&["optional"]).unwrap_or(false),
        "default_features": flag(&["default-features", "default_features"]).unwrap_or(true),
        "target": target,
        "kind": kind,
        "registry": detail.get("registry-index").and_then(toml::Value::as_str),
        "explicit_name_in_toml": real.map(|_| name),
    });
    for (field, key) in [("artifact", "artifact"), ("bindep_target", "target"), ("lib", "lib")] {
        if detail.contains_key("artifact")
            && let Some(value) = detail.get(key).and_then(|value| serde_json::to_value(value).ok())
        {
            made[field] = if field == "artifact" && value.is_string() { json!([value]) } else { value };
        }
    }
    Ok(made)
}

fn table<'a>(within: &'a Table, key: &str) -> Option<&'a Table> {
    within.get(key)?.as_table()
}

fn strings(value: Option<&toml::Value>) -> Value {
    let items = value.and_then(toml::Value::as_array).into_iter().flatten();
    items.filter_map(toml::Value::as_str).collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_every_kind_are_told_as_cargo_tells_them() {
        let manifest: Table = toml::from_str(
            r#"
            [package]
            name = "b"
            version = "0.1.0"
            rust-version = "1.70"
            license-file = "LICENSE"
            keywords = ["k"]
            links = "foo"
            [features]
            default = ["dep:renamed"]
            [badges.maintenance]
            status = "none"
            [dependencies]
            plain = "0.1"
            [dependencies.renamed]
            version = "1"
            optional = true
            default-features = false
            package = "itoa"
            [dependencies.elsewhere]
            version = ">=1, <3"
            registry-index = "sparse+http://127.0.0.1/i/"
            [dev-dependencies.cfg-if]
            version = "1"
            [target."cfg(unix)".build-dependencies.hex]
            version = "=0.4.1"
            features = ["alloc"]
            "#,
        )
        .unwrap();
        insta::assert_json_snapshot!(from_manifest(&manifest).unwrap());
    }

    #[test]
    fn publish_lists() {
        let read = |line: &str| publish_to(&toml::from_str(&format!("[package]\n{line}")).unwrap());
        assert_eq!(read(""), None);
        assert_eq!(read("publish = true"), None);
        assert_eq!(read("publish = false"), Some(vec![]));
        assert_eq!(read("publish = [\"k\"]"), Some(vec!["k".to_owned()]));
    }

    #[test]
    fn odd_manifests_are_refused_with_a_reason() {
        for (text, part) in [
            ("", "[package]"),
            ("[package]\nname='a'", "version"),
            ("[package]\nname='a'\nversion='1'", "SemVer"),
            ("[package]\nname='a'\nversion='1.0.0'\n[dependencies]\nb=1", "neither"),
            ("[package]\nname='a'\nversion='1.0.0'\n[dependencies]\nb='!'", "parsed"),
        ] {
            let why = from_manifest(&toml::from_str(text).unwrap()).unwrap_err();
            assert!(why.contains(part), "{why}");
        }
    }
}
