//! Sends files: one form for each, wheels before the sdist, so that nobody builds from source while the wheels are under way.

use std::time::Duration;

use async_trait::async_trait;
use pak_http::Request;
use pak_model::artifact::PythonDetails;
use pak_model::python::normalized_name;
use pak_model::upload::{OnConflict, Role};
use pak_model::{
    Artifact, ArtifactKind, Coordinates, Details, Finding, Problem, Receipt, Release, Result, Upload, code,
};
use serde_json::Value;

use super::{PypiDriver, credentials, form, preflight, refusal};
use crate::attestation::{self, Claim, Predicate};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::platform::Publish;

/// A wheel's or sdist's facts.
pub(super) fn details(artifact: &Artifact) -> Result<&PythonDetails> {
    match &artifact.details {
        Details::Python(details) => Ok(details),
        _ => Err(Problem::new(
            code::build::ARTIFACT_INVALID,
            format!("{} is neither a wheel nor a source distribution.", artifact.id),
        )),
    }
}

/// A file's attestations as the index takes them.
fn attestations(release: &Release, artifact: &Artifact) -> Result<Vec<Value>> {
    release.attestations_of(&artifact.id).map(|attestation| attestation::python(&attestation.bundle)).collect()
}

#[async_trait]
impl Publish for PypiDriver {
    async fn preflight(&self, call: &Call, release: &Release) -> Result<Vec<Finding>> {
        preflight::check(self, call, release).await
    }

    fn claims(&self, _endpoint: &Endpoint, release: &Release) -> Result<Vec<Claim>> {
        let claim = |artifact: &Artifact| Claim::by_sha256(artifact, &artifact.id, Predicate::Publish);
        release.artifacts.iter().map(claim).collect()
    }

    fn uploads(&self, _endpoint: &Endpoint, release: &Release) -> Result<Vec<Upload>> {
        let mut artifacts: Vec<&Artifact> = release.artifacts.iter().collect();
        artifacts.sort_by_key(|artifact| (artifact.kind == ArtifactKind::Sdist, &artifact.id));
        // The first file makes the release and fixes its metadata; a new project must not be made twice at once.
        let first = artifacts.first().map(|artifact| artifact.id.clone());
        artifacts
            .into_iter()
            .map(|artifact| {
                let details = details(artifact)?;
                let header = |name: &str, otherwise: &str| details.header(name).unwrap_or(otherwise).trim().to_owned();
                let coordinates =
                    Coordinates::new(header("Name", &release.package.name), header("Version", &release.version));
                Ok(Upload {
                    key: artifact.id.clone(),
                    coordinates: coordinates.file(&artifact.id),
                    digests: artifact.digests.clone(),
                    size: artifact.size,
                    artifact: artifact.id.clone(),
                    after: first.iter().filter(|first| **first != artifact.id).cloned().collect(),
                    on_conflict: OnConflict::Stop,
                    role: Role::Front,
                })
            })
            .collect()
    }

    async fn send(&self, call: &Call, release: &Release, upload: &Upload) -> Result<Receipt> {
        let artifact = release.artifact(&upload.artifact).ok_or_else(|| {
            Problem::new(code::build::ARTIFACT_MISSING, format!("{} is not among the artifacts.", upload.artifact))
        })?;
        let addresses = self.addresses(call.endpoint());
        let form = form::form(artifact, details(artifact)?, &attestations(release, artifact)?);
        let request = Request::post(addresses.upload()?, pak_http::Body::empty())
            .content_type(&form.content_type())
            .body(form.finish())
            .accept("application/json")
            .auth(credentials::auth(call))
            // The index unpacks and scans a large file before it answers.
            .idle_timeout(Duration::from_mins(5));
        let response = call.send(request).await?;
        if !response.status().is_success() {
            return Err(refusal::problem(&artifact.id, response).await);
        }
        let name = normalized_name(&upload.coordinates.name);
        let url = if addresses.is_public() {
            format!("{}project/{name}/{}/", addresses.site(), upload.coordinates.version)
        } else {
            pak_http::safe(&addresses.page(&name)?)
        };
        Ok(Receipt { url: Some(url), ..Receipt::default() })
    }
}
