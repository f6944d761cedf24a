//! Takes an upload by the public index's rules, in its order and in its words where clients look for them.

use std::str::FromStr as _;

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use pak_model::python::{FORM_FIELDS, Metadata, WheelName, escaped_name, is_name, normalized_name, parse_sdist_name};
use pep440_rs::Version;
use serde_json::{Value, json};

use super::form::Form;
use super::project::{File, Project, file_key, provenance_key};
use super::{Refusal, archive};
use crate::access::{self, Access};
use crate::registries::Shared;
use crate::sigstore::check;
use crate::transfer::Spooled;

const METADATA_VERSIONS: &[&str] = &["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"];

/// Takes an upload or says why not.
pub(super) async fn take(shared: &Shared, request: Request<Body>) -> Result<(), Refusal> {
    // The account comes before the form: a probe without a file tells whether a token is good.
    if access::check(request.headers(), &shared.token) != Access::Owner {
        let mut body = request.into_body();
        while let Some(Ok(_)) = body.frame().await {}
        let text = "Invalid or non-existent authentication information.";
        return Err(Refusal(StatusCode::FORBIDDEN, text.to_owned()));
    }
    let mut form = Form::read(shared, request).await?;
    if form.get(":action") != Some("file_upload") {
        return Err(Refusal::bad("Unknown action."));
    }
    if form.get("protocol_version") != Some("1") {
        return Err(Refusal::bad("Unknown protocol version."));
    }
    let (name, version) = identity(&form)?;
    let kind = form.get("filetype").unwrap_or_default().to_owned();
    if !["sdist", "bdist_wheel"].contains(&kind.as_str()) {
        return Err(Refusal::bad("Invalid value for filetype. Error: Use a known file type."));
    }
    let (file_name, content) =
        form.content.take().ok_or_else(|| Refusal::bad("Upload payload does not have a file."))?;
    check_digests(&form, &content)?;
    let normalized = normalized_name(&name);
    let _guard = shared.store.lock(&format!("pypi/{normalized}")).await;
    let mut project =
        Project::load(shared, &normalized)?.unwrap_or_else(|| Project { name: name.clone(), files: Vec::new() });
    if let Some(there) = project.files.iter().find(|file| file.name == file_name) {
        // The same bytes again are no mistake: a client that lost the answer repeats itself.
        return if there.digests.sha256 == content.digests.sha256 {
            Ok(())
        } else {
            let hash = there.digests.blake2b_256.as_deref().unwrap_or_default();
            Err(Refusal::bad(format!(
                "File already exists ('{file_name}', with blake2_256 hash '{hash}'). See /help/#file-name-reuse for more information."
            )))
        };
    }
    check_file(&project, &file_name, &kind, &name, &version, &content)?;
    let metadata = read(&content, &file_name, &kind)?;
    check_metadata(&form, &metadata)?;
    let provenance = attestations(shared, &form, &file_name, &content)?;
    if let Some(provenance) = &provenance {
        shared.store.write(&provenance_key(&normalized, &file_name), provenance.to_string().as_bytes())?;
    }
    shared.store.keep(content.file, &file_key(&normalized, &file_name))?;
    project.files.push(File {
        name: file_name,
        version: version.to_string(),
        kind,
        size: content.length,
        digests: content.digests,
        requires_python: form.get("requires_python").map(str::to_owned),
        summary: form.get("summary").map(str::to_owned),
        uploaded: jiff::Timestamp::now().as_millisecond(),
        attested: provenance.is_some(),
    });
    project.save(shared, &normalized)?;
    Ok(())
}

/// Name and version of the form.
fn identity(form: &Form) -> Result<(String, Version), Refusal> {
    let metadata_version = form.get("metadata_version").unwrap_or_default();
    if !METADATA_VERSIONS.contains(&metadata_version) {
        return Err(Refusal::bad(format!("'{metadata_version}' is not a valid metadata version.")));
    }
    let name = form.get("name").unwrap_or_default();
    if !is_name(name) {
        return Err(Refusal::bad(format!(
            "'{name}' is an invalid value for Name. Error: Start and end with a letter or numeral containing only ASCII numeric and '.', '_' and '-'."
        )));
    }
    let text = form.get("version").unwrap_or_default();
    let version = Version::from_str(text).map_err(|_| {
        Refusal::bad(format!("'{text}' is an invalid value for Version. Error: Use a valid PEP 440 version."))
    })?;
    if version.is_local() {
        return Err(Refusal::bad(format!("The use of local versions in '{text}' is not allowed.")));
    }
    Ok((name.to_owned(), version))
}

fn check_digests(form: &Form, content: &Spooled) -> Result<(), Refusal> {
    let pairs = [
        ("sha256_digest", &content.digests.sha256),
        ("blake2_256_digest", &content.digests.blake2b_256),
        ("md5_digest", &content.digests.md5),
    ];
    let mut given = pairs.iter().filter_map(|(name, real)| Some((form.get(name)?, *real))).peekable();
    if given.peek().is_none() {
        return Err(Refusal::bad("Include at least one message digest."));
    }
    if given.any(|(told, real)| !real.as_deref().is_some_and(|real| real.eq_ignore_ascii_case(told))) {
        return Err(Refusal::bad("The digest supplied does not match a digest calculated from the uploaded file."));
    }
    Ok(())
}

