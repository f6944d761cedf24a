//! Every reason for refusal, and every surprise for users, that can be known before the first byte is sent.

use pak_http::is_loopback;
use pak_model::artifact::NpmDetails;
use pak_model::{Finding, Release, Result, code};
use semver::Version;
use serde_json::Value;

use super::packument::{Packument, is_deprecated};
use super::publish::{Settings, package_name, tarball};
use super::{name, stats};
use crate::call::Call;
use crate::endpoint::Endpoint;

/// Above this the registry may answer 413; its limit is not documented.
const LARGE: u64 = 100 << 20;

/// Checks a release; asks the registry once.
pub(super) async fn check(call: &Call, release: &Release) -> Result<Vec<Finding>> {
    let (artifact, details) = match tarball(release) {
        Ok(found) => found,
        Err(problem) => return Ok(vec![Finding::error(problem.code(), problem.message())]),
    };
    let name = package_name(details, release);
    let settings = Settings::of(release, details);
    let mut findings = Vec::new();
    identity(&mut findings, details, release);
    let faulty = name::fault(name);
    // A name that cannot be written into an address is not worth the question, and registries may refuse one they do not allow.
    let is_askable = !name.is_empty() && !name.contains(['?', '#', '%', ' ']) && name.matches('/').count() <= 1;
    let packument = if is_askable {
        match Packument::fetch_openly(call, name, |_| true).await {
            Err(problem) if faulty.is_some() && problem.code() == code::http::REFUSED => None,
            answer => answer?,
        }
    } else {
        None
    };
    let is_new = packument.as_ref().is_none_or(|packument| packument.versions().is_empty());
    if let Some(fault) = faulty.filter(|_| is_new) {
        // Old packages keep names that are no longer allowed.
        findings.push(Finding::error(code::npm::NAME_INVALID, format!("`{name}` cannot be published: {fault}.")));
    } else if is_new && !name::is_scoped(name) {
        let message = format!("{name} is new in this registry: this is its first version.");
        findings.push(Finding::note(code::npm::NAME_NEW, message));
    }
    if name::is_core_module(name) {
        let message = format!("`{name}` is the name of a module of Node.js itself.");
        findings.push(Finding::warning(code::npm::NAME_OF_CORE_MODULE, message));
    }
    version(&mut findings, &settings, &release.version, packument.as_ref());
    access(&mut findings, &settings, name, is_new);
    manifest(&mut findings, details, call.endpoint());
    if release.options.provenance {
        provenance(&mut findings, &settings, details, name, is_new);
    }
    if artifact.size > LARGE {
        let message = format!("{} has {} MB; sent in base64 it is a third more.", artifact.id, artifact.size >> 20);
        findings.push(Finding::warning(code::npm::LARGE, message));
    }
    Ok(findings.into_iter().map(|finding| finding.file(&release.package.manifest)).collect())
}

/// The tarball is what the release says it is, and may be published at all.
fn identity(findings: &mut Vec<Finding>, details: &NpmDetails, release: &Release) {
    let inside = |field: &str| details.manifest[field].as_str().unwrap_or_default().trim().to_owned();
    for (field, found, expected) in [
        ("name", inside("name"), release.package.name.as_str()),
        ("version", inside("version"), release.version.as_str()),
    ] {
        if found != expected {
            let message = format!("package.json in the tarball has the {field} `{found}`, the release `{expected}`.");
            findings.push(Finding::error(code::npm::MANIFEST_DIFFERS, message));
        }
    }
    if details.manifest["private"].as_bool() == Some(true) {
        let message = format!("{} has `\"private\": true`.", release.package.name);
        findings.push(Finding::error(code::npm::PRIVATE, message));
    }
}

/// The registry takes provenance of public packages only, whose manifest names the repository that the provenance names.
fn provenance(findings: &mut Vec<Finding>, settings: &Settings, details: &NpmDetails, name: &str, is_new: bool) {
    let is_public = match settings.access.as_deref() {
        Some(access) => access == "public",
        None => !(is_new && name::is_scoped(name)),
    };
    if !is_public {
        let message = format!("{name} would not be public, and the registry takes provenance of public packages only.");
        findings.push(Finding::error(code::deploy::ATTESTATION_UNFIT, message));
    }
    let repository = &details.manifest["repository"];
    if repository.as_str().or(repository["url"].as_str()).is_none_or(str::is_empty) {
        let message = format!("{name} has no `repository` in package.json, which must be the one that releases it.");
        findings.push(Finding::error(code::deploy::ATTESTATION_UNFIT, message));
    }
}

fn version(findings: &mut Vec<Finding>, settings: &Settings, version: &str, packument: Option<&Packument>) {
    if !is_tag(&settings.tag) {
        let message = format!("`{}` cannot be a tag: it must be a plain word that is no version range.", settings.tag);
        findings.push(Finding::error(code::npm::TAG_INVALID, message));
    }
    let parsed = match Version::parse(version) {
        Ok(parsed) if version.len() <= 256 => parsed,
        _ => {
            let message = format!("`{version}` is not a semantic version.");
            findings.push(Finding::error(code::npm::VERSION_INVALID, message));
            return;
        }
    };
    if !parsed.build.is_empty() {
        let message = format!("npm ignores what follows the + in {version}: two builds of it are one version.");
        findings.push(Finding::warning(code::npm::VERSION_BUILD, message));
    }
    if !parsed.pre.is_empty() && settings.tag_is_default {
        let message = format!("{version} is a pre-release and no tag is set: it would become `latest`.");
        findings.push(Finding::error(code::npm::TAG_NEEDED, message));
    }
    // A version that is there already (a resumed run) changes no tag.
    let Some(packument) = packument.filter(|packument| packument.version(version).is_none()) else { return };
    let is_offered = |text: &String| packument.version(text).is_some_and(|document| !is_deprecated(document));
    let versions = packument.versions();
    let released = versions.iter().filter(|text| is_offered(text)).filter_map(|text| Version::parse(text).ok());
    let highest = released.filter(|other| other.pre.is_empty()).max();
    if let Some(highest) = highest.filter(|highest| *highest > parsed && settings.tag == "latest") {
        let message = format!("{highest} is published already; `latest` would go back to {version}.");
        findings.push(if settings.tag_is_default {
            Finding::error(code::npm::LATEST_GOES_BACK, message)
        } else {
            Finding::warning(code::npm::LATEST_GOES_BACK, message)
        });
    }
}

