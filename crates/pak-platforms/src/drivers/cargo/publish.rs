//! Publishes one `.crate`: cargo's framing of JSON and file, and what can be asked of the index before.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _};
use pak_http::{Body, FilePart, Part, Request, StatusCode, safe};
use pak_model::artifact::CrateDetails;
use pak_model::upload::OnConflict;
use pak_model::{
    Artifact, Coordinates, Details, Digests, Finding, Problem, Receipt, Release, Result, Role, Upload, code,
};
use semver::VersionReq;
use serde_json::Value;

use super::index::Registry;
use super::{CargoDriver, api, rules};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::platform::Publish;

/// How many files of the index are asked for at the same time.
const LOOKUPS: usize = 8;

#[async_trait]
impl Publish for CargoDriver {
    async fn preflight(&self, call: &Call, release: &Release) -> Result<Vec<Finding>> {
        let registry = self.registry(call).await?;
        registry.api("")?;
        let mut findings = Vec::new();
        for (artifact, details) in crates(release) {
            findings.extend(rules::check(details, artifact.size, registry.follows_public_rules()));
            findings.extend(allowed(&registry, details));
            if !rules::is_name(name(details)) {
                continue;
            }
            findings.extend(spelling(&registry, call, name(details)).await?);
            findings.extend(categories(&registry, call, details).await?);
            findings.extend(dependencies(&registry, call, release, details).await?);
        }
        let manifest = &release.package.manifest;
        Ok(findings.into_iter().map(|finding| finding.file(manifest)).collect())
    }

    fn uploads(&self, _endpoint: &Endpoint, release: &Release) -> Result<Vec<Upload>> {
        let upload = |(artifact, details): (&Artifact, &CrateDetails)| Upload {
            key: artifact.id.clone(),
            coordinates: Coordinates::new(name(details), version(details)),
            // The index tells this one alone.
            digests: Digests { sha256: artifact.digests.sha256.clone(), ..Digests::default() },
            size: artifact.size,
            artifact: artifact.id.clone(),
            after: Vec::new(),
            on_conflict: OnConflict::Stop,
            role: Role::Front,
        };
        Ok(crates(release).map(upload).collect())
    }

    async fn send(&self, call: &Call, release: &Release, upload: &Upload) -> Result<Receipt> {
        let registry = self.registry(call).await?;
        let what = format!("Publishing {}", upload.coordinates);
        let Some((artifact, details)) = crates(release).find(|(artifact, _)| artifact.id == upload.artifact) else {
            return Err(Problem::new(
                code::build::ARTIFACT_MISSING,
                format!("{what}: the crate is not in the release."),
            ));
        };
        let body = frame(&for_registry(&registry, details), artifact)?;
        let request = Request::put(registry.api("crates/new")?, body)
            .content_type("application/octet-stream")
            .accept("application/json")
            .auth(api::auth(call));
        let response = call.send(request).await?;
        if !response.status().is_success() {
            return Err(api::refusal(&what, response).await);
        }
        let url = safe(response.url());
        let bytes = response.bytes_up_to(1 << 20).await.map_err(Problem::answer_lost)?;
        if bytes.is_empty() {
            return Ok(Receipt { url: registry.page(name(details), version(details)), ..Receipt::default() });
        }
        let answer: Value = serde_json::from_slice(&bytes).map_err(|error| {
            // A page of a proxy, perhaps: nobody knows whether the registry saw the crate.
            Problem::new(code::http::UNEXPECTED, format!("{what}: the answer is not JSON."))
                .about("url", &url)
                .cause(&error)
                .answer_lost()
        })?;
        match api::errors(&answer) {
            Some(said) => Err(api::refused(&what, said, false).about("url", &url)),
            None => Ok(Receipt {
                url: registry.page(name(details), version(details)),
                warnings: warnings(&answer),
                ..Receipt::default()
            }),
        }
    }
}

