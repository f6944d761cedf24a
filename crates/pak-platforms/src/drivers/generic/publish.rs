//! Checks, cuts and sends: one upload for each file, and one for each of its checksum files.

use async_trait::async_trait;
use pak_model::upload::OnConflict;
use pak_model::{Artifact, Coordinates, Finding, Receipt, Release, Result, Role, Upload, code};

use super::{GenericDriver, paths};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::platform::Publish;
use crate::protocol::files::{Checksum, Content, side_files};

#[async_trait]
impl Publish for GenericDriver {
    async fn preflight(&self, call: &Call, release: &Release) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        if let Err(nowhere) = paths::check_root(call.endpoint()) {
            findings.push(Finding::error(nowhere.code(), nowhere.message()));
        }
        if release.artifacts.is_empty() {
            findings
                .push(Finding::error(code::files::FILES_MISSING, format!("{} has no files.", release.package.label())));
        }
        for artifact in &release.artifacts {
            if let Some(limit) = self.definition.max_bytes.filter(|limit| artifact.size > *limit) {
                let message =
                    format!("{} has {} bytes; {} takes {limit}.", artifact.id, artifact.size, self.definition.title);
                findings.push(Finding::error(code::http::TOO_LARGE, message).file(artifact.id.clone()));
            }
            if artifact.size == 0 {
                let message = format!("{} is empty.", artifact.id);
                findings.push(Finding::warning(code::build::ARTIFACT_INVALID, message).file(artifact.id.clone()));
            }
            if !paths::path(release, &artifact.id)?.contains(&release.version) {
                let message = format!("The address of {} is the same in every version.", artifact.id);
                findings.push(
                    Finding::warning(code::files::FILES_COLLIDE, message)
                        .remedy("Add {version} to the target's `path`: a file that is there is never replaced.")
                        .file(artifact.id.clone()),
                );
            }
        }
        Ok(findings)
    }

    fn uploads(&self, _endpoint: &Endpoint, release: &Release) -> Result<Vec<Upload>> {
        let checksums = Checksum::list(release.options.checksums.as_deref().unwrap_or_default())?;
        let mut artifacts: Vec<&Artifact> = release.artifacts.iter().collect();
        artifacts.sort_by_key(|artifact| &artifact.id);
        let mut uploads = Vec::new();
        for artifact in artifacts {
            let file = Upload {
                key: artifact.id.clone(),
                coordinates: Coordinates::new(&release.package.name, &release.version)
                    .file(paths::path(release, &artifact.id)?),
                digests: artifact.digests.clone(),
                size: artifact.size,
                artifact: artifact.id.clone(),
                after: Vec::new(),
                on_conflict: OnConflict::Stop,
                role: Role::Front,
            };
            // A checksum file of the project's own is published as it is.
            let made = side_files(&file, &checksums).into_iter().filter(|made| release.artifact(&made.key).is_none());
            let made: Vec<Upload> = made.collect();
            uploads.push(file);
            uploads.extend(made);
        }
        Ok(uploads)
    }

    async fn send(&self, call: &Call, release: &Release, upload: &Upload) -> Result<Receipt> {
        self.store(call).put(paths::of(upload), &Content::of(release, upload)?).await
    }
}
