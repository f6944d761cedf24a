//! Reads the registry: presence, bytes served, versions.

use async_trait::async_trait;
use pak_http::{Auth, Request, header, origin};
use pak_model::{Artifact, Coordinates, Digests, Hasher, Presence, Problem, Recovery, Release, Result, Upload, code};
use url::Url;

use super::packument::{self, Packument};
use super::{NpmDriver, refusal};
use crate::call::Call;
use crate::platform::{Lookup, PackageSource};
use crate::previous::{self, Previous};

#[async_trait]
impl Lookup for NpmDriver {
    async fn find(&self, call: &Call, upload: &Upload) -> Result<Presence> {
        let at = &upload.coordinates;
        let was_sent = self.sent.recall(call, at).is_some();
        let enough = |packument: &Packument| !was_sent || packument.version(&at.version).is_some();
        let packument = Packument::fetch_openly(call, &at.name, enough).await?;
        if let Some(tarball) = packument.as_ref().and_then(|packument| packument.tarball(&at.version)) {
            self.tarballs.keep(call, at, tarball);
        }
        Ok(packument.map_or(Presence::Absent, |packument| packument.presence(&at.version)))
    }

    async fn read_back(&self, call: &Call, upload: &Upload) -> Result<Digests> {
        let at = &upload.coordinates;
        let Some(tarball) = self.tarball(call, at).await? else {
            let message = format!("{} {} is not listed, so it cannot be read back.", at.name, at.version);
            return Err(Problem::new(code::http::NOT_FOUND, message).recovery(Recovery::RetryAfter(1000)));
        };
        let url = reachable(&call.endpoint().root, tarball);
        let fetch = |auth| call.send(Request::get(url.clone()).auth(auth).header(header::CACHE_CONTROL, "no-cache"));
        let mut response = fetch(Auth::None).await?;
        // A file host of its own has no business with the registry's token.
        if !response.status().is_success() && origin(&url) == origin(&call.endpoint().root) {
            response = fetch(call.auth()).await?;
        }
        if !response.status().is_success() {
            return Err(refusal::problem(&format!("Reading back {at}"), response, true, false).await);
        }
        response.hash(Hasher::new()).await
    }

    async fn versions(&self, call: &Call, name: &str) -> Result<Vec<String>> {
        Ok(Packument::fetch(call, name).await?.map(|packument| packument.versions()).unwrap_or_default())
    }

    async fn previous(&self, call: &Call, release: &Release, _artifact: &Artifact) -> Result<Option<Previous>> {
        let name = &release.package.name;
        let Some(packument) = Packument::fetch_openly(call, name, |_| true).await? else { return Ok(None) };
        let Some(version) = packument.newest_before(&release.version) else { return Ok(None) };
        let Some(tarball) = packument.tarball(&version) else { return Ok(None) };
        let url = reachable(&call.endpoint().root, tarball);
        // A file host of its own has no business with the registry's token.
        let auth = if origin(&url) == origin(&call.endpoint().root) { call.auth() } else { Auth::None };
        let file = format!("{}-{version}.tgz", name.trim_start_matches('@').replace('/', "-"));
        let told = packument.version(&version).map(packument::digests).unwrap_or_default();
        let bytes = previous::download(call, Request::get(url).auth(auth), &file, &told).await?;
        Ok(bytes.map(|bytes| Previous { version, name: file, bytes }))
    }

    async fn package_source(&self, call: &Call) -> Result<Option<PackageSource>> {
        Ok(Some(PackageSource { index: call.endpoint().root.clone(), download: None }))
    }
}

impl NpmDriver {
    /// Where the tarball of a version lies: as `find` saw it, or as the registry says now.
    async fn tarball(&self, call: &Call, at: &Coordinates) -> Result<Option<Url>> {
        if let Some(tarball) = self.tarballs.recall(call, at) {
            return Ok(Some(tarball));
        }
        let listed = |packument: &Packument| packument.version(&at.version).is_some();
        let packument = Packument::fetch_openly(call, &at.name, listed).await?;
        Ok(packument.and_then(|packument| packument.tarball(&at.version)))
    }
}

/// Tarball addresses are written with `http:` by npm's own client and kept so by some registries: on the registry's own host
/// the root's scheme and port are the right ones.
fn reachable(root: &Url, mut tarball: Url) -> Url {
    if tarball.scheme() != root.scheme() && tarball.host_str() == root.host_str() {
        // Neither can fail: both are http or https with a host.
        let _ = tarball.set_scheme(root.scheme());
        let _ = tarball.set_port(root.port());
    }
    tarball
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_tarball_addresses_follow_the_root() {
        let url = |text: &str| Url::parse(text).unwrap();
        let root = url("https://npm.example.org/");
        assert_eq!(reachable(&root, url("http://npm.example.org/a/-/a.tgz")), url("https://npm.example.org/a/-/a.tgz"));
        let elsewhere = url("http://files.example.org/a.tgz");
        assert_eq!(reachable(&root, elsewhere.clone()), elsewhere);
    }
}