/// The release's crates; it has one.
fn crates(release: &Release) -> impl Iterator<Item = (&Artifact, &CrateDetails)> {
    release.artifacts.iter().filter_map(|artifact| match &artifact.details {
        Details::Crate(details) => Some((artifact, details)),
        _ => None,
    })
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn name(details: &CrateDetails) -> &str {
    text(&details.publish, "name")
}

fn version(details: &CrateDetails) -> &str {
    text(&details.publish, "vers")
}

/// Length and JSON, length and file; lengths are 32 bits, little-endian.
fn frame(publish: &Value, artifact: &Artifact) -> Result<Body> {
    let json = publish.to_string().into_bytes();
    let length = |bytes: u64| {
        u32::try_from(bytes).map(u32::to_le_bytes).map_err(|_| {
            Problem::new(code::http::TOO_LARGE, format!("{} is too large for cargo's protocol.", artifact.id))
        })
    };
    let file = FilePart {
        path: artifact.path.clone(),
        offset: 0,
        length: artifact.size,
        sha256: artifact.digests.sha256.clone(),
    };
    let json_length = length(json.len() as u64)?;
    let head = [&json_length[..], &json, &length(artifact.size)?].concat();
    Ok(Body::bytes(head).and(Part::File(file)))
}

/// The JSON for this registry: null means "the same registry" in the request, and crates.io in the manifest.
fn for_registry(registry: &Registry, details: &CrateDetails) -> Value {
    let mut publish = details.publish.clone();
    for dependency in publish.get_mut("deps").and_then(Value::as_array_mut).into_iter().flatten() {
        dependency["registry"] = registry_of(registry, dependency).into();
    }
    publish
}

/// The index a dependency comes from; none for the registry itself.
fn registry_of(registry: &Registry, dependency: &Value) -> Option<String> {
    match dependency.get("registry").and_then(Value::as_str) {
        Some(index) => (!registry.is(index)).then(|| index.to_owned()),
        // crates.io goes by the name of its git index in every other registry, whichever index is used.
        None => (!registry.follows_public_rules()).then(|| tame_index::CRATES_IO_INDEX.to_owned()),
    }
}

fn warnings(answer: &Value) -> Vec<String> {
    let list = |key: &str| {
        let items = answer.pointer(&format!("/warnings/{key}")).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str)
    };
    let categories = list("invalid_categories").map(|name| format!("category `{name}` is not known and was left out"));
    let badges = list("invalid_badges").map(|name| format!("badge `{name}` is not known and was left out"));
    categories.chain(badges).chain(list("other").map(str::to_owned)).collect()
}

/// The manifest's own list of registries. It holds names of the user's configuration; only crates.io's is known here.
fn allowed(registry: &Registry, details: &CrateDetails) -> Option<Finding> {
    let list = details.publish_to.as_ref()?;
    let message = match list.as_slice() {
        [] => "The manifest says `publish = false`.".to_owned(),
        _ if registry.is_public() && !list.iter().any(|name| name == "crates-io") => {
            format!("`publish` allows {}, and not crates-io.", list.join(", "))
        }
        [only] if !registry.follows_public_rules() && only == "crates-io" => {
            "`publish` allows crates-io alone.".to_owned()
        }
        _ => return None,
    };
    Some(Finding::error(code::cargo::REGISTRY_NOT_ALLOWED, message))
}

/// Looks for the same name in another spelling, which the registry would refuse.
async fn spelling(registry: &Registry, call: &Call, name: &str) -> Result<Option<Finding>> {
    let mut candidates = BTreeSet::from([name.to_owned()]);
    if registry.follows_public_rules() {
        candidates.extend([name.replace('-', "_"), name.replace('_', "-")]);
    }
    let mut other = None;
    for candidate in candidates {
        match registry.versions(call, &candidate).await?.first() {
            // The crate itself is there: its spelling was settled with its first version.
            Some(entry) if entry.name == name => return Ok(None),
            Some(entry) => other = Some(entry.name.clone()),
            None => {}
        }
    }
    Ok(other.map(|other| {
        let message = format!("`{name}` cannot be told from `{other}`, which the registry has.");
        Finding::error(code::cargo::NAME_TAKEN, message)
    }))
}

