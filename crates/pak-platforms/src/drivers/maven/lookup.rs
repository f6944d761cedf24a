//! What a repository has: files by their paths, versions by its lists.

use async_trait::async_trait;
use pak_model::{Coordinates, Digests, Presence, Result, Upload};
use url::Url;

use super::MavenDriver;
use super::layout::{Place, name};
use super::uploads::{self, What};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::platform::{Lookup, PackageSource};
use crate::protocol::files::address;

#[async_trait]
impl Lookup for MavenDriver {
    async fn find(&self, call: &Call, upload: &Upload) -> Result<Presence> {
        let (place, what) = uploads::read(upload)?;
        match self.index(call, &place, &what, upload) {
            Some(index) => index.find(&place, &what, upload.size).await,
            None => match &what {
                What::File(path) => self.files(call).find(path, upload.size).await,
                What::Versions | What::Builds => Ok(Presence::Absent),
            },
        }
    }

    /// A list has served its purpose when what it leads to is the POM that was sent.
    async fn read_back(&self, call: &Call, upload: &Upload) -> Result<Digests> {
        let (place, what) = uploads::read(upload)?;
        let path = match what {
            What::File(path) => path,
            What::Versions | What::Builds => place.pom(),
        };
        self.files(call).read_back(&path).await
    }

    fn address(&self, endpoint: &Endpoint, upload: &Upload) -> Option<Url> {
        match uploads::read(upload).ok()?.1 {
            What::File(path) => address(&endpoint.root, &path).ok(),
            What::Versions | What::Builds => None,
        }
    }

    async fn versions(&self, call: &Call, wanted: &str) -> Result<Vec<String>> {
        name(wanted)?;
        // Any version will do to find the folder.
        let place = Place::at(&Coordinates::new(wanted, "1"))?;
        Ok(self.versions_of(call, &place).await?.map(|list| list.versions).unwrap_or_default())
    }

    async fn package_source(&self, call: &Call) -> Result<Option<PackageSource>> {
        Ok(Some(PackageSource { index: call.endpoint().root.clone(), download: None }))
    }
}