/// The provenance that a file's attestations make, if there are some and all hold.
fn attestations(shared: &Shared, form: &Form, file: &str, content: &Spooled) -> Result<Option<Value>, Refusal> {
    const KINDS: [&str; 2] = [pak_model::python::PUBLISH_PREDICATE, "https://slsa.dev/provenance/v1"];
    let refuse = |why: String| Refusal::bad(format!("Invalid attestations supplied during upload: {why}"));
    let Some(text) = form.get("attestations") else { return Ok(None) };
    let given: Vec<Value> = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
    let mut publisher = Value::Null;
    for attestation in &given {
        let attested = check::attestation(shared, attestation).map_err(refuse)?;
        if !KINDS.iter().any(|kind| attested.statement["predicateType"] == *kind) {
            return Err(refuse(format!("unknown predicate type {}", attested.statement["predicateType"])));
        }
        if !attested.is_about(file, "sha256", content.digests.sha256.as_deref().unwrap_or_default()) {
            return Err(refuse("subject does not match distribution digest or name".to_owned()));
        }
        // `https://github.com/owner/name/.github/workflows/release.yml@refs/heads/main`
        let path = attested.signer.split_once('@').map_or(attested.signer.as_str(), |(path, _)| path);
        let (repository, workflow) = path.split_once("/.github/workflows/").unwrap_or((path, ""));
        let repository = repository.trim_start_matches("https://github.com/");
        publisher = json!({"kind": "GitHub", "repository": repository, "workflow": workflow, "environment": null});
    }
    let bundles = json!([{"publisher": publisher, "attestations": given}]);
    Ok((!given.is_empty()).then(|| json!({"version": 1, "attestation_bundles": bundles})))
}

/// Rules about the file's name.
fn check_file(
    project: &Project,
    file: &str,
    kind: &str,
    name: &str,
    version: &Version,
    content: &Spooled,
) -> Result<(), Refusal> {
    if file.contains(['/', '\\']) {
        return Err(Refusal::bad("Cannot upload a file with '/' or '\\' in the name."));
    }
    let parts = if kind == "sdist" {
        parse_sdist_name(file).map(|(name, version)| (name.to_owned(), version.to_owned()))
    } else {
        WheelName::parse(file).map(|wheel| (wheel.name, wheel.version))
    };
    let Some((prefix, written)) = parts else {
        return Err(Refusal::bad(format!("Invalid file extension or name: {file} is not the name of a {kind}.")));
    };
    if prefix != escaped_name(name) {
        return Err(Refusal::bad(format!("Start filename for '{name}' with '{}'.", escaped_name(name))));
    }
    if Version::from_str(&written).ok().as_ref() != Some(version) {
        return Err(Refusal::bad(format!("Version in filename should be '{version}' not '{written}'.")));
    }
    let same_release = |there: &&File| Version::from_str(&there.version).ok().as_ref() == Some(version);
    if kind == "sdist" && project.files.iter().filter(same_release).any(|there| there.kind == "sdist") {
        return Err(Refusal::bad("Only one sdist may be uploaded per release."));
    }
    if content.length == 0 {
        return Err(Refusal::bad("Invalid distribution file."));
    }
    if let Some(tag) =
        WheelName::parse(file).and_then(|wheel| wheel.platforms.into_iter().find(|tag| tag == "linux_x86_64"))
    {
        return Err(Refusal::bad(format!("Binary wheel '{file}' has an unsupported platform tag '{tag}'.")));
    }
    Ok(())
}

/// The metadata in the file.
fn read(content: &Spooled, file: &str, kind: &str) -> Result<Metadata, Refusal> {
    let reopened = content.file.reopen()?;
    if kind == "sdist" {
        return archive::sdist(&reopened, file.trim_end_matches(".tar.gz"));
    }
    let mut parts = file.split('-');
    let stem = format!("{}-{}", parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    archive::wheel(&reopened, file, &format!("{stem}.dist-info"))
}

/// What the form says must be what the file says.
fn check_metadata(form: &Form, metadata: &Metadata) -> Result<(), Refusal> {
    if let Some(private) = form.all("classifiers").into_iter().find(|name| name.starts_with("Private ::")) {
        return Err(Refusal::bad(format!(
            "Invalid value for classifiers. Error: Classifier '{private}' is not a valid classifier."
        )));
    }
    if form.get("license").is_some() && form.get("license_expression").is_some() {
        return Err(Refusal::bad(
            "License is deprecated when License-Expression is present. Only License-Expression should be present.",
        ));
    }
    for (header, field) in FORM_FIELDS {
        let told = comparable(field, form.all(field));
        let values = metadata.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(header));
        let held = comparable(field, values.map(|(_, value)| value.as_str()).collect());
        // Clients leave out what they do not know of; they must not say something else.
        if !told.is_empty() && told != held {
            return Err(Refusal::bad(format!(
                "'{field}' in the form does not match {header} in the file: {told:?}, {held:?}."
            )));
        }
    }
    Ok(())
}

/// Values without the freedoms that clients take: white space, order, the spelling of the name, commas between keywords.
fn comparable(field: &str, values: Vec<&str>) -> Vec<String> {
    let mut values: Vec<String> = values
        .into_iter()
        .map(|value| match field {
            "name" => normalized_name(value),
            "keywords" | "project_urls" => value.split(',').map(str::trim).collect::<Vec<_>>().join(","),
            _ => value.split_whitespace().collect::<Vec<_>>().join(" "),
        })
        .collect();
    values.sort();
    values
}
