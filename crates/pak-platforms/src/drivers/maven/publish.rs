//! Sends a release: files as they are, lists of versions merged with what is there.

use async_trait::async_trait;
use pak_model::{Finding, Presence, Problem, Receipt, Recovery, Release, Result, Upload, code};

use super::MavenDriver;
use super::layout::Place;
use super::metadata::Metadata;
use super::uploads::{self, What};
use super::{rules, snapshot};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::platform::Publish;
use crate::protocol::files::Content;
use crate::quirks;

#[async_trait]
impl Publish for MavenDriver {
    async fn preflight(&self, call: &Call, release: &Release) -> Result<Vec<Finding>> {
        let mut findings = rules::check(release);
        let public = self.definition.public_endpoint()?;
        if call.endpoint().root == public.root && call.endpoint().upload.is_none() {
            let message = format!("{} only serves downloads.", pak_http::safe(&public.root));
            findings.push(Finding::error(code::maven::PORTAL_NEEDED, message));
        }
        Ok(findings)
    }

    async fn prepare(&self, call: &Call, release: &mut Release) -> Result<()> {
        snapshot::prepare(self, call, release).await
    }

    fn uploads(&self, _endpoint: &Endpoint, release: &Release) -> Result<Vec<Upload>> {
        uploads::cut(release)
    }

    async fn send(&self, call: &Call, release: &Release, upload: &Upload) -> Result<Receipt> {
        let (place, what) = uploads::read(upload)?;
        if let What::File(path) = &what {
            let sent = self.files(call).put(path, &Content::of(release, upload)?).await;
            return sent.map_err(|problem| wrong_repository(&place, problem));
        }
        self.send_list(call, release, upload, &place, &what).await
    }
}

impl MavenDriver {
    async fn send_list(
        &self,
        call: &Call,
        release: &Release,
        upload: &Upload,
        place: &Place,
        what: &What,
    ) -> Result<Receipt> {
        if call.quirks().metadata == quirks::Metadata::Server {
            return Ok(Receipt::default());
        }
        let Some(index) = self.index(call, place, what, upload) else { return Ok(Receipt::default()) };
        let known = index.read().await?;
        if known.as_ref().is_some_and(|list| list.lists(&place.folder_version())) && matches!(what, What::Versions) {
            // Listed before this run got here: by this release, or by another under the same version.
            self.check_pom(call, place, upload).await?;
        }
        let now = call.now().strftime("%Y%m%d%H%M%S").to_string();
        let metadata = match what {
            What::Builds => {
                let mut metadata = known.unwrap_or_else(|| Metadata::of_snapshot(place));
                snapshot::add(&mut metadata, release, place, &now);
                metadata
            }
            What::Versions | What::File(_) => {
                let mut metadata = known.unwrap_or_else(|| Metadata::of_component(place));
                metadata.add(&place.folder_version(), &now);
                metadata
            }
        };
        index.write(&metadata).await
    }

    async fn check_pom(&self, call: &Call, place: &Place, upload: &Upload) -> Result<()> {
        let path = place.pom();
        let Presence::Present { digests, .. } = self.files(call).find(&path, upload.size).await? else { return Ok(()) };
        let agrees = match digests.agrees(&upload.digests) {
            Some(agrees) => agrees,
            None => self.files(call).read_back(&path).await?.agrees(&upload.digests) == Some(true),
        };
        if agrees {
            return Ok(());
        }
        let message = format!("{} {} is listed with another POM.", place.name(), place.version);
        Err(Problem::new(code::deploy::CONFLICT, message).recovery(Recovery::LookUpFirst))
    }
}

/// Nexus and Artifactory keep releases and snapshots apart and say so in words of their own, one of them with the status of a
/// file that is there already.
fn wrong_repository(place: &Place, problem: Problem) -> Problem {
    let says = |words: &[&str]| {
        problem.causes().iter().any(|said| words.iter().all(|word| said.to_ascii_lowercase().contains(word)))
    };
    if !says(&["version policy"]) && !says(&["snapshot", "handling policy"]) {
        return problem;
    }
    let kind = if place.is_snapshot() { "snapshots" } else { "releases" };
    let message = format!("The repository takes no {kind}, and {} is one.", place.folder_version());
    let mut refused = Problem::new(code::maven::SNAPSHOT_REFUSED, message);
    for said in problem.causes() {
        refused = refused.said(said);
    }
    refused
}

#[cfg(test)]
mod tests {
    use pak_model::Coordinates;

    use super::*;

    #[test]
    fn refusals_for_the_kind_of_version_are_told_from_conflicts() {
        let place = Place::at(&Coordinates::new("g:a", "1.0-20260101.120000-1")).unwrap();
        let refusal = |said: &str| {
            let problem = Problem::new(code::deploy::CONFLICT, "x").recovery(Recovery::LookUpFirst).said(said);
            wrong_repository(&place, problem)
        };
        for said in [
            "Version policy mismatch, expected RELEASE but was SNAPSHOT for asset",
            "The repository rejected the resolution of an artifact due to conflict with its snapshot release handling policy.",
        ] {
            assert_eq!(refusal(said).code(), code::maven::SNAPSHOT_REFUSED, "{said}");
        }
        assert_eq!(refusal("does not allow updating assets").code(), code::deploy::CONFLICT);
    }
}
