//! Sends a component: one bundle, taken by the portal as a deployment that stays back until it is promoted.

use std::time::Duration;

use async_trait::async_trait;
use pak_http::{Request, status_problem};
use pak_model::upload::{OnConflict, Role};
use pak_model::{Finding, Problem, Receipt, Recovery, Release, Result, Severity, Upload, code};

use super::bundle::Bundle;
use super::listing::{Files, Listing};
use super::{CentralDriver, portal};
use crate::call::Call;
use crate::drivers::maven::layout::Place;
use crate::drivers::maven::{central_rules, rules};
use crate::endpoint::Endpoint;
use crate::platform::Publish;
use crate::protocol::files::address;
use crate::protocol::multipart_form::MultipartForm;

/// Where people look at what they uploaded.
const DEPLOYMENTS: &str = "publishing/deployments";

#[async_trait]
impl Publish for CentralDriver {
    async fn preflight(&self, _call: &Call, release: &Release) -> Result<Vec<Finding>> {
        let mut findings = rules::check(release);
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            // What is no component has no bundle.
            return Ok(findings);
        }
        findings.extend(central_rules::check(release));
        let limit = self.definition.max_bytes.unwrap_or(u64::MAX);
        for upload in uploads(release)?.into_iter().filter(|upload| upload.size > limit) {
            let message = format!("{} has {} bytes; the limit is {limit}.", upload.key, upload.size);
            findings.push(Finding::error(code::central::BUNDLE_TOO_LARGE, message));
        }
        Ok(findings)
    }

    fn uploads(&self, _endpoint: &Endpoint, release: &Release) -> Result<Vec<Upload>> {
        uploads(release)
    }

    async fn send(&self, call: &Call, release: &Release, upload: &Upload) -> Result<Receipt> {
        let components = Listing::of_release(release)?;
        let its = components.iter().find(|(listing, _)| listing.coordinates() == upload.coordinates);
        let (listing, files) = its.ok_or_else(|| {
            Problem::new(code::build::ARTIFACT_MISSING, format!("{} is not in this release.", upload.coordinates))
        })?;
        let label = listing.label();
        let bundle = Bundle::new(listing, files);
        let packed = tokio::task::spawn_blocking(|| bundle.body()).await.map_err(std::io::Error::other);
        let body = packed.flatten().map_err(|error| {
            Problem::new(code::build::ARTIFACT_INVALID, format!("The bundle of {label} cannot be packed."))
                .cause(&error)
        })?;
        let seed = upload.digests.sha256.as_deref().unwrap_or_default();
        let form = MultipartForm::new(seed).file("bundle", &upload.key, "application/octet-stream", body);
        let mut url = portal::api(call, "upload")?;
        // The label is how a person finds a deployment whose id got lost.
        url.query_pairs_mut().append_pair("name", &label).append_pair("publishingType", "USER_MANAGED");
        let request = Request::post(url, pak_http::Body::empty())
            .content_type(&form.content_type())
            .body(form.finish())
            .auth(portal::auth(call.credential()))
            .idle_timeout(Duration::from_mins(5));
        let page = pak_http::safe(&call.endpoint().join(DEPLOYMENTS)?);
        let id = match deployment(call, request, &label).await {
            Ok(id) => id,
            Err(problem) if problem.recovery_of() == Recovery::LookUpFirst => {
                self.orphans.keep(call, &upload.coordinates, ());
                return Err(problem.next(format!(
                    "Nothing is public. If the upload did arrive, it is the deployment `{label}` on {page}: drop it there."
                )));
            }
            Err(problem) => return Err(problem),
        };
        let orphan = self.orphans.recall(call, &upload.coordinates).map(|()| {
            format!(
                "The answer to an earlier upload was lost: a second deployment `{label}` may lie unpublished on {page}. \
                 Drop the one that is not {id}."
            )
        });
        let Place { group, artifact, version } = &listing.place;
        let at = address(&call.endpoint().root, &format!("artifact/{group}/{artifact}/{version}"))?;
        Ok(Receipt { url: Some(at.to_string()), reference: Some(id), warnings: orphan.into_iter().collect() })
    }
}

/// One upload for each component, which is one nearly always.
fn uploads(release: &Release) -> Result<Vec<Upload>> {
    Listing::of_release(release)?.iter().map(|(listing, files)| upload(listing, files)).collect()
}

fn upload(listing: &Listing, files: &Files<'_>) -> Result<Upload> {
    let digests = listing.identity(|file| files.get(file)?.digests.sha256.as_deref()).ok_or_else(|| {
        Problem::new(code::build::ARTIFACT_INVALID, format!("A file of {} has no digest.", listing.label()))
    })?;
    let pom = files.iter().find(|(file, _)| file.ends_with(".pom")).or(files.first_key_value());
    Ok(Upload {
        key: format!("{}-{}-bundle.zip", listing.place.artifact, listing.place.version),
        coordinates: listing.coordinates(),
        digests,
        size: Bundle::new(listing, files).size(),
        artifact: pom.map(|(_, artifact)| artifact.id.clone()).unwrap_or_default(),
        after: Vec::new(),
        on_conflict: OnConflict::Stop,
        role: Role::Front,
    })
}

/// Uploads, and reads the id that the portal gives.
async fn deployment(call: &Call, request: Request, label: &str) -> Result<String> {
    let response = call.send(request).await?;
    if !response.status().is_success() {
        return Err(status_problem(&format!("Upload of {label}"), response, false).await);
    }
    let text = response.text().await;
    let id = text.trim().trim_matches('"');
    if id.is_empty() || id.len() > 100 || !id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-') {
        let problem =
            Problem::new(code::http::UNEXPECTED, format!("The portal took {label} and told no deployment id."));
        return Err(problem.said(text.chars().take(200).collect::<String>()).answer_lost());
    }
    Ok(id.to_owned())
}