/// Categories that the registry does not know. Few registries have a list.
async fn categories(registry: &Registry, call: &Call, details: &CrateDetails) -> Result<Vec<Finding>> {
    let used: Vec<&str> = details
        .publish
        .get("categories")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if used.is_empty() || !registry.follows_public_rules() {
        return Ok(Vec::new());
    }
    let response = call.send(Request::get(registry.api("category_slugs")?).accept("application/json")).await?;
    if response.status() != StatusCode::OK {
        return Ok(Vec::new());
    }
    let answer: Value = response.json().await?;
    let known: BTreeSet<&str> = answer
        .get("category_slugs")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|item| text(item, "slug"))
        .collect();
    let unknown = used.into_iter().filter(|slug| !known.is_empty() && !known.contains(slug));
    let finding =
        |slug: &str| Finding::error(code::cargo::METADATA_INVALID, format!("The registry has no category `{slug}`."));
    Ok(unknown.map(finding).collect())
}

/// Dependencies in the same registry must be there with a version that fits.
async fn dependencies(
    registry: &Registry,
    call: &Call,
    release: &Release,
    details: &CrateDetails,
) -> Result<Vec<Finding>> {
    if registry.follows_public_rules() && !registry.is_public() {
        // The sandbox stands in for crates.io and holds next to nothing of it.
        return Ok(Vec::new());
    }
    let mut needed: BTreeMap<&str, Vec<VersionReq>> = BTreeMap::new();
    for dependency in details.publish.get("deps").and_then(Value::as_array).into_iter().flatten() {
        let (name, requirement) = (text(dependency, "name"), text(dependency, "version_req"));
        if registry_of(registry, dependency).is_none()
            && rules::is_name(name)
            && let Ok(requirement) = VersionReq::parse(requirement)
        {
            needed.entry(name).or_default().push(requirement);
        }
    }
    let asked: Vec<_> =
        needed.into_iter().map(|(name, requirements)| unmet(registry, call, name, requirements)).collect();
    let missing: Vec<_> = futures_util::stream::iter(asked).buffered(LOOKUPS).try_collect().await?;
    let finding = |(name, requirement): (&str, VersionReq)| {
        let message = format!("The registry has no `{name}` that fits `{requirement}`.");
        if release.package.depends_on.is_empty() {
            Finding::error(code::cargo::DEPENDENCY_MISSING, message)
        } else {
            // It may be one of this release's own packages, which go first.
            Finding::warning(
                code::cargo::DEPENDENCY_MISSING,
                format!("{message} Packages of this release that it needs go first."),
            )
        }
    };
    Ok(missing.into_iter().flatten().map(finding).collect())
}

/// The requirements on a crate that no version in the registry fits.
async fn unmet<'a>(
    registry: &Registry,
    call: &Call,
    name: &'a str,
    requirements: Vec<VersionReq>,
) -> Result<Vec<(&'a str, VersionReq)>> {
    let versions = registry.versions(call, name).await?;
    let fits = |wanted: &VersionReq| versions.iter().any(|entry| !entry.yanked && wanted.matches(&entry.version));
    Ok(requirements.into_iter().filter(|wanted| !fits(wanted)).map(|wanted| (name, wanted)).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn warnings_are_sentences() {
        let answer =
            json!({"warnings": {"invalid_categories": ["x"], "invalid_badges": [], "other": ["see the docs"]}});
        assert_eq!(warnings(&answer), ["category `x` is not known and was left out", "see the docs"]);
        assert!(warnings(&json!({})).is_empty());
    }
}
