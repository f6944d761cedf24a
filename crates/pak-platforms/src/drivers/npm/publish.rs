//! Cuts a release into its one upload and sends it.

use async_trait::async_trait;
use pak_http::{HeaderName, Request};
use pak_model::artifact::NpmDetails;
use pak_model::upload::{OnConflict, Role};
use pak_model::{
    Artifact, ArtifactKind, Coordinates, Details, Finding, Problem, Receipt, Release, Result, Upload, code,
};

use super::document::{Terms, body};
use super::{NpmDriver, name, preflight, refusal};
use crate::attestation::{Claim, Predicate, known};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::platform::Publish;

#[async_trait]
impl Publish for NpmDriver {
    async fn preflight(&self, call: &Call, release: &Release) -> Result<Vec<Finding>> {
        preflight::check(call, release).await
    }

    fn claims(&self, _endpoint: &Endpoint, release: &Release) -> Result<Vec<Claim>> {
        let (artifact, details) = tarball(release)?;
        // A package URL: the scope's @ is escaped, its slash is not.
        let subject = format!("pkg:npm/{}@{}", package_name(details, release).replace('@', "%40"), release.version);
        let digest = ("sha512", known(artifact.digests.sha512.as_ref(), artifact)?);
        Ok(vec![Claim { artifact: artifact.id.clone(), subject, digest, predicate: Predicate::Provenance }])
    }

    fn uploads(&self, _endpoint: &Endpoint, release: &Release) -> Result<Vec<Upload>> {
        let (artifact, details) = tarball(release)?;
        let name = package_name(details, release);
        Ok(vec![Upload {
            key: artifact.id.clone(),
            coordinates: Coordinates::new(name, &release.version),
            digests: artifact.digests.clone(),
            size: artifact.size,
            artifact: artifact.id.clone(),
            after: Vec::new(),
            on_conflict: OnConflict::Stop,
            role: Role::Front,
        }])
    }

    async fn send(&self, call: &Call, release: &Release, upload: &Upload) -> Result<Receipt> {
        let (artifact, details) = tarball(release)?;
        let at = &upload.coordinates;
        let settings = Settings::of(release, details);
        let terms =
            Terms { name: &at.name, version: &at.version, tag: &settings.tag, access: settings.access.as_deref() };
        self.sent.keep(call, at, ());
        let provenance = release.attestations_of(&artifact.id).next();
        let document = body(&call.endpoint().root, artifact, details, &terms, provenance)?;
        let url = call.endpoint().join(&name::escaped(&at.name))?;
        let request = writing(call, Request::put(url, document).content_type("application/json"))
            .header(HeaderName::from_static("npm-command"), "publish");
        let response = call.send(request).await?;
        refusal::expect_success(&format!("Publishing {} {}", at.name, at.version), response, call).await?;
        Ok(Receipt { url: Some(page(call.endpoint(), &at.name, &at.version)), ..Receipt::default() })
    }
}

/// Adds what every change to the registry carries: who, and the one-time password where there is one.
pub(super) fn writing(call: &Call, request: Request) -> Request {
    // `web` makes the registry tell where a browser can confirm, for accounts without an authenticator.
    let request = request.auth(call.auth()).header(HeaderName::from_static("npm-auth-type"), "web");
    match call.one_time_password() {
        Some(otp) => request.secret_header(HeaderName::from_static("npm-otp"), otp),
        None => request,
    }
}

/// The release's tarball and what it says of itself.
pub(super) fn tarball(release: &Release) -> Result<(&Artifact, &NpmDetails)> {
    match &release.artifacts[..] {
        [artifact] if artifact.kind == ArtifactKind::NpmTarball => match &artifact.details {
            Details::Npm(details) => Ok((artifact, details)),
            _ => Err(Problem::new(code::npm::ARTIFACTS, format!("{} was not read as an npm tarball.", artifact.id))),
        },
        artifacts => {
            let ids: Vec<&str> = artifacts.iter().map(|artifact| artifact.id.as_str()).collect();
            let message =
                format!("{} has {} artifacts ({}), not one tarball.", release.package.name, ids.len(), ids.join(", "));
            Err(Problem::new(code::npm::ARTIFACTS, message))
        }
    }
}

/// The name inside the tarball: it is what the registry compares.
pub(super) fn package_name<'a>(details: &'a NpmDetails, release: &'a Release) -> &'a str {
    details.manifest["name"].as_str().map_or(release.package.name.as_str(), str::trim)
}

/// Tag and access: the target's options before the manifest's `publishConfig`.
pub(super) struct Settings {
    pub(super) tag: String,
    pub(super) tag_is_default: bool,
    pub(super) access: Option<String>,
}

impl Settings {
    pub(super) fn of(release: &Release, details: &NpmDetails) -> Self {
        let config = |key: &str| details.manifest["publishConfig"][key].as_str().map(str::to_owned);
        let tag = release.options.tag.clone().or_else(|| config("tag")).or_else(|| {
            // An old way to say it, still honoured.
            details.manifest["tag"].as_str().map(str::to_owned)
        });
        Self {
            tag_is_default: tag.is_none(),
            tag: tag.unwrap_or_else(|| "latest".to_owned()),
            access: release.options.access.clone().or_else(|| config("access")),
        }
    }
}

/// The version's own document: every registry of the protocol answers it.
fn page(endpoint: &Endpoint, name: &str, version: &str) -> String {
    format!("{}{}/{version}", endpoint.root, name::escaped(name))
}