/// Whether a word can be a tag: unchanged in an address, and not read as a version range by installers.
fn is_tag(tag: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.!~*'()".contains(c);
    let digits = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
    !tag.is_empty()
        && tag.chars().all(plain)
        && semver::VersionReq::parse(digits).is_err()
        && digits.parse::<u64>().is_err()
}

fn access(findings: &mut Vec<Finding>, settings: &Settings, name: &str, is_new: bool) {
    match settings.access.as_deref() {
        Some("public") => {}
        Some("restricted") if name::is_scoped(name) => {}
        Some("restricted") => {
            let message = format!("{name} has no scope, so it cannot be restricted.");
            findings.push(Finding::error(code::npm::ACCESS_INVALID, message));
        }
        Some(other) => {
            let message = format!("`{other}` is not an access: it is `public` or `restricted`.");
            findings.push(Finding::error(code::npm::ACCESS_INVALID, message));
        }
        None if is_new && name::is_scoped(name) => {
            let message =
                format!("{name} is new and scoped: the public registry makes it restricted unless told otherwise.");
            findings.push(Finding::warning(code::npm::ACCESS_DEFAULT, message));
        }
        None => {}
    }
}

/// What users would find wrong with it.
fn manifest(findings: &mut Vec<Finding>, details: &NpmDetails, endpoint: &Endpoint) {
    let manifest = &details.manifest;
    if let Some(registry) = manifest["publishConfig"]["registry"].as_str() {
        let same = Endpoint::parse(registry).is_ok_and(|named| named.root == endpoint.root);
        // A rehearsal goes to loopback whatever the manifest says.
        if !same && !is_loopback(&endpoint.root) {
            let message = format!("publishConfig.registry is {registry}, but this target is {}.", endpoint.root);
            findings.push(Finding::error(code::npm::REGISTRY_DIFFERS, message));
        }
    }
    if manifest["publishConfig"]["provenance"].as_bool() == Some(true) {
        let message = "publishConfig asks for provenance, which is not attached.";
        findings.push(Finding::warning(code::npm::PROVENANCE_LEFT_OUT, message));
    }
    let scripts = ["prepublishOnly", "prepack", "prepare"];
    let present: Vec<&str> =
        scripts.into_iter().filter(|script| is_build_script(&manifest["scripts"][script])).collect();
    if !present.is_empty() {
        let message =
            format!("The script {} is not run unless allowed; what it makes may be stale.", present.join(", "));
        findings.push(Finding::warning(code::npm::SCRIPTS_NOT_RUN, message));
    }
    for missing in &details.missing {
        findings.push(Finding::warning(
            code::npm::ENTRY_MISSING,
            format!("The tarball lacks what the manifest names: {missing}."),
        ));
    }
    dependencies(findings, manifest);
    if details.readme.as_ref().is_none_or(|readme| readme.trim().is_empty()) {
        findings.push(Finding::note(code::npm::README_MISSING, "The tarball holds no readme."));
    }
    if manifest["license"].is_null() && manifest["licence"].is_null() && stats::is_public(endpoint) {
        findings.push(Finding::warning(code::npm::LICENSE_MISSING, "package.json has no `license`."));
    }
}

/// Whether a script makes files; setting up git hooks does not.
fn is_build_script(script: &Value) -> bool {
    script.as_str().is_some_and(|text| !text.trim().is_empty() && !text.trim_start().starts_with("husky"))
}

fn dependencies(findings: &mut Vec<Finding>, manifest: &Value) {
    let bundled = |name: &str| {
        ["bundleDependencies", "bundledDependencies"].iter().any(|key| match &manifest[key] {
            Value::Bool(all) => *all,
            Value::Array(list) => list.iter().any(|entry| entry.as_str() == Some(name)),
            _ => false,
        })
    };
    for kind in ["dependencies", "optionalDependencies", "peerDependencies"] {
        for (name, specifier) in manifest[kind].as_object().into_iter().flatten() {
            let Some(specifier) = specifier.as_str() else { continue };
            let local =
                ["workspace:", "catalog:", "portal:", "link:"].iter().any(|scheme| specifier.starts_with(scheme));
            let path = specifier.starts_with("file:") || specifier.starts_with(['.', '/']);
            let message = format!("{kind}.{name} is `{specifier}`, which exists only here.");
            if local {
                findings.push(Finding::error(code::npm::DEPENDENCY_INVALID, message));
            } else if path && !bundled(name) {
                findings.push(Finding::warning(code::npm::DEPENDENCY_INVALID, message));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_tag;

    #[test]
    fn tags_are_words() {
        for good in ["latest", "next", "beta-2", "release_1", "v", "lts.x"] {
            assert!(is_tag(good), "{good}");
        }
        for bad in [
            "",
            "1",
            "1.0",
            "v1",
            "1.x",
            "x",
            "*",
            "~1",
            "a b",
            "^1",
            ">=1",
            "1.2.3-rc.1",
            "a/b",
            "ä",
            "12345678901234567890",
        ] {
            assert!(!is_tag(bad), "{bad}");
        }
    }
}
